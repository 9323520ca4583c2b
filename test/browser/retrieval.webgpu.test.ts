/** The finder on WebGPU, on an adapter in software. */
import { expect, test, vi } from 'vitest';
import { webFiles } from '../../src/inference/files';
import { type ReadModel, pageModels } from '../../src/inference/source';
import { LabError } from '../../src/errors';
import { finish } from '../../src/job';
import { FINDERS, type FinderEntry } from '../../src/retrieval/embedders';
import { loadFinder } from '../../src/retrieval/embedders/load';
import { type KnownVectors, selfTest } from '../../src/retrieval/selfTest';
import { useOwnRuntime } from '../../src/workers/runtime';

useOwnRuntime();
vi.setConfig({ testTimeout: 240_000 });
const { signal } = new AbortController();
const BASE = new URL('/', location.href).href;
const [entry] = FINDERS as readonly [FinderEntry & { readonly selfTest: KnownVectors }];

const load = (changed: FinderEntry) => finish(loadFinder(changed, pageModels(BASE, webFiles(false)), 'webgpu', signal));

test('the built-in finder passes its self-test, and its vectors are those of WebAssembly under the same name', async () => {
  const { embedder, device } = await load(entry);
  expect(device).toBe('webgpu');
  expect(await selfTest(embedder, entry.selfTest, signal)).toBeGreaterThan(0.9998);
  await embedder[Symbol.asyncDispose]();
});

test('one of which no vectors are known is held against WebAssembly, and against itself where that graph is not here', async () => {
  const unknown: FinderEntry = { ...entry, selfTest: null };
  const read = pageModels(BASE, webFiles(false));
  const reads: string[] = [];
  const alone: ReadModel = async function* (source, device, stop) {
    reads.push(device);
    if (device === 'wasm') throw new LabError('model-not-fetched', 'It was not fetched.');
    return yield* read(source, device, stop);
  };
  for (const from of [read, alone]) {
    const { embedder, device } = await finish(loadFinder(unknown, from, 'webgpu', signal));
    expect(device).toBe('webgpu');
    await embedder[Symbol.asyncDispose]();
  }
  expect(reads).toEqual(['webgpu', 'wasm']);
});

test.each([
  ['gives other vectors', entry.selfTest.vectors.toReversed()],
  ['is a little off in one', entry.selfTest.vectors.map((vector, i) => (i === 1 ? nudged(vector) : vector))],
])('a GPU that %s is not used', async (_name, vectors) => {
  const selfTest = { ...entry.selfTest, vectors };
  await expect(load({ ...entry, selfTest })).rejects.toMatchObject({ code: 'gpu-unfit' });
});

/** Every 64th dimension is 0: a cosine of about 0.99 with what it was. */
function nudged(vector: string): string {
  return btoa(Array.from(atob(vector), (code, i) => (i % 64 === 0 ? '\0' : code)).join(''));
}
