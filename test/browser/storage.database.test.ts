import { deleteDB, openDB } from 'idb';
import { afterEach, expect, test, vi } from 'vitest';
import { openDatabase } from '../../src/storage/database';
import { aDocument, aSource, chunksOf, storeContract } from '../fixtures/storage/contract';

storeContract('IndexedDB', () => openDatabase('contract'));

afterEach(() => {
  vi.restoreAllMocks();
});

test('what one connection stored, another reads after the first is closed', async () => {
  const document = aDocument('a');
  const first = await openDatabase('reopened');
  await first.deleteEverything();
  await first.add(aSource('one', document), document, chunksOf(document));
  await first.addVectors(['k'], 2, Float32Array.from([1, 2]));
  first.close();
  const second = await openDatabase('reopened');
  expect((await second.sources()).map(({ id }) => id)).toEqual(['one']);
  expect([...((await second.vectors(['k'])).get('k') ?? [])]).toEqual([1, 2]);
  second.close();
});

test('batches become blocks of at most 1,024 rows', async () => {
  const store = await openDatabase('blocks');
  await store.deleteEverything();
  for (let batch = 0; batch < 20; batch++) {
    const keys = Array.from({ length: 100 }, (_, i) => `${String(batch)}-${String(i)}`);
    await store.addVectors(keys, 2, new Float32Array(200));
  }
  const raw = await openDB('blocks');
  const sizes = (await raw.getAll('vectorKeys')).map(({ keys }: { keys: string[] }) => keys.length);
  raw.close();
  store.close();
  expect(sizes.reduce((sum, n) => sum + n, 0)).toBe(2000);
  expect(sizes[0]).toBe(1024);
  expect(Math.max(...sizes)).toBe(1024);
});

test('an adapter that an earlier page kept is read, its origin unknown but for the day', async () => {
  const store = await openDatabase('older');
  await store.deleteEverything();
  const raw = await openDB('older');
  await raw.put('adapters', { id: 'x', label: 'X', config: '{}', weights: Uint8Array.from([1]), addedAt: 7 });
  raw.close();
  expect(await store.adapters()).toEqual([
    {
      id: 'x',
      label: 'X',
      config: '{}',
      weights: Uint8Array.from([1]),
      origin: { from: null, addedAt: 7, licence: null, derivedFrom: null },
    },
  ]);
  store.close();
});

test('a full disk is told as storage-full, and what was stored stays', async () => {
  const document = aDocument('a');
  const store = await openDatabase('full');
  await store.deleteEverything();
  await store.add(aSource('one', document), document, chunksOf(document));
  // The browser aborts the transaction by itself and names the reason there.
  vi.spyOn(IDBTransaction.prototype, 'error', 'get').mockReturnValue(new DOMException('full', 'QuotaExceededError'));
  const put = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore) {
    const request = this.count();
    this.transaction.abort();
    return request as unknown as IDBRequest<IDBValidKey>;
  });
  await expect(store.add(aSource('two', document), document, chunksOf(document))).rejects.toMatchObject({
    code: 'storage-full',
  });
  put.mockRestore();
  vi.restoreAllMocks();
  expect((await store.sources()).map(({ id }) => id)).toEqual(['one']);
  store.close();
});

test('a browser that allows no database is told as storage-refused', async () => {
  vi.spyOn(IDBFactory.prototype, 'open').mockImplementation(() => {
    throw new DOMException('denied', 'SecurityError');
  });
  await expect(openDatabase('refused')).rejects.toMatchObject({ code: 'storage-refused' });
});

test('a connection that was closed is told as storage-refused', async () => {
  const store = await openDatabase('closed');
  store.close();
  await expect(store.sources()).rejects.toMatchObject({ code: 'storage-refused' });
});

test('makes way for a newer version of the page', async () => {
  await deleteDB('versions');
  const store = await openDatabase('versions');
  const newer = await openDB('versions', 4);
  expect(newer.version).toBe(4);
  newer.close();
  await expect(store.sources()).rejects.toMatchObject({ code: 'storage-refused' });
});

/** As the second version of the page made it, with what a visitor had then. */
async function secondVersion(name: string) {
  await deleteDB(name);
  const raw = await openDB(name, 2, {
    upgrade(database) {
      const sources = database.createObjectStore('sources', { keyPath: 'id' });
      sources.createIndex('documentId', 'documentId');
      sources.createIndex('addedAt', 'addedAt');
      for (const store of ['contents', 'vectorRows', 'remembered', 'modelParts', 'settings'])
        database.createObjectStore(store);
      database.createObjectStore('vectorKeys', { autoIncrement: true });
      database.createObjectStore('adapters', { keyPath: 'id' });
      database.createObjectStore('models', { keyPath: 'key' });
    },
  });
  const document = aDocument('a');
  const source = (id: string, change: object) => ({ ...aSource(id, document), ...change });
  await raw.put('sources', source('new', { name: 'rules.md' }));
  await raw.put('sources', source('old', { name: 'rules-2017.md', replacedBy: 'rules.md', inUse: false }));
  await raw.put('sources', source('lone', { name: 'lone.md', replacedBy: 'gone.md' }));
  await raw.put('sources', source('elsewhere', { collection: 'other', replacedBy: 'rules.md' }));
  await raw.put('contents', { document, chunks: chunksOf(document) }, 'a');
  await raw.put('remembered', true, 'sample added');
  await raw.put('settings', 'https://mirror', 'hub');
  return raw;
}

test('a library of the version before keeps all it had; a source is replaced by an id instead of a name', async () => {
  (await secondVersion('second')).close();
  const store = await openDatabase('second');
  const sources = await store.sources();
  expect(Object.fromEntries(sources.map(({ id, replacedBy }) => [id, replacedBy]))).toEqual({
    new: null,
    old: 'new',
    lone: null,
    elsewhere: null,
  });
  expect(sources.find(({ id }) => id === 'old')).toMatchObject({ name: 'rules-2017.md', inUse: false });
  expect(await store.chunks('a')).toEqual(chunksOf(aDocument('a')));
  expect(await store.remembers('sample added')).toBe(true);
  expect(await store.collections()).toEqual([]);
  store.close();
  const again = await openDatabase('second');
  expect((await again.sources()).find(({ id }) => id === 'old')?.replacedBy).toBe('new');
  again.close();
  const raw = await openDB('second');
  expect(await raw.get('settings', 'hub')).toBe('https://mirror');
  raw.close();
});

test('a tab that holds the version before and does not let go is told of, and loses nothing', async () => {
  const held = await secondVersion('held');
  await expect(openDatabase('held')).rejects.toMatchObject({ code: 'storage-refused' });
  expect(await held.count('sources')).toBe(4);
  held.close();
  const store = await openDatabase('held');
  expect(await store.sources()).toHaveLength(4);
  store.close();
});

test('a page of the version before cannot open what this one made', async () => {
  const store = await openDatabase('older page');
  await expect(openDB('older page', 2)).rejects.toMatchObject({ name: 'VersionError' });
  expect(await store.sources()).toEqual([]);
  store.close();
});
