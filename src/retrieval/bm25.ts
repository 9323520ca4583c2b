import type { RowSet } from './rowSet';
import { type Entry, TopK } from './topK';

/** A run of letters, marks and digits. */
export const WORD = /[\p{L}\p{M}\p{N}]+/gu;

/** The runs of a text, lower-cased after NFKC. No stemming and no stop words: what is written is what is found. */
export function words(text: string): string[] {
  return text.normalize('NFKC').toLowerCase().match(WORD) ?? [];
}

/**
 * BM25 (Robertson & Zaragoza 2009, "The Probabilistic Relevance Framework", eq. 3.15) with Lucene's idf, which is never
 * negative: ln(1 + (N - n + 0.5) / (n + 0.5)). A word asked twice counts twice. Built once over texts; rows are their indices.
 */
export class Bm25 {
  readonly #terms = new Map<string, number>();
  /** Postings of term t: places `#starts[t]` to `#starts[t + 1]` of `#rows` and `#counts`. */
  readonly #starts: Uint32Array;
  readonly #rows: Uint32Array;
  readonly #counts: Uint16Array;
  /** k1 * (1 - b + b * length / average length), by row. */
  readonly #norms: Float64Array;
  readonly #k1: number;

  constructor(texts: readonly string[], { k1 = 1.2, b = 0.75 } = {}) {
    const lengths = new Uint32Array(texts.length);
    const postings: { rows: number[]; counts: number[] }[] = [];
    texts.forEach((text, row) => {
      const found = words(text);
      lengths[row] = found.length;
      for (const [word, count] of countEach(found)) {
        const term = this.#terms.get(word) ?? this.#terms.size;
        this.#terms.set(word, term);
        const { rows, counts } = (postings[term] ??= { rows: [], counts: [] });
        rows.push(row);
        counts.push(Math.min(count, 0xffff));
      }
    });
    this.#starts = new Uint32Array(postings.length + 1);
    for (const [term, { rows }] of postings.entries()) this.#starts[term + 1] = (this.#starts[term] ?? 0) + rows.length;
    this.#rows = Uint32Array.from(postings.flatMap(({ rows }) => rows));
    this.#counts = Uint16Array.from(postings.flatMap(({ counts }) => counts));
    const average = lengths.reduce((sum, length) => sum + length, 0) / texts.length;
    this.#norms = Float64Array.from(lengths, (length) => k1 * (1 - b + (b * length) / average));
    this.#k1 = k1;
  }

  /**
   * Rows that hold at least one word of the query, best first, ties by lower row. Only rows of `allowed`, when given;
   * the statistics stay those of all rows, so that a filter changes no score.
   */
  search(query: string, limit: number, allowed?: RowSet): Entry[] {
    const size = this.#norms.length;
    const scores = new Float64Array(size);
    for (const { from, to, weight } of this.#asked(query)) {
      for (let i = from; i < to; i++) {
        const row = this.#rows[i] ?? 0;
        if (allowed && !allowed.has(row)) continue;
        scores[row] = (scores[row] ?? 0) + this.#share(weight, i);
      }
    }
    const best = new TopK(Math.min(limit, size));
    for (let row = 0; row < size; row++) {
      const score = scores[row] ?? 0;
      if (score > 0) best.offer(row, score);
    }
    return best.sorted();
  }

  /** What each word of the query adds to the row's score; words that it does not hold are absent. */
  shares(query: string, row: number): Map<string, number> {
    const found = new Map<string, number>();
    for (const { word, from, to, weight } of this.#asked(query)) {
      // The rows of a term ascend.
      let [low, high] = [from, to];
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((this.#rows[middle] ?? 0) < row) low = middle + 1;
        else high = middle;
      }
      if (low < to && this.#rows[low] === row) found.set(word, this.#share(weight, low));
    }
    return found;
  }

  #share(weight: number, posting: number): number {
    const count = this.#counts[posting] ?? 0;
    return (weight * count) / (count + (this.#norms[this.#rows[posting] ?? 0] ?? 0));
  }

  /** The words of the query that any row holds, with their postings and weight. */
  #asked(query: string): { word: string; from: number; to: number; weight: number }[] {
    const size = this.#norms.length;
    return [...countEach(words(query))].flatMap(([word, times]) => {
      const term = this.#terms.get(word);
      if (term === undefined) return [];
      const [from, to] = [this.#starts[term] ?? 0, this.#starts[term + 1] ?? 0];
      const weight = times * Math.log(1 + (size - (to - from) + 0.5) / (to - from + 0.5)) * (this.#k1 + 1);
      return [{ word, from, to, weight }];
    });
  }
}

function countEach(found: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of found) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}
