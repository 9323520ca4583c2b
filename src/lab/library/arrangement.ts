import type { Filter, LibrarySearch } from '../../retrieval/settings';
import type { Collection } from '../../storage/library';

/** Puts back what was changed, as far as it is still there. */
export type Back = () => Promise<void>;

/** How the visitor keeps the documents in order. All throw `storage-*`. */
export interface Arrangement {
  /** Trimmed, each once, in their order. */
  setTags(sourceId: string, tags: readonly string[]): Promise<void>;
  move(sourceId: string, collectionId: string): Promise<void>;
  createCollection(name: string): Promise<Collection>;
  renameCollection(id: string, name: string): Promise<void>;
  /** Its documents go to the visitor's own ones. */
  removeCollection(id: string): Promise<Back>;
  /** What is searched by all who name nothing themselves; null: all that is in use. */
  setScope(scope: Filter | null): Promise<void>;
  /** How all search who say nothing else themselves; null: as at first. */
  setSearch(search: LibrarySearch | null): Promise<void>;
  /** It is no version of those it was taken for, now or later. */
  keepBoth(sourceId: string): Promise<Back>;
  /** Of its versions this is the one that is searched. */
  makeCurrent(sourceId: string): Promise<Back>;
}
