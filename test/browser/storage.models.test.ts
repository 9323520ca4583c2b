import { deleteDB, openDB } from 'idb';
import { afterEach, expect, test, vi } from 'vitest';
import { openDatabase } from '../../src/storage/database';
import { openModels } from '../../src/storage/database/models';
import { partsOf } from '../../src/storage/keptModels';
import { aDocument, aSource, chunksOf } from '../fixtures/storage/contract';
import { modelsContract } from '../fixtures/storage/modelsContract';

modelsContract('IndexedDB', () => openModels('models contract'));

afterEach(() => {
  vi.restoreAllMocks();
});

/** As the first version of the page made it. */
async function versionOne(name: string): Promise<void> {
  await deleteDB(name);
  const document = aDocument('a');
  const old = await openDB(name, 1, {
    upgrade(database) {
      const sources = database.createObjectStore('sources', { keyPath: 'id' });
      sources.createIndex('documentId', 'documentId');
      sources.createIndex('addedAt', 'addedAt');
      database.createObjectStore('contents');
      database.createObjectStore('vectorKeys', { autoIncrement: true });
      database.createObjectStore('vectorRows');
      database.createObjectStore('adapters', { keyPath: 'id' });
      database.createObjectStore('remembered');
    },
  });
  await old.put('sources', aSource('one', document));
  await old.put('contents', { document, chunks: chunksOf(document) }, 'a');
  const id = await old.add('vectorKeys', { keys: ['k'], dimensions: 2 });
  await old.put('vectorRows', Float32Array.from([1, 2]), id);
  await old.put('adapters', { id: 'mine', label: 'mine', config: '{}', weights: new Uint8Array([1]), addedAt: 5 });
  await old.put('remembered', true, 'sample');
  old.close();
}

test('a library of the first version is kept whole, and models can be kept beside it', async () => {
  await versionOne('migrated');
  const library = await openDatabase('migrated');
  expect((await library.sources()).map(({ id }) => id)).toEqual(['one']);
  expect(await library.document('a')).toEqual(aDocument('a'));
  expect(await library.chunks('a')).toEqual(chunksOf(aDocument('a')));
  expect([...((await library.vectors(['k'])).get('k') ?? [])]).toEqual([1, 2]);
  expect((await library.adapters()).map(({ id }) => id)).toEqual(['mine']);
  expect(await library.remembers('sample')).toBe(true);
  const models = await openModels('migrated');
  await models.setSetting('hub', 'here');
  await models.deleteEverything();
  expect((await library.sources()).map(({ id }) => id)).toEqual(['one']);
  models.close();
  library.close();
  const raw = await openDB('migrated');
  expect(raw.version).toBe(3);
  raw.close();
});

test('an older page in another tab makes way, and one that does not is told', async () => {
  await versionOne('held');
  const old = await openDB('held', 1);
  await expect(openModels('held')).rejects.toHaveProperty('code', 'storage-refused');
  old.close();
  const models = await openModels('held');
  expect(await models.models()).toEqual([]);
  models.close();
});

test('a full disk is told as storage-full, and the parts before it stay', async () => {
  const store = await openModels('models full');
  await store.deleteEverything();
  const file = { path: 'a', bytes: 8, sha256: null, gitOid: null, whole: false };
  await store.putModel({
    key: 'k',
    label: 'k',
    weights: { wasm: 'a', webgpu: 'a' },
    hub: null,
    files: [file],
    addedAt: 0,
  });
  const parts = partsOf(store, 'k');
  await parts.write('a', 0, new Uint8Array([1, 2, 3, 4]));
  vi.spyOn(IDBTransaction.prototype, 'error', 'get').mockReturnValue(new DOMException('full', 'QuotaExceededError'));
  const put = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore) {
    const request = this.count();
    this.transaction.abort();
    return request as unknown as IDBRequest<IDBValidKey>;
  });
  await expect(parts.write('a', 1, new Uint8Array([5]))).rejects.toHaveProperty('code', 'storage-full');
  put.mockRestore();
  vi.restoreAllMocks();
  expect(await parts.have('a')).toEqual(new Set([0]));
  store.close();
});
