import { readStorage } from '../device/facts';
import type { StorageUse } from '../lab';
import type { LibraryStore } from '../storage/library';

/** What the page keeps, as the browser tells it, and how much of it are vectors. */
export async function storageUse(store: LibraryStore): Promise<StorageUse> {
  return { ...(await readStorage(navigator)), vectors: await store.vectorBytes() };
}
