import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Bm25, words } from '../../src/retrieval/bm25';
import { fuse } from '../../src/retrieval/fusion';
import { TopK } from '../../src/retrieval/topK';

const word = fc.constantFrom('leave', 'staff', 'days', 'notice', 'Staff', 'kéy', '27', 'fee');
const sentence = fc.array(word, { maxLength: 30 }).map((found) => found.join(' '));

/** Made by fixtures/retrieval/make/bm25.py. */
interface RecordedBm25 {
  readonly k1: number;
  readonly b: number;
  readonly texts: readonly string[];
  readonly queries: readonly {
    readonly query: string;
    readonly rank_bm25: readonly number[];
    readonly bm25s: readonly number[];
  }[];
}

/** The formula as it stands in the book, over plain arrays. */
function plainBm25(texts: readonly string[], query: string, k1 = 1.2, b = 0.75): number[] {
  const documents = texts.map(words);
  const average = documents.reduce((sum, document) => sum + document.length, 0) / documents.length;
  return documents.map((document) =>
    words(query).reduce((sum, asked) => {
      const n = documents.filter((other) => other.includes(asked)).length;
      const tf = document.filter((found) => found === asked).length;
      const idf = Math.log(1 + (documents.length - n + 0.5) / (n + 0.5));
      return tf === 0 ? sum : sum + (idf * tf * (k1 + 1)) / (tf + k1 * (1 - b + (b * document.length) / average));
    }, 0),
  );
}

describe('BM25', () => {
  test('scores equal the plain formula within 1e-9, best first, ties by row', () => {
    fc.assert(
      fc.property(fc.array(sentence, { minLength: 1, maxLength: 25 }), sentence, (texts, query) => {
        const expected = plainBm25(texts, query);
        const found = new Bm25(texts).search(query, texts.length);
        expect(found).toHaveLength(expected.filter((score) => score > 0).length);
        for (const { row, score } of found) expect(Math.abs(score - (expected[row] ?? 0))).toBeLessThan(1e-9);
        const sorted = [...found].sort((x, y) => y.score - x.score || x.row - y.row);
        expect(found).toEqual(sorted);
        expect(new Bm25(texts).search(query, 3)).toEqual(found.slice(0, 3));
      }),
    );
  });

  test('a score worked out by hand', () => {
    // N = 2, n = 1, tf = 2, length 3 of average 2: ln(1 + 1.5 / 1.5) * 2 * 2.2 / (2 + 1.2 * (0.25 + 0.75 * 1.5)).
    const [first] = new Bm25(['a fee fee', 'x']).search('Fee', 5);
    expect(first?.row).toBe(0);
    expect(first?.score).toBeCloseTo((Math.log(2) * 4.4) / (2 + 1.2 * 1.375), 12);
  });

  test('scores equal those of two reference implementations', async () => {
    const path = join(import.meta.dirname, '../fixtures/retrieval/bm25.json');
    const { k1, b, texts, queries } = JSON.parse(await readFile(path, 'utf8')) as RecordedBm25;
    const bm25 = new Bm25(texts, { k1, b });
    let positive = 0;
    for (const { query, rank_bm25: okapi, bm25s } of queries) {
      const scores = new Map(bm25.search(query, texts.length).map(({ row, score }) => [row, score]));
      expect([okapi.length, bm25s.length]).toEqual([texts.length, texts.length]);
      for (const row of texts.keys()) {
        const score = scores.get(row) ?? 0;
        if (score > 0) positive++;
        expect(Math.abs(score - (okapi[row] ?? NaN))).toBeLessThan(1e-9);
        // Lucene leaves out the factor k1 + 1, which is the same for every text.
        expect(Math.abs(score - (k1 + 1) * (bm25s[row] ?? NaN))).toBeLessThan(1e-9);
      }
    }
    expect(positive).toBeGreaterThan(100);
  });

  test('nothing in, nothing out', () => {
    expect(new Bm25([]).search('fee', 5)).toEqual([]);
    expect(new Bm25(['fee']).search('', 5)).toEqual([]);
    expect(new Bm25(['fee']).search('fee', 0)).toEqual([]);
  });
});

test('a score that is not a number is never among the best', () => {
  const best = new TopK(2);
  for (const [row, score] of [NaN, 1, NaN, 3, 2].entries()) best.offer(row, score);
  expect(best.sorted().map(({ row }) => row)).toEqual([3, 4]);
});

test('reciprocal rank fusion adds weighted votes', () => {
  const fused = fuse([
    { rows: [7, 8], weight: 1 },
    { rows: [8, 9], weight: 0.25 },
  ]);
  expect(fused).toEqual([
    { row: 8, score: 1 / 62 + 0.25 / 61 },
    { row: 7, score: 1 / 61 },
    { row: 9, score: 0.25 / 62 },
  ]);
});
