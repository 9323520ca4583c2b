/** A reranker of a hub: off until it is fetched and chosen, and loaded anew where the finder's worker is replaced. */
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import type { CatalogueModel } from '../../src/lab';
import { RERANKERS, type RerankerEntry } from '../../src/retrieval/rerankers';
import { PATIENCE, allIndexed, emptyDatabase, labWith, watch, type Watched } from '../fixtures/lab/opened';

// Real models on whatever machine this is: a hang guard, not a speed.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });
const { signal } = new AbortController();
const ID = 'tiny-reranker';
const FROM_HUB: RerankerEntry = {
  ...(RERANKERS as readonly [RerankerEntry])[0],
  id: ID,
  label: 'Tiny reranker of the hub',
  // The small model has no more positions.
  contextTokens: 64,
  source: {
    kind: 'hub',
    repo: 'test/tiny-reranker',
    revision: 'main',
    weights: { wasm: 'onnx/model_quantized.onnx', webgpu: 'onnx/model.onnx' },
  },
};

let seen: Watched;
let models: readonly CatalogueModel[] = [];
const shown = () => models.find(({ id }) => id === ID);
const until = (check: () => void) => vi.waitFor(check, { ...PATIENCE, timeout: 120_000 });
const explained = () => seen.lab.explain('How long is the trial period?', 5, { rerank: 12 }, signal);

async function reranks(): Promise<void> {
  const { stages, passages } = await explained();
  expect(stages).toEqual(['words', 'dense', 'fused', 'reranked']);
  const hits = passages.filter(({ rank }) => rank !== null);
  expect(hits).toHaveLength(5);
  const read = passages.flatMap(({ at: { reranked } }) => reranked?.score ?? []);
  expect(read).toHaveLength(12);
  const best = read.sort((a, b) => b - a).slice(0, 5);
  expect(hits.map(({ at: { reranked } }) => reranked?.score)).toEqual(best);
}

async function without(): Promise<void> {
  const check = async () => {
    expect((await explained()).stages).toEqual(['words', 'dense', 'fused']);
  };
  await vi.waitFor(check, PATIENCE);
}

beforeAll(async () => {
  await emptyDatabase();
  seen = watch(labWith({ rerankers: [FROM_HUB] }));
  seen.lab.onCatalogue((all) => {
    models = all;
  });
  await seen.lab.start(signal);
  await allIndexed(seen);
  await seen.lab.setHub(inject('hub'));
});
afterAll(async () => {
  await seen.lab.deleteEverything();
});

test('there is none until one is fetched and chosen; then it sets the order', async () => {
  await without();
  seen.lab.use('reranker', ID);
  await until(() => expect(shown()?.state).toMatchObject({ kind: 'failed', error: { code: 'model-not-fetched' } }));
  await without();
  await seen.lab.inspect(ID, signal);
  seen.lab.download(ID);
  // It was chosen already, and is loaded as soon as it is here.
  await until(() => expect(shown()).toMatchObject({ inUse: true, kept: { kind: 'whole' }, state: { kind: 'ready' } }));
  await reranks();
});

test('where the finder’s worker is replaced it is loaded anew', async () => {
  seen.lab.useDevice('finder', 'wasm');
  await until(() => expect(seen.finder?.state).toMatchObject({ kind: 'ready', because: 'chosen' }));
  await until(() => expect(shown()?.state).toMatchObject({ kind: 'ready' }));
  await allIndexed(seen);
  await reranks();
});

test('it is let go, chosen again, and goes with its files', async () => {
  seen.lab.use('reranker', '');
  await until(() => expect(shown()).toMatchObject({ inUse: false, state: { kind: 'waiting' } }));
  await without();
  seen.lab.use('reranker', ID);
  await until(() => expect(shown()?.state).toMatchObject({ kind: 'ready' }));
  await reranks();
  await seen.lab.removeModel(ID);
  await until(() => expect(shown()).toMatchObject({ inUse: false, kept: { kind: 'none' } }));
  await without();
});
