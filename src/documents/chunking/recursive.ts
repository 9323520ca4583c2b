import type { ChunkStrategy } from '../chunking';
import type { Measure, Unit } from '../measure';
import { type Range, isBlank, shrink } from '../splitting';
import { merge } from './merging';

/** Those with which Chroma's evaluation ran it (Smith and Troynikov 2024); the last one stands for every character. */
const SEPARATORS = ['\n\n', '\n', '.', '?', '!', ' ', ''];

/**
 * LangChain's RecursiveCharacterTextSplitter (`keep_separator='end'`): split at the first separator that the text has,
 * what is still too long at the next ones, and pieces merged up to the size with the overlap.
 */
export const recursive: ChunkStrategy = function* (text, section, size, measure) {
  for (const range of split(text, section, SEPARATORS)) {
    const trimmed = shrink(text, range);
    if (!isBlank(trimmed)) yield trimmed;
  }

  function* split(whole: string, range: Range, separators: readonly string[]): Generator<Range> {
    const slice = whole.slice(range.start, range.end);
    const at = separators.findIndex((one) => slice.includes(one));
    const rest = separators.slice(at + 1);
    let good: Unit[] = [];
    for (const piece of pieces(whole, range, separators[at] ?? '', measure)) {
      if (piece.length < size.size) {
        good.push(piece);
        continue;
      }
      yield* merge(good, size);
      good = [];
      if (rest.length === 0) yield piece;
      else yield* split(whole, piece, rest);
    }
    yield* merge(good, size);
  }
};

function* pieces(text: string, range: Range, separator: string, measure: Measure): Generator<Unit> {
  for (let start = range.start; start < range.end;) {
    const end = Math.min(range.end, pieceEnd(text, start, separator));
    yield { start, end, length: lengthOf(text, start, end, measure) };
    start = end;
  }
}

/** Of words, as many characters before a piece as tell what it adds. */
const WORD = 64;

/**
 * A separator may stand within a word (`README.md`). What follows it can add more tokens to the word than it has alone, after a
 * space; the larger of both counts, so that pieces put together are not longer than their sum.
 */
function lengthOf(text: string, start: number, end: number, measure: Measure): number {
  const alone = measure.count(text.slice(start, end));
  const [head = ''] = /\S*$/.exec(text.slice(Math.max(0, start - WORD), start)) ?? [];
  if (head === '') return alone;
  return Math.max(alone, measure.count(head + text.slice(start, end)) - measure.count(head));
}

function pieceEnd(text: string, start: number, separator: string): number {
  if (separator === '') return start + ((text.codePointAt(start) ?? 0) > 0xffff ? 2 : 1);
  const found = text.indexOf(separator, start);
  return found === -1 ? text.length : found + separator.length;
}
