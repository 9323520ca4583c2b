import type { Retriever } from '../retrieval/retriever';
import type { Filter } from '../retrieval/settings';

/** Finds only what a lane's scope names; without one, what the retriever itself is set to. Noise is looked for there too. */
export function within(retriever: Retriever, scope: Filter | undefined): Retriever {
  const filter = scope ?? null;
  return {
    search: (query, limit, pool, signal, settings) =>
      retriever.search(query, limit, pool, signal, { ...settings, filter }),
    chunks: (pool, signal, asked = filter) => retriever.chunks(pool, signal, asked),
  };
}

/** Names the passages of a scope among all that a bench remembers. */
export function scopeKey(scope: Filter | undefined): string {
  return scope ? ` in ${JSON.stringify(scope)}` : '';
}
