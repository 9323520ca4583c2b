import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Chunk } from '../../src/documents/document';
import type { ExplainedPassage, Stage } from '../../src/retrieval/explain';
import { layRanks } from '../../src/ui/library/rankLayout';

const STAGES: readonly Stage[] = ['dense', 'words', 'fused'];

function passage(id: string, ranks: readonly (number | null)[]): ExplainedPassage {
  const place = { documentId: 'd', documentTitle: 'D', ordinal: 0, start: 0, end: 1, headings: [], page: null };
  const chunk: Chunk = { id, text: 'x', title: id, ...place };
  const [dense = null, words = null, fused = null] = ranks.map((rank) => (rank === null ? null : { rank, score: 1 }));
  return {
    chunk,
    rank: null,
    at: { dense, words, fused, reranked: null, diverse: null },
    terms: [],
    moves: [],
    left: null,
  };
}

test('what ranks among the rows stands at its rank, what ranks lower below them in its order', () => {
  const { lines, slots, below } = layRanks(
    [passage('a', [3, 1, 1]), passage('b', [40, 2, 2]), passage('c', [17, null, 3])],
    STAGES,
  );
  const slotsOf = lines.map(({ marks }) => marks.map(({ slot }) => slot));
  expect(slotsOf).toEqual([
    [2, 0, 0],
    [4, 1, 1],
    [3, 2],
  ]);
  expect({ slots, below }).toEqual({ slots: 5, below: true });
});

test('what the last stage does not have keeps its label below all that it has', () => {
  const { lines } = layRanks([passage('a', [1, 1, 1]), passage('b', [2, 2, null])], STAGES);
  expect(lines[1]?.marks.at(-1)).toEqual({ stage: 2, slot: 2, rank: null });
  expect(lines[1]?.end).toBe(2);
});

test('no two marks of a stage stand on each other, and every row has its end', () => {
  const ranks = fc.uniqueArray(fc.integer({ min: 1, max: 50 }), { minLength: 6, maxLength: 10 });
  fc.assert(
    fc.property(ranks, ranks, ranks, fc.nat(10), (dense, words, fused, without) => {
      const rows = Math.min(dense.length, words.length, fused.length);
      const given = Array.from({ length: rows }, (_, i) =>
        passage(String(i), [dense[i] ?? null, i === without ? null : (words[i] ?? null), fused[i] ?? null]),
      );
      const { lines, slots } = layRanks(given, STAGES);
      for (const stage of STAGES.keys()) {
        const taken = lines.flatMap(({ marks }) =>
          marks.filter((mark) => mark.stage === stage).map(({ slot }) => slot),
        );
        expect(new Set(taken).size).toBe(taken.length);
        expect(Math.max(...taken)).toBeLessThan(slots);
      }
      expect(new Set(lines.map(({ end }) => end)).size).toBe(rows);
    }),
  );
});
