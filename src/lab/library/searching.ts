import { type LibrarySearch, PLAIN_LIBRARY_SEARCH } from '../../retrieval/settings';
import type { LibraryStore } from '../../storage/library';

/** Among the library's settings. */
const SEARCH = 'search';

/** How the library is searched; what an older version of the page did not know is as at first. */
export async function searchOf(store: LibraryStore): Promise<LibrarySearch> {
  const kept = (await store.setting(SEARCH)) as Partial<LibrarySearch> | undefined;
  return { ...PLAIN_LIBRARY_SEARCH, ...kept };
}

/** Null: as at first. */
export function setSearch(store: LibraryStore, search: LibrarySearch | null): Promise<void> {
  return store.setSetting(SEARCH, search ?? {});
}
