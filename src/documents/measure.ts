/** How long texts are, in the unit that sizes of chunks are set in. */
import { countWords, type Range, UNSPACED } from './splitting';

/** Tokens of a text alone, without those that a model puts around it. */
export type CountTokens = (text: string) => number;

/** A smallest piece that a text is cut into, and how much it adds to the length of a chunk. */
export interface Unit extends Range {
  readonly length: number;
}

export interface Measure {
  /** Counts not much further than `stopAt`. */
  count(text: string, stopAt?: number): number;
  /**
   * Words, without the white space between them: in scripts written without spaces each character, and of a run without
   * spaces 64 characters at most.
   */
  units(text: string, range: Range): Iterable<Unit>;
}

const PIECE = new RegExp(String.raw`(?=\S)[${UNSPACED}]|[^\s${UNSPACED}]{1,64}`, 'gu');
/** What tokens are counted of at once: a word with the space before it, which belongs to its first token. */
const RUN = /\s*\S{1,64}/gu;
/** Of a language's words, those that matter; a table of numbers would fill the memory. */
const MAX_KNOWN = 50_000;

/** As `countWords` counts: a run without spaces counts once per 16 characters. */
export const WORDS: Measure = {
  count: countWords,
  *units(text, { start, end }) {
    for (const { 0: piece, index } of text.slice(start, end).matchAll(PIECE))
      yield { start: start + index, end: start + index + piece.length, length: countWords(piece) };
  },
};

/**
 * Of a finder's tokenizer. Tokens are counted a word at a time and added up, which is exact for tokenizers that never
 * join two words; pieces of one run share its tokens evenly. White space counts as one space, also before the text: so
 * it is embedded, after its header.
 */
export function tokenMeasure(countTokens: CountTokens): Measure {
  const known = new Map<string, number>();
  const countRun = (run: string, first: boolean): number => {
    const asSeen = first || /^\s/.test(run) ? ` ${run.trimStart()}` : run;
    const before = known.get(asSeen);
    if (before !== undefined) return before;
    const count = countTokens(asSeen);
    if (known.size < MAX_KNOWN) known.set(asSeen, count);
    return count;
  };
  return {
    count(text, stopAt = Infinity) {
      let count = 0;
      for (const { 0: run, index } of text.matchAll(RUN)) {
        count += countRun(run, index === 0);
        if (count >= stopAt) break;
      }
      return count;
    },
    *units(text, { start, end }) {
      for (const { 0: run, index } of text.slice(start, end).matchAll(RUN)) {
        const pieces = [...run.matchAll(PIECE)];
        const length = countRun(run, index === 0) / pieces.length;
        for (const piece of pieces) {
          const from = start + index + piece.index;
          yield { start: from, end: from + piece[0].length, length };
        }
      }
    },
  };
}
