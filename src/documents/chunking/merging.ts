import { type Measure, type Unit } from '../measure';
import { type Range, shrink, splitItems, splitParagraphs, splitSentences } from '../splitting';
import type { ChunkSize } from '../chunking';

/** Shares of a token add up to a little more or less than they should. */
const ROUNDING = 1e-6;

/**
 * Fills chunks up to `size` with whole units. Each begins with as many of the last units of the one before as fit
 * into `overlap` and leave room for the next unit (as LangChain's `_merge_splits` does). A longer unit is a chunk alone.
 */
export function* merge(units: Iterable<Unit>, { size, overlap }: ChunkSize): Generator<Range> {
  let held: Unit[] = [];
  let total = 0;
  for (const unit of units) {
    if (held.length > 0 && total + unit.length > size + ROUNDING) {
      yield around(held);
      let drop = 0;
      while (
        drop < held.length &&
        (total > overlap + ROUNDING || (total > ROUNDING && total + unit.length > size + ROUNDING))
      )
        total -= held[drop++]?.length ?? 0;
      held = held.slice(drop);
      if (held.length === 0) total = 0;
    }
    held.push(unit);
    total += unit.length;
  }
  if (held.length > 0) yield around(held);
}

function around(units: readonly Unit[]): Range {
  return { start: units[0]?.start ?? 0, end: units.at(-1)?.end ?? 0 };
}

/** At most `limit` long each, cut at white space where there is any. */
function* cutUnits(text: string, range: Range, limit: number, measure: Measure): Generator<Unit> {
  let held: Unit[] = [];
  let total = 0;
  const whole = (units: readonly Unit[]): Unit => {
    return { ...around(units), length: units.reduce((sum, { length }) => sum + length, 0) };
  };
  for (const unit of measure.units(text, range)) {
    while (held.length > 0 && total + unit.length > limit + ROUNDING) {
      const all = [...held, unit];
      let at = held.length;
      while (at > 0 && (all[at]?.start ?? 0) === (all[at - 1]?.end ?? 0)) at--;
      if (at === 0) at = held.length;
      yield whole(held.slice(0, at));
      held = held.slice(at);
      total = held.reduce((sum, { length }) => sum + length, 0);
    }
    held.push(unit);
    total += unit.length;
  }
  if (held.length > 0) yield whole(held);
}

/** Null for what is longer than `max`, which is counted no further. */
export function unitWithin(text: string, { start, end }: Range, max: number, measure: Measure): Unit | null {
  const length = measure.count(text.slice(start, end), max + 1);
  return length <= max ? { start, end, length } : null;
}

/** Sentences of one paragraph; items of lists and rows of tables of up to `max` are left whole, sentences or not. */
function sentencesOf(text: string, paragraph: Range, max: number, measure: Measure): Range[] {
  const items = splitItems(text, paragraph);
  if (!items) return splitSentences(text, paragraph);
  return items.flatMap((item) => (unitWithin(text, item, max, measure) ? [item] : splitSentences(text, item)));
}

/** The sentences of a section that fit into `max`, and of longer ones pieces of up to `piece`. */
export function* sentenceUnits(
  text: string,
  section: Range,
  { max, piece }: { readonly max: number; readonly piece: number },
  measure: Measure,
): Generator<Unit> {
  for (const paragraph of splitParagraphs(text, section))
    for (const sentence of sentencesOf(text, paragraph, max, measure)) {
      const whole = unitWithin(text, sentence, max, measure);
      if (whole) yield whole;
      else yield* cutUnits(text, sentence, piece, measure);
    }
}

/**
 * Ranges without overlap, each but the first begun earlier by the last whole sentences of the one before that fit into
 * `overlap` together.
 */
export function* sharing(text: string, ranges: Iterable<Range>, overlap: number, measure: Measure): Generator<Range> {
  let before: Range | null = null;
  for (const range of ranges) {
    const start: number = before && overlap > 0 ? sharedFrom(text, before, range.start, overlap, measure) : range.start;
    yield { start, end: range.end };
    before = range;
  }
}

function sharedFrom(text: string, before: Range, end: number, overlap: number, measure: Measure): number {
  const sentences = splitParagraphs(text, before).flatMap((one) => sentencesOf(text, one, overlap, measure));
  let from = end;
  for (const { start } of sentences.toReversed()) {
    // All of it again would be the chunk before and more.
    if (start === before.start || measure.count(text.slice(start, end), overlap + 1) > overlap) break;
    from = start;
  }
  return from === end ? end : shrink(text, { start: from, end }).start;
}
