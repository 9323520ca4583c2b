import type { Retriever } from '../retrieval/retriever';
import type { SearchJobs } from '../workers/jobs';
import type { LibraryDesk } from './library';
import type { Restartable } from './worker';

/** Finds passages in what is on the shelf, as soon as the search worker knows it. */
export function shelfRetriever(library: LibraryDesk, search: Restartable<SearchJobs>): Retriever {
  return {
    search: async (query, limit, pool, signal) => {
      await library.shelved();
      return search.ask('search', { query, limit, pool }, signal);
    },
    chunks: async (pool, signal) => {
      await library.shelved();
      return search.ask('chunks', { pool }, signal);
    },
  };
}
