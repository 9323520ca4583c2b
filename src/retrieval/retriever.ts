import type { Chunk } from '../documents/document';
import type { Explained } from './explain';
import type { Filter, SearchSettings } from './settings';

/** A retriever's own rank (from 1) and score for one chunk. */
export interface Ranked {
  readonly rank: number;
  readonly score: number;
}

/**
 * A chunk found for a query. `score` is the fused one, also where a reranker or MMR then set the rank; a retriever that
 * did not find it is null.
 */
export interface Hit {
  readonly chunk: Chunk;
  readonly rank: number;
  readonly score: number;
  readonly dense: Ranked | null;
  readonly words: Ranked | null;
}

/** `current`: documents in use. `stale`: replaced versions, never retrieved, only offered as noise. */
export type Pool = 'current' | 'stale';

export interface Retriever {
  /** Up to `limit` hits, best first. What the settings do not say is as in `PLAIN_SEARCH`. */
  search(
    query: string,
    limit: number,
    pool: Pool,
    signal: AbortSignal,
    settings?: Partial<SearchSettings>,
  ): Promise<Hit[]>;
  /**
   * The chunks of the pool, in document order: every one, or with a filter (null: the search's own) those that a search
   * may find, copies counted once.
   */
  chunks(pool: Pool, signal: AbortSignal, filter?: Filter | null): Promise<Chunk[]>;
}

export interface ExplainingRetriever extends Retriever {
  /** The hits of the same search, then all else that any retriever found: where each stands at every stage, and why. */
  explain(...asked: Parameters<Retriever['search']>): Promise<Explained>;
}
