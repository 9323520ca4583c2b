import type { LibraryStore } from '../../storage/library';

/** Own documents are worth asking for; browsers may put it to the visitor, so once. `own` is their collection. */
export async function askToPersist(store: LibraryStore, own: string): Promise<void> {
  const sources = await store.sources().catch(() => []);
  // Typed as always there, absent in an insecure context.
  const { storage } = navigator as { storage?: StorageManager };
  if (!sources.some(({ collection }) => collection === own)) await storage?.persist().catch(() => false);
}
