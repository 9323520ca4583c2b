import type { Chunk } from '../documents/document';
import { type Chosen, diversify } from './diversity';
import { type Voter, fuseScores, zeroOf } from './fusion';
import type { SearchSettings } from './settings';
import type { Entry } from './topK';

/** All that one search came to, stage by stage. Rows number the chunks of the pool; lists are best first. */
export interface Trace {
  readonly query: string;
  readonly settings: SearchSettings;
  /** As they counted: without vectors, meaning has no vote. */
  readonly weights: { readonly words: number; readonly dense: number };
  /** How many passages there were to be found. */
  readonly searched: number;
  readonly chunkAt: (row: number) => Chunk;
  /** Everything found to the depth that was looked to, also what was below a minimum and so did not vote. */
  readonly words: readonly Entry[];
  /** Null where meaning could not be asked: no finder, or not every passage has its vector yet. */
  readonly dense: readonly Entry[] | null;
  readonly fused: readonly Entry[];
  /** What the reranker read; null where there is none, or it was not asked. */
  readonly reranked: readonly Entry[] | null;
  /** Null where it is off. */
  readonly diverse: readonly Chosen[] | null;
  /** Rows of the hits. */
  readonly shown: readonly number[];
  /** What each word of the query adds to a row's BM25 score. */
  readonly shares: (row: number) => ReadonlyMap<string, number>;
}

type Found = Pick<Trace, 'words' | 'dense' | 'weights' | 'settings'>;

/** Words and meaning, without what is below their own minimum. */
export function voters({ words, dense, weights, settings: { minimum } }: Found): [words: Voter, dense: Voter] {
  const near = dense ?? [];
  return [
    // A passage that shares no word with the query has 0.
    { entries: words, zero: 0, least: minimum.words ?? -Infinity, weight: weights.words },
    { entries: near, zero: zeroOf(near), least: minimum.dense ?? -Infinity, weight: weights.dense },
  ];
}

/** The votes of two retrievers. */
export function vote(found: Found): Entry[] {
  return fuseScores(voters(found));
}

/** Fused or reranked entries that may be shown, as many as are asked for, or as MMR chooses among them. */
export function choose(
  candidates: readonly Entry[],
  limit: number,
  lambda: number | null,
  similarity: (a: number, b: number) => number,
): { readonly shown: readonly number[]; readonly diverse: readonly Chosen[] | null } {
  if (lambda === null) return { shown: candidates.slice(0, limit).map(({ row }) => row), diverse: null };
  const diverse = diversify(candidates, similarity, lambda, limit);
  return { shown: diverse.map(({ row }) => row), diverse };
}
