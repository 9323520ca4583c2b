import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Bm25, words } from '../../src/retrieval/bm25';
import { fuseRanks, fuseScores, zeroOf } from '../../src/retrieval/fusion';
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

test('reciprocal rank fusion adds votes', () => {
  expect(
    fuseRanks([
      [7, 8],
      [8, 9],
    ]),
  ).toEqual([
    { row: 8, score: 1 / 62 + 1 / 61 },
    { row: 7, score: 1 / 61 },
    { row: 9, score: 1 / 62 },
  ]);
});

describe('score fusion', () => {
  const entries = (...scores: readonly [row: number, score: number][]) =>
    scores.map(([row, score]) => ({ row, score }));
  const all = { zero: 0, least: -Infinity, weight: 1 };

  test('adds shares of each voter’s range by their weight, 1 together', () => {
    const words = { ...all, entries: entries([7, 8], [8, 2]) };
    const dense = { ...all, entries: entries([8, 0.9], [9, 0.8], [7, 0.7]), zero: 0.7, weight: 0.25 };
    const close = (value: number) => expect.closeTo(value, 12) as number;
    expect(fuseScores([words, dense])).toEqual([
      { row: 7, score: close(1 / 1.25) },
      { row: 8, score: close((0.25 + 0.25) / 1.25) },
      { row: 9, score: close(0.125 / 1.25) },
    ]);
  });

  test('below its least an entry has no vote, and the others keep their shares; a weight of 0 finds nothing', () => {
    const voter = { ...all, entries: entries([1, 4], [2, 2], [3, 1]) };
    expect(fuseScores([{ ...voter, least: 2 }])).toEqual(entries([1, 1], [2, 0.5]));
    expect(fuseScores([{ ...voter, weight: 0 }])).toEqual([]);
    expect(fuseScores([])).toEqual([]);
  });

  test('below zero is zero, in the voter’s order; where all score alike, each is its best', () => {
    expect(fuseScores([{ ...all, entries: entries([5, 2], [9, 0], [3, -1]) }])).toEqual(
      entries([5, 1], [9, 0], [3, 0]),
    );
    expect(fuseScores([{ ...all, zero: 0.4, entries: entries([5, 0.4], [2, 0.4]) }])).toEqual(entries([5, 1], [2, 1]));
  });

  const long = Array.from({ length: 90 }, (_, row) => ({ row, score: 100 - row }));

  test('what stands deeper than all are looked to counts nothing, however long the list', () => {
    const fused = fuseScores([{ ...all, entries: long }]);
    expect(fused.map(({ row }) => row)).toEqual(long.map(({ row }) => row));
    expect(fused[49]?.score).toBe(0.51);
    expect(fused.slice(50).every(({ score }) => score === 0)).toBe(true);
  });

  test('a long list’s zero is its score that deep, a short one’s nearer to 0', () => {
    expect(zeroOf(long)).toBe(51);
    expect(zeroOf([])).toBe(0);
    const [first = 0, second = 0] = fuseScores([
      { ...all, entries: entries([1, 0.9], [2, 0.899]), zero: zeroOf(entries([1, 0.9], [2, 0.899])) },
    ]).map(({ score }) => score);
    expect(first).toBe(1);
    expect(second).toBeGreaterThan(0.99);
  });
});
