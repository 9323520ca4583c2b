import type { ExplainingRetriever } from '../retrieval/retriever';
import type { SearchSettings } from '../retrieval/settings';
import type { SearchJobs } from '../workers/jobs';
import { abortable } from './abortable';
import type { LibraryDesk } from './library';
import type { ModelOnDevice } from './onDevice';
import type { Restartable } from './worker';

/** Finds passages in what is on the shelf, as soon as the search worker knows it. `reshelving` settles when a new worker does. */
export function shelfRetriever(
  library: LibraryDesk,
  finder: ModelOnDevice<SearchJobs>,
  reshelving: () => Promise<void>,
): ExplainingRetriever {
  /** Who says nothing else searches what the library is set to, as it is set to. */
  const scoped = (settings: Partial<SearchSettings> = {}): Partial<SearchSettings> => {
    const { scope, search } = library.told.now;
    const { weights, minimum, rerank, lambda } = { ...search, ...settings };
    return { weights, minimum, rerank, lambda, filter: settings.filter ?? scope };
  };
  /** Asked again where the GPU was lost meanwhile, once everything is as it was. */
  async function searching<T>(
    signal: AbortSignal,
    ask: (worker: Pick<Restartable<SearchJobs>, 'ask'>) => Promise<T>,
  ): Promise<T> {
    for (;;) {
      const before = library.outgoing.worker;
      await library.shelved().catch((error: unknown) => {
        if (!before) throw error;
      });
      try {
        if (before) return await ask(before);
      } catch (error) {
        // The new one answers from now on.
        if (library.outgoing.worker === before) throw error;
      }
      const { replaced, worker } = finder;
      try {
        return await ask(worker);
      } catch (error) {
        if (!finder.mends(error, replaced)) throw error;
      }
      // Without a finder, search goes on by words.
      const loaded = finder.ready().catch(() => undefined);
      await abortable(Promise.all([loaded, reshelving()]), signal);
      await abortable(library.settled(), signal);
    }
  }
  return {
    search: (query, limit, pool, signal, settings) =>
      searching(signal, (worker) => worker.ask('search', { query, limit, pool, settings: scoped(settings) }, signal)),
    explain: (query, limit, pool, signal, settings) =>
      searching(signal, (worker) => worker.ask('explain', { query, limit, pool, settings: scoped(settings) }, signal)),
    chunks: (pool, signal, filter) =>
      searching(signal, (worker) =>
        worker.ask('chunks', { pool, filter: filter === null ? library.told.now.scope : filter }, signal),
      ),
  };
}
