import { describe, expect, test } from 'vitest';
import { ndcgAt, recallAt, reciprocalRank } from '../../src/evaluation/ranking';
import { spanScores } from '../../src/evaluation/spans';

const [yes, no] = [true, false];

describe('rankings worked out by hand', () => {
  test('recall counts the relevant ones among the first k against all there are', () => {
    const hits = [no, yes, no, yes, no, no];
    expect([1, 2, 4, 10].map((k) => recallAt(hits, 4, k))).toEqual([0, 0.25, 0.5, 0.5]);
    expect(recallAt([], 1, 5)).toBe(0);
  });

  test('nDCG discounts by log2 of the rank', () => {
    // Ranks 2 and 4 of three relevant ones: (1 / log2 3 + 1 / log2 5) / (1 + 1 / log2 3 + 1 / log2 4).
    const ideal = 1 + 0.6309297535714575 + 0.5;
    expect(ndcgAt([no, yes, no, yes], 3, 10)).toBeCloseTo((0.6309297535714575 + 0.43067655807339306) / ideal, 12);
    expect(ndcgAt([yes, yes, no], 2, 10)).toBe(1);
    // Only as many as fit above k can be asked for.
    expect(ndcgAt([yes, no], 5, 1)).toBe(1);
    expect(ndcgAt([no, yes], 1, 1)).toBe(0);
  });

  test('the reciprocal rank is that of the first', () => {
    expect(reciprocalRank([no, no, yes, yes])).toBe(1 / 3);
    expect(reciprocalRank([no, no])).toBe(0);
  });
});

describe('token ranges worked out by hand', () => {
  const texts = new Map([
    ['d', 'one two three four five six seven eight'],
    ['e', 'nine ten'],
  ]);
  const scores = (found: [string, number, number][], evidence: [string, number, number][]) => {
    const spans = (all: [string, number, number][]) =>
      all.map(([documentId, start, end]) => ({ documentId, start, end }));
    return spanScores(spans(found), spans(evidence), (id) => texts.get(id) ?? '');
  };

  test('words shared, against words found and words wanted', () => {
    // Found: three four five six; wanted: five six seven eight.
    expect(scores([['d', 8, 27]], [['d', 19, 39]])).toEqual({ precision: 0.5, recall: 0.5, iou: 1 / 3 });
  });

  test('what lies in two spans counts once, and documents are told apart', () => {
    const found: [string, number, number][] = [
      ['d', 0, 13],
      ['d', 4, 13],
      ['e', 0, 8],
    ];
    // Found: one two three nine ten; wanted: one two.
    expect(scores(found, [['d', 0, 7]])).toEqual({ precision: 0.4, recall: 1, iou: 0.4 });
    expect(scores(found, [['e', 0, 4]])).toEqual({ precision: 0.2, recall: 1, iou: 0.2 });
  });

  test('a word belongs to the span in which it begins', () => {
    // From the middle of `two` to the middle of `three`: `three` alone.
    expect(scores([['d', 5, 10]], [['d', 8, 13]])).toEqual({ precision: 1, recall: 1, iou: 1 });
  });

  test('nothing found is no precision', () => {
    expect(scores([], [['d', 0, 3]])).toEqual({ precision: 0, recall: 0, iou: 0 });
  });
});
