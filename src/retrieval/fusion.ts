import type { Entry } from './topK';

/** How deep each retriever's list goes into the fusion. */
export const DEPTH = 50;

export interface Voter {
  /** Best first. */
  readonly entries: readonly Entry[];
  /** The score that counts nothing. */
  readonly zero: number;
  /** Below this score an entry has no vote. */
  readonly least: number;
  readonly weight: number;
}

/**
 * A voter's votes, row by row, 0 to its weight: its best score counts all, its `zero` and less nothing, and so does what stands
 * deeper than `DEPTH`, so that a longer list votes no otherwise. A weight of 0 votes for nothing.
 */
export function votes({ entries, zero, least, weight }: Voter): ReadonlyMap<number, number> {
  const range = (entries[0]?.score ?? zero) - zero;
  const share = (score: number): number => (range > 0 ? Math.max(0, (score - zero) / range) : 1);
  const may = weight === 0 ? [] : entries.filter(({ score }) => score >= least);
  return new Map(may.map(({ row, score }, i) => [row, i < DEPTH ? weight * share(score) : 0]));
}

/**
 * The sum of all votes by that of all weights: a convex combination of scores, each scaled by its own range (Bruch, Gai & Ingber
 * 2023, "An Analysis of Fusion Functions for Hybrid Retrieval"). Unlike ranks, scores say how far apart two passages are. Scores
 * are 0 to 1, and 1 where every voter's best is the same row; best first, ties as the voters have them.
 */
export function fuseScores(voters: readonly Voter[]): Entry[] {
  const all = voters.reduce((sum, { weight }) => sum + weight, 0);
  return summed(voters.map(votes)).map(({ row, score }) => ({ row, score: score / all }));
}

/**
 * The zero of a list, best first, whose scores have none of their own, as cosines, which some models give only between 0.7
 * and 1: the score at `DEPTH`. Of a shorter list the last is not far away for want of others, and two passages that are
 * nearly alike would be told apart as best and worst; so its zero lies between 0 and the last, the nearer to it the longer
 * the list.
 */
export function zeroOf(entries: readonly Entry[]): number {
  const depth = Math.min(DEPTH, entries.length);
  return ((entries[depth - 1]?.score ?? 0) * depth) / DEPTH;
}

/**
 * Reciprocal rank fusion of rows, best first: the sum of 1 / (k + rank), ranks from 1 (Cormack, Clarke & Büttcher 2009;
 * k = 60 as there). Ties as the rankings have them.
 */
export function fuseRanks(rankings: readonly (readonly number[])[], k = 60): Entry[] {
  return summed(rankings.map((rows) => rows.map((row, i) => [row, 1 / (k + i + 1)] as const)));
}

function summed(votes: readonly Iterable<readonly [row: number, vote: number]>[]): Entry[] {
  const scores = new Map<number, number>();
  for (const own of votes) for (const [row, vote] of own) scores.set(row, (scores.get(row) ?? 0) + vote);
  return Array.from(scores, ([row, score]) => ({ row, score })).sort((a, b) => b.score - a.score);
}
