import type { Entry } from './topK';

/** How deep each retriever's list goes into the fusion, unless more hits are asked for. */
export const DEPTH = 50;

interface Voter {
  /** Best first. */
  readonly entries: readonly Entry[];
  /** The score that counts nothing. */
  readonly zero: number;
  /** Below this score an entry has no vote. */
  readonly least: number;
  readonly weight: number;
}

/**
 * The sum of weight × share, where a retriever's best score has the share 1 and its `zero` and less the share 0: a convex
 * combination of scores, each scaled by its own range (Bruch, Gai & Ingber 2023, "An Analysis of Fusion Functions for
 * Hybrid Retrieval"). Unlike ranks, scores say how far apart two passages are, so that a retriever which is in doubt sways
 * little. Best first, ties as the voters have them. A weight of 0 finds nothing.
 */
export function fuseScores(voters: readonly Voter[]): Entry[] {
  const scores = new Map<number, number>();
  for (const { entries, zero, least, weight } of voters) {
    if (weight === 0) continue;
    const range = (entries[0]?.score ?? zero) - zero;
    for (const { row, score } of entries) {
      if (score < least) break;
      const share = range > 0 ? Math.max(0, (score - zero) / range) : 1;
      scores.set(row, (scores.get(row) ?? 0) + weight * share);
    }
  }
  return sorted(scores);
}

/**
 * The least score of a list, best first, that was looked to as deep as `DEPTH`: for retrievers whose scores have no zero of
 * their own, as cosines, which some models give only between 0.7 and 1.
 */
export function tail(entries: readonly Entry[]): number {
  return entries[Math.min(DEPTH, entries.length) - 1]?.score ?? 0;
}

/** The score of a row that is first in every ranking. */
export function greatestFused(weights: readonly number[]): number {
  return weights.reduce((sum, weight) => sum + weight, 0);
}

/**
 * Reciprocal rank fusion of rows, best first: the sum of 1 / (k + rank), ranks from 1 (Cormack, Clarke & Büttcher 2009;
 * k = 60 as there). Ties as the rankings have them.
 */
export function fuseRanks(rankings: readonly (readonly number[])[], k = 60): Entry[] {
  const scores = new Map<number, number>();
  for (const rows of rankings)
    for (const [i, row] of rows.entries()) scores.set(row, (scores.get(row) ?? 0) + 1 / (k + i + 1));
  return sorted(scores);
}

function sorted(scores: ReadonlyMap<number, number>): Entry[] {
  return Array.from(scores, ([row, score]) => ({ row, score })).sort((a, b) => b.score - a.score);
}
