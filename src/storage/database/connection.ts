/** The one database of the page: its stores, its versions, how it is opened and written. Page and workers open it. */
import {
  type DBSchema,
  type IDBPDatabase,
  type IDBPTransaction,
  type StoreKey,
  type StoreNames,
  type StoreValue,
  openDB,
} from 'idb';
import type { Chunk, Document } from '../../documents/document';
import { LabError } from '../../errors';
import type { AdapterOrigin, Collection, Source, StoredAdapter, VectorKey } from '../library';
import type { KeptModel, KeptPart } from '../models';

const NAME = 'openbook';
/** 2: models and settings. 3: collections; a source is replaced by another's id, before by its name. */
const VERSION = 3;

/** The first version kept no more of an adapter's origin than when it was added. */
type KeptAdapter = Omit<StoredAdapter, 'origin'> & { readonly addedAt: number; readonly origin?: AdapterOrigin };

export interface KeptContent {
  readonly document: Document;
  readonly chunks: readonly Chunk[];
  /** By who wrote them. */
  readonly summaries?: Readonly<Record<string, string>>;
}

export interface Schema extends DBSchema {
  sources: { key: string; value: Source; indexes: { documentId: string; addedAt: number } };
  contents: { key: string; value: KeptContent };
  /** Keys apart from rows, so that looking for a vector reads no vectors. */
  vectorKeys: { key: number; value: { readonly keys: readonly VectorKey[]; readonly dimensions: number } };
  vectorRows: { key: number; value: Float32Array<ArrayBuffer> };
  adapters: { key: string; value: KeptAdapter };
  remembered: { key: string; value: true };
  models: { key: string; value: KeptModel };
  /** By model, path and index. As bytes rather than as Blobs, whose keeping differs from browser to browser. */
  modelParts: { key: [string, string, number]; value: KeptPart };
  settings: { key: string; value: unknown };
  collections: { key: string; value: Collection };
}

export type Connection = IDBPDatabase<Schema>;
export type Writing<S extends StoreNames<Schema>> = IDBPTransaction<Schema, S[], 'readwrite'>;

/** Opens or makes the database. Throws `storage-refused` where the browser allows none, or an older tab holds it. */
export async function connect(name = NAME): Promise<Connection> {
  let refuse: (error: LabError) => void = () => undefined;
  const blocked = new Promise<never>((_resolve, reject) => {
    refuse = reject;
  });
  // Called in a function of its own: some browsers throw at once, some reject later.
  const opening = (async () =>
    openDB<Schema>(name, VERSION, {
      upgrade: (database, from, _to, tx) => {
        makeStores(database, from);
        // Not waited for: the upgrade ends when its transaction does, and a failure aborts both.
        if (from > 0 && from < 3) void nameById(tx).catch(() => undefined);
      },
      blocked: () => {
        refuse(new LabError('storage-refused', 'Another tab keeps an older version of the library open.'));
      },
      // A newer version of the page in another tab must not wait for this one.
      blocking: (_current, _blocked, event) => {
        (event.target as IDBDatabase).close();
      },
    }))();
  try {
    return await Promise.race([opening, blocked]);
  } catch (error) {
    opening.then(
      (late) => {
        late.close();
      },
      () => undefined,
    );
    throw storageError(error);
  }
}

/** Brings a database of any earlier version to this one; nothing that was kept is touched. */
function makeStores(database: Connection, from: number): void {
  if (from < 1) {
    const sources = database.createObjectStore('sources', { keyPath: 'id' });
    sources.createIndex('documentId', 'documentId');
    sources.createIndex('addedAt', 'addedAt');
    database.createObjectStore('contents');
    database.createObjectStore('vectorKeys', { autoIncrement: true });
    database.createObjectStore('vectorRows');
    database.createObjectStore('adapters', { keyPath: 'id' });
    database.createObjectStore('remembered');
  }
  if (from < 2) {
    database.createObjectStore('models', { keyPath: 'key' });
    database.createObjectStore('modelParts');
    database.createObjectStore('settings');
  }
  if (from < 3) database.createObjectStore('collections', { keyPath: 'id' });
}

/** `replacedBy` was the name of a source of the same collection. */
async function nameById(tx: IDBPTransaction<Schema, StoreNames<Schema>[], 'versionchange'>): Promise<void> {
  const store = tx.objectStore('sources');
  const sources = await store.getAll();
  for (const source of sources) {
    if (source.replacedBy === null) continue;
    const newer = sources.find(
      ({ id, name, collection }) => id !== source.id && name === source.replacedBy && collection === source.collection,
    );
    await store.put({ ...source, replacedBy: newer?.id ?? null });
  }
}

/** Runs `run` in one transaction that is on the disk when this resolves. Throws `storage-full` or `storage-refused`. */
export function write<S extends StoreNames<Schema>>(
  database: Connection,
  stores: S[],
  run: (tx: Writing<S>) => Promise<void>,
): Promise<void> {
  return told(async () => {
    const tx = database.transaction(stores, 'readwrite', { durability: 'strict' });
    // A full disk shows here and nowhere else; seen early, so that no rejection goes unheard meanwhile.
    const done = tx.done;
    done.catch(() => undefined);
    try {
      await run(tx);
    } catch (error) {
      if (tx.error === null) abortQuietly(tx);
      await done.catch((cause: unknown) => {
        throw isQuota(cause) ? cause : error;
      });
      throw error;
    }
    await done;
  });
}

/** Writes one record, as `write` does; `key` where the store has none of its own. */
export function put<S extends StoreNames<Schema>>(
  database: Connection,
  store: S,
  value: StoreValue<Schema, S>,
  key?: StoreKey<Schema, S>,
): Promise<void> {
  return write(database, [store], async (tx) => {
    await tx.objectStore(store).put(value, key);
  });
}

function abortQuietly(tx: { abort(): void }): void {
  try {
    tx.abort();
  } catch {
    // It had ended by itself.
  }
}

/** Turns what the browser throws into what a person can be told. */
export async function told<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw storageError(error);
  }
}

function isQuota(error: unknown): boolean {
  return error instanceof Error && error.name === 'QuotaExceededError';
}

/** Also turns IndexedDB's own AbortError into an error: it is no stop by the visitor. */
function storageError(error: unknown): LabError {
  if (error instanceof LabError) return error;
  if (isQuota(error))
    return new LabError('storage-full', 'The browser has no more room to store this.', { cause: error });
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new LabError('storage-refused', `The browser refuses to store anything for this page (${reason}).`, {
    cause: error,
  });
}
