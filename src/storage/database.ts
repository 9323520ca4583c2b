/** The library's port in IndexedDB. Both the page and the search worker open it; only this file and its folder know idb. */
import type { Chunk, Document } from '../documents/document';
import { type Connection, type Writing, connect, put, told, write } from './database/connection';
import type { Filter } from '../retrieval/settings';
import {
  type Collection,
  type LibraryStore,
  type Source,
  type SourceChange,
  type StoredAdapter,
  type VectorKey,
  cutAs,
} from './library';
import { type Block, BLOCK_ROWS, pack, rowOf, withoutDead } from './vectorBlocks';

const STORES = ['sources', 'contents', 'vectorKeys', 'vectorRows', 'adapters', 'remembered', 'collections'] as const;
/** Among the settings. */
const SCOPE = 'library scope';
/** The models' settings are kept beside the library's. */
const LIBRARY = 'library: ';

/** Opens or makes the database. Throws `storage-refused` where the browser allows none, or an older tab holds it. */
export async function openDatabase(name?: string): Promise<LibraryStore> {
  return new Database(await connect(name));
}

class Database implements LibraryStore {
  readonly lasting = true;
  readonly #database: Connection;
  constructor(database: Connection) {
    this.#database = database;
  }

  sources(): Promise<Source[]> {
    return told(() => this.#database.getAllFromIndex('sources', 'addedAt'));
  }

  add(source: Source, document: Document, chunks: readonly Chunk[]): Promise<void> {
    return write(this.#database, ['sources', 'contents'], async (tx) => {
      const sources = tx.objectStore('sources');
      const contents = tx.objectStore('contents');
      const before = await sources.get(source.id);
      const sibling = await sources.index('documentId').get(document.id);
      const known = sibling && (await contents.count(document.id)) > 0;
      await sources.put(known ? cutAs(source, sibling) : source);
      if (!known) await contents.put({ document, chunks: [...chunks] }, document.id);
      if (before) await release(tx, before.documentId);
    });
  }

