import type { LibraryState } from '../../lab';
import { PLAIN_LIBRARY_SEARCH } from '../../retrieval/settings';

/** Before anything is known. */
export const NOTHING: LibraryState = {
  sources: [],
  collections: [],
  scope: null,
  search: PLAIN_LIBRARY_SEARCH,
  copies: {},
  indexed: {},
  indexing: null,
  chunkCount: 0,
  problem: null,
  answering: null,
};

/** Said of what a full disk did not take. */
export const UNSTORED =
  'What was indexed since is searched in this visit, and is kept as soon as there is room; else it is made anew at the next.';
