/** How a search is to go: what may be found, whose vote counts, how few and how varied the hits are. */

/**
 * Which documents may be found. Every list that is given must be met: a document of one of `collections`, one of
 * `documents` (ids), that carries all of `tags`.
 */
export interface Filter {
  readonly collections?: readonly string[];
  readonly documents?: readonly string[];
  readonly tags?: readonly string[];
}

/** What a filter can ask of one source of a document; the same bytes may lie in two collections, and then have two. */
export interface Labels {
  readonly collection: string;
  readonly tags: readonly string[];
}

/**
 * Least scores, each on its stage's own scale. Below its own, a retriever does not vote: `words` is BM25's score, from 0 up;
 * `dense` a cosine. `fused` and `reranked` leave the hit out: `fused` is a share (0 to 1) of the score that a passage
 * first in every list would have, `reranked` a probability.
 */
export interface Minimum {
  readonly words?: number;
  readonly dense?: number;
  readonly fused?: number;
  readonly reranked?: number;
}

export interface SearchSettings {
  /** Votes in the fusion. 0 leaves a retriever out; `dense` null: as the finder's catalogue entry says. */
  readonly weights: { readonly words: number; readonly dense: number | null };
  readonly minimum: Minimum;
  /** How many of the fused best the reranker reads, at least as many as are asked for; 0: it is left out. */
  readonly rerank: number;
  /** Of maximal marginal relevance, 0 to 1: how much relevance counts against being unlike what was chosen. Null: off. */
  readonly lambda: number | null;
  /** Null: all that is in use. */
  readonly filter: Filter | null;
}

export const PLAIN_SEARCH: SearchSettings = {
  weights: { words: 1, dense: null },
  minimum: {},
  rerank: 0,
  lambda: null,
  filter: null,
};

/** How the library is searched by all who say nothing else themselves. What is searched is the library's scope. */
export interface LibrarySearch extends Omit<SearchSettings, 'filter'> {
  /** How many passages the playground shows; a lane says that itself. */
  readonly limit: number;
}

export const PLAIN_LIBRARY_SEARCH: LibrarySearch = {
  weights: PLAIN_SEARCH.weights,
  minimum: PLAIN_SEARCH.minimum,
  rerank: PLAIN_SEARCH.rerank,
  lambda: PLAIN_SEARCH.lambda,
  limit: 6,
};

/** Tells of a document by the labels of its sources, one of which has to fit wholly, whether its collection and tags may be found. */
export function passing({
  collections,
  tags = [],
}: Omit<Filter, 'documents'>): (sources: readonly Labels[]) => boolean {
  if (!collections && tags.length === 0) return () => true;
  return (sources) =>
    sources.some(
      ({ collection, tags: own }) =>
        (!collections || collections.includes(collection)) && tags.every((tag) => own.includes(tag)),
    );
}