  recut(documentId: string, chunks: readonly Chunk[], cut: string): Promise<void> {
    return write(this.#database, ['sources', 'contents'], async (tx) => {
      const content = await tx.objectStore('contents').get(documentId);
      if (!content) return;
      await tx.objectStore('contents').put({ ...content, chunks: [...chunks] }, documentId);
      const sources = tx.objectStore('sources');
      for (const source of await sources.index('documentId').getAll(documentId))
        await sources.put({ ...source, chunkCount: chunks.length, cut });
    });
  }

  summary(documentId: string, writer: string): Promise<string | null> {
    return told(async () => (await this.#database.get('contents', documentId))?.summaries?.[writer] ?? null);
  }

  addSummary(documentId: string, writer: string, text: string): Promise<void> {
    return write(this.#database, ['contents'], async (tx) => {
      const content = await tx.objectStore('contents').get(documentId);
      if (!content) return;
      const summaries = { ...content.summaries, [writer]: text };
      await tx.objectStore('contents').put({ ...content, summaries }, documentId);
    });
  }

  update(id: string, change: SourceChange): Promise<void> {
    return this.updateAll(new Map([[id, change]]));
  }

  updateAll(changes: ReadonlyMap<string, SourceChange>): Promise<void> {
    return write(this.#database, ['sources'], async (tx) => {
      for (const [id, change] of changes) {
        const source = await tx.objectStore('sources').get(id);
        if (source) await tx.objectStore('sources').put({ ...source, ...change });
      }
    });
  }

  collections(): Promise<Collection[]> {
    return told(async () => (await this.#database.getAll('collections')).sort((a, b) => a.addedAt - b.addedAt));
  }

  putCollection(collection: Collection): Promise<void> {
    return put(this.#database, 'collections', collection);
  }

  removeCollection(id: string): Promise<void> {
    return write(this.#database, ['collections'], (tx) => tx.objectStore('collections').delete(id));
  }

  scope(): Promise<Filter | null> {
    return told(async () => ((await this.#database.get('settings', SCOPE)) as Filter | undefined) ?? null);
  }

  setScope(scope: Filter | null): Promise<void> {
    if (scope) return put(this.#database, 'settings', scope, SCOPE);
    return write(this.#database, ['settings'], (tx) => tx.objectStore('settings').delete(SCOPE));
  }

  remove(id: string): Promise<void> {
    return write(this.#database, ['sources', 'contents'], async (tx) => {
      const source = await tx.objectStore('sources').get(id);
      if (!source) return;
      await tx.objectStore('sources').delete(id);
      await release(tx, source.documentId);
    });
  }

  document(documentId: string): Promise<Document | null> {
    return told(async () => (await this.#database.get('contents', documentId))?.document ?? null);
  }

  chunks(documentId: string): Promise<Chunk[]> {
    return told(async () => [...((await this.#database.get('contents', documentId))?.chunks ?? [])]);
  }

  vectors(keys: readonly VectorKey[]): Promise<Map<VectorKey, Float32Array>> {
    return told(async () => {
      const wanted = new Set(keys);
      const found = new Map<VectorKey, Float32Array>();
      if (wanted.size === 0) return found;
      const tx = this.#database.transaction(['vectorKeys', 'vectorRows']);
      for await (const { key: id, value } of tx.objectStore('vectorKeys')) {
        if (!value.keys.some((key) => wanted.has(key))) continue;
        const rows = await tx.objectStore('vectorRows').get(id);
        if (!rows) continue;
        // Where all of a block is wanted, as when the library is opened, nothing is gained by letting it go.
        const whole = value.keys.every((key) => wanted.has(key));
        const { dimensions } = value;
        for (const [row, key] of value.keys.entries())
          if (whole) found.set(key, rows.subarray(row * dimensions, (row + 1) * dimensions));
          else if (wanted.has(key)) found.set(key, rowOf(rows, dimensions, row));
      }
      return found;
    });
  }

  addVectors(keys: readonly VectorKey[], dimensions: number, rows: Float32Array): Promise<void> {
    return write(this.#database, ['vectorKeys', 'vectorRows'], async (tx) => {
      const started = await this.#takeStartedBlocks(tx, dimensions, keys.length);
      for (const block of pack([...started, { keys, dimensions, rows: new Float32Array(rows) }]))
        await putBlock(tx, block);
    });
  }

  /**
   * Each batch is its own small block until they fill one of 1,024 rows together; only then are they taken
   * out to be packed, so that every row is written twice at most.
   */
  async #takeStartedBlocks(
    tx: Writing<'vectorKeys' | 'vectorRows'>,
    dimensions: number,
    more: number,
  ): Promise<Block[]> {
    const started: { id: number; keys: readonly VectorKey[] }[] = [];
    let count = more;
    let cursor = await tx.objectStore('vectorKeys').openCursor(null, 'prev');
    while (cursor && cursor.value.keys.length < BLOCK_ROWS && cursor.value.dimensions === dimensions) {
      started.unshift({ id: cursor.primaryKey, keys: cursor.value.keys });
      count += cursor.value.keys.length;
      cursor = await cursor.continue();
    }
    if (count < BLOCK_ROWS) return [];
    const blocks: Block[] = [];
    for (const { id, keys } of started) {
      const rows = await tx.objectStore('vectorRows').get(id);
      if (rows) blocks.push({ keys, dimensions, rows });
      await dropBlock(tx, id);
    }
    return blocks;
  }

  vectorBytes(): Promise<number> {
    return told(async () => {
      const blocks = await this.#database.getAll('vectorKeys');
      return blocks.reduce((sum, { keys, dimensions }) => sum + keys.length * dimensions * 4, 0);
    });
  }

  sweep(live: ReadonlySet<VectorKey>): Promise<void> {
    return write(this.#database, ['vectorKeys', 'vectorRows'], async (tx) => {
      for await (const cursor of tx.objectStore('vectorKeys')) {
        const { keys, dimensions } = cursor.value;
        if (keys.every((key) => live.has(key))) continue;
        const id = cursor.primaryKey;
        const rows = await tx.objectStore('vectorRows').get(id);
        const kept = rows ? withoutDead({ keys, dimensions, rows }, live) : null;
        if (!kept || kept.keys.length === 0) {
          await dropBlock(tx, id);
          continue;
        }
        await tx.objectStore('vectorKeys').put({ keys: kept.keys, dimensions }, id);
        await tx.objectStore('vectorRows').put(kept.rows, id);
      }
    });
  }

  adapters(): Promise<StoredAdapter[]> {
    return told(async () => {
      const kept = await this.#database.getAll('adapters');
      return kept
        .sort((a, b) => a.addedAt - b.addedAt)
        .map(({ addedAt, origin = { from: null, addedAt, licence: null, derivedFrom: null }, ...files }) => ({
          ...files,
          origin,
        }));
    });
  }

  addAdapter(adapter: StoredAdapter): Promise<void> {
    return put(this.#database, 'adapters', { ...adapter, addedAt: adapter.origin.addedAt ?? 0 });
  }

  removeAdapter(id: string): Promise<void> {
    return write(this.#database, ['adapters'], (tx) => tx.objectStore('adapters').delete(id));
  }

  remembers(name: string): Promise<boolean> {
    return told(async () => (await this.#database.count('remembered', name)) > 0);
  }

  remember(name: string): Promise<void> {
    return put(this.#database, 'remembered', true, name);
  }

  setting(name: string): Promise<unknown> {
    return told(() => this.#database.get('settings', LIBRARY + name));
  }

  setSetting(name: string, value: unknown): Promise<void> {
    return put(this.#database, 'settings', value, LIBRARY + name);
  }

  // Cleared, not deleted: another connection (the search worker, a tab) would block a deletion.
  deleteEverything(): Promise<void> {
    return write(this.#database, [...STORES, 'settings'], async (tx) => {
      for (const store of STORES) await tx.objectStore(store).clear();
      await tx.objectStore('settings').delete(SCOPE);
      await tx.objectStore('settings').delete(IDBKeyRange.bound(LIBRARY, `${LIBRARY}\uffff`));
    });
  }

  close(): void {
    this.#database.close();
  }
}

async function putBlock(tx: Writing<'vectorKeys' | 'vectorRows'>, { keys, dimensions, rows }: Block): Promise<void> {
  const id = await tx.objectStore('vectorKeys').add({ keys, dimensions });
  await tx.objectStore('vectorRows').put(rows, id);
}

async function dropBlock(tx: Writing<'vectorKeys' | 'vectorRows'>, id: number): Promise<void> {
  await tx.objectStore('vectorKeys').delete(id);
  await tx.objectStore('vectorRows').delete(id);
}

async function release(tx: Writing<'sources' | 'contents'>, documentId: string): Promise<void> {
  if ((await tx.objectStore('sources').index('documentId').count(documentId)) === 0)
    await tx.objectStore('contents').delete(documentId);
}
