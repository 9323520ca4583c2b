import type { Entry } from './topK';

/** One retriever's rows, best first, and how much its vote counts. */
interface Ranking {
  readonly rows: readonly number[];
  readonly weight: number;
}

/**
 * Weighted reciprocal rank fusion: the sum of weight / (k + rank), ranks from 1
 * (Cormack, Clarke & Büttcher 2009; k = 60 as there). Best first, ties by lower row. A weight of 0 finds nothing.
 */
export function fuse(rankings: readonly Ranking[], k = 60): Entry[] {
  const scores = new Map<number, number>();
  for (const { rows, weight } of rankings) {
    if (weight === 0) continue;
    for (const [i, row] of rows.entries()) scores.set(row, (scores.get(row) ?? 0) + weight / (k + i + 1));
  }
  return Array.from(scores, ([row, score]) => ({ row, score })).sort((a, b) => b.score - a.score || a.row - b.row);
}

/** The score of a row that is first in every ranking. */
export function greatestFused(weights: readonly number[], k = 60): number {
  return weights.reduce((sum, weight) => sum + weight / (k + 1), 0);
}
