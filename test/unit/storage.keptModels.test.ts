import { expect, test } from 'vitest';
import type { ModelSource } from '../../src/inference/source';
import { finish } from '../../src/job';
import { keptModels, partsOf, readKept } from '../../src/storage/keptModels';
import { MemoryModelStore } from '../../src/storage/memoryModels';
import { keyOf } from '../../src/storage/models';

const { signal } = new AbortController();
const GRAPH = 'onnx/model.onnx';
const source: ModelSource = {
  kind: 'hub',
  repo: 'test/finder',
  revision: 'main',
  weights: { wasm: GRAPH, webgpu: GRAPH },
};
const TOKENIZER = new TextEncoder().encode('{"model": {}}');

/** Its tokenizer is whole; of its graph nothing has come. */
async function begun(): Promise<MemoryModelStore> {
  const store = new MemoryModelStore();
  const key = keyOf(source) ?? '';
  const file = (path: string, bytes: number, whole: boolean) => ({ path, bytes, sha256: null, gitOid: null, whole });
  const files = [
    file('tokenizer.json', TOKENIZER.length, true),
    file('config.json', 9, false),
    file('tokenizer_config.json', 9, false),
    file(GRAPH, 9, false),
  ];
  const { weights } = source as { weights: { wasm: string; webgpu: string } };
  await store.putModel({ key, label: 'Finder', weights, hub: null, files, addedAt: 1 });
  await partsOf(store, key).write('tokenizer.json', 0, TOKENIZER);
  return store;
}

test('some files of a kept model are read though its weights are not there', async () => {
  const store = await begun();
  const files = await finish(readKept(store, source, (path) => path === 'tokenizer.json', signal));
  expect([...files]).toEqual([['tokenizer.json', TOKENIZER]]);
  await expect(finish(readKept(store, source, (path) => path === 'config.json', signal))).rejects.toMatchObject({
    code: 'model-not-fetched',
    message: 'Finder: config.json, which runs here, is not downloaded.',
  });
  await expect(finish(keptModels(store, false)(source, 'wasm', signal))).rejects.toMatchObject({
    code: 'model-not-fetched',
  });
});

test('a model that is not kept, and a part damaged where it lay, are told', async () => {
  const store = await begun();
  const wants = (path: string) => path === 'tokenizer.json';
  await expect(finish(readKept(new MemoryModelStore(), source, wants, signal))).rejects.toMatchObject({
    code: 'model-not-fetched',
  });
  await store.putPart(keyOf(source) ?? '', 'tokenizer.json', 0, { bytes: TOKENIZER.slice(1), sha256: 'wrong' });
  await expect(finish(readKept(store, source, wants, signal))).rejects.toMatchObject({ code: 'model-corrupt' });
  // It is forgotten, so that it is fetched again.
  expect((await store.partsOf(keyOf(source) ?? '')).get('tokenizer.json')?.size ?? 0).toBe(0);
});
