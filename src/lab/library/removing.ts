import { LabError } from '../../errors';
import type { LibraryStore } from '../../storage/library';

/** Removes a source from the store and returns how to bring it back as it was. */
export async function removeSource(store: LibraryStore, id: string): Promise<() => Promise<void>> {
  const source = (await store.sources()).find((one) => one.id === id);
  const document = source && (await store.document(source.documentId));
  if (!document) throw new LabError('unexpected', 'That document is not here any more.');
  const chunks = await store.chunks(source.documentId);
  await store.remove(id);
  return () => store.add(source, document, chunks);
}
