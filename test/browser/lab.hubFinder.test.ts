/** A finder of a hub, whose graph on the GPU (an adapter in software) is another file than that in WebAssembly. */
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import type { CatalogueModel } from '../../src/lab';
import { FINDERS, type FinderEntry } from '../../src/retrieval/embedders';
import type { Asked } from '../fixtures/hub/server';
import { PATIENCE, allIndexed, emptyDatabase, labWith, passagesFor, watch, type Watched } from '../fixtures/lab/opened';

// Real models on whatever machine this is: a hang guard, not a speed.
vi.setConfig({ testTimeout: 400_000, hookTimeout: 240_000 });
const { signal } = new AbortController();
const HOST = inject('hub');
const [finder] = FINDERS as readonly [FinderEntry];
const INT8 = 'onnx/model_quantized.onnx';
const F32 = 'onnx/model.onnx';
const FROM_HUB: FinderEntry = {
  ...finder,
  id: 'tiny-from-hub',
  label: 'Tiny finder of the hub',
  selfTest: null,
  source: { kind: 'hub', repo: 'test/tiny-finder', revision: 'main', weights: { wasm: INT8, webgpu: F32 } },
};
const ID = FROM_HUB.id;
const QUESTION = 'How long is the trial period?';

let seen: Watched;
let models: readonly CatalogueModel[] = [];
const shown = () => models.find(({ id }) => id === ID);
const until = (check: () => void) => vi.waitFor(check, { ...PATIENCE, timeout: 120_000 });

/** Files that were fetched since the last time. */
async function fetched(): Promise<string[]> {
  const response = await fetch(`${HOST}/control`, { method: 'POST', body: '[]' });
  const asked = ((await response.json()) as Asked[]).filter(({ path }) => path.startsWith('store/'));
  return asked.map(({ path }) => path.replace(/^store\/[^@]+@[^/]+\//, '')).filter((path) => path.endsWith('.onnx'));
}

beforeAll(async () => {
  await emptyDatabase();
  await fetched();
  seen = watch(labWith({ finders: [...FINDERS, FROM_HUB], rerankers: [] }));
  seen.lab.onCatalogue((all) => {
    models = all;
  });
  await seen.lab.start(signal);
  await allIndexed(seen);
  await seen.lab.setHub(HOST);
});
afterAll(async () => {
  await seen.lab.deleteEverything();
});

test('on the GPU it is fetched in floats, tested there, and finds what the built-in one finds', async () => {
  const before = await passagesFor(seen, QUESTION);
  // An adapter in software is used only where it is asked for.
  seen.lab.useDevice('finder', 'webgpu');
  await seen.lab.inspect(ID, signal);
  seen.lab.download(ID);
  await until(() => expect(shown()?.kept.kind).toBe('whole'));
  expect(await fetched()).toEqual([F32]);
  seen.lab.use('finder', ID);
  await until(() => expect(seen.finder).toMatchObject({ id: ID, state: { kind: 'ready', because: null } }));
  await allIndexed(seen, 300_000);
  // What is told of the index may for a moment still be that of the finder before.
  await vi.waitFor(async () => expect(await passagesFor(seen, QUESTION)).toEqual(before), {
    timeout: 300_000,
    interval: 500,
  });
});

test('on the processor it lacks a file, which is said, fetched when it is asked for, and then used at once', async () => {
  seen.lab.useDevice('finder', 'wasm');
  await until(() => expect(seen.finder?.state.kind).toBe('failed'));
  expect(seen.finder?.state).toMatchObject({
    error: {
      code: 'model-not-fetched',
      message: `On the processor Tiny finder of the hub runs from another file, ${INT8}, which is not downloaded.`,
    },
  });
  expect(shown()?.kept).toMatchObject({ kind: 'part', begun: false });
  // Words are searched meanwhile.
  expect(await passagesFor(seen, QUESTION)).toHaveLength(4);
  expect(await fetched()).toEqual([]);
  seen.lab.download(ID);
  await until(() => expect(seen.finder?.state).toMatchObject({ kind: 'ready', because: 'chosen' }));
  expect(await fetched()).toEqual([INT8]);
  await allIndexed(seen);
  // Both graphs are here now, and the one on the GPU is held against the other.
  seen.lab.useDevice('finder', 'webgpu');
  await until(() => expect(seen.finder?.state).toMatchObject({ kind: 'ready', because: null }));
  expect(await fetched()).toEqual([]);
});
