/** A model from a hub: looked up, downloaded, broken off, taken up again after a reload, used in a lane, removed. */
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { READERS, type ReaderEntry } from '../../src/generation/models';
import { finish } from '../../src/job';
import type { CatalogueModel, Lab } from '../../src/lab';
import { Origins } from '../../src/lab/origins';
import { FINDERS, type FinderEntry } from '../../src/retrieval/embedders';
import { openModels } from '../../src/storage/database/models';
import type { Asked, Fault } from '../fixtures/hub/server';
import {
  BASE,
  OFFERED,
  PATIENCE,
  READ,
  allIndexed,
  emptyDatabase,
  labWith,
  passagesFor,
  storedRows,
  watch,
  type Watched,
} from '../fixtures/lab/opened';

// Real models on whatever machine this is: a hang guard, not a speed.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
const { signal } = new AbortController();
const HOST = inject('hub');
const [tiny] = READERS as readonly [ReaderEntry];
const GRAPH = 'onnx/model_q4.onnx';
const FROM_HUB: ReaderEntry = {
  ...tiny,
  id: 'tiny-from-hub',
  label: 'Tiny reader of the hub',
  selfTest: null,
  source: { kind: 'hub', repo: 'test/tiny-reader', revision: 'main', weights: { wasm: GRAPH, webgpu: GRAPH } },
};
const [finder] = FINDERS as readonly [FinderEntry];
/** The same vectors under another name, which the library cannot know. */
const OTHER_FINDER: FinderEntry = { ...finder, id: 'other-finder', label: 'Other finder' };
const MODELS = { readers: [...OFFERED.readers, FROM_HUB], finders: [...FINDERS, OTHER_FINDER], rerankers: [] };
const ID = FROM_HUB.id;
const DISK = 'disk:Mine';

let lab: Lab;
let seen: Watched;
let models: readonly CatalogueModel[] = [];
const shown = (id = ID) => models.find((one) => one.id === id);

/** What a reload of the page does: a new lab, with new workers, over the same database. */
async function reopen(): Promise<void> {
  seen = watch(labWith(MODELS));
  lab = seen.lab;
  lab.onCatalogue((all) => {
    models = all;
  });
  await lab.start(signal);
  await allIndexed(seen);
}

/** Sets faults; what was asked since the last time. */
async function control(faults: readonly Fault[]): Promise<Asked[]> {
  const response = await fetch(`${HOST}/control`, { method: 'POST', body: JSON.stringify(faults) });
  return (await response.json()) as Asked[];
}

const until = (check: () => void) => vi.waitFor(check, PATIENCE);
const lanes = (...ids: string[]) =>
  ids.map((modelId, i) => ({ ...READ[0], id: `l${String(i)}`, modelId }) as (typeof READ)[0]);
async function answers(...ids: string[]) {
  const [question] = await lab.sampleQuestions();
  if (!question) throw new Error('There are no sample questions.');
  return finish(lab.compare(lanes(...ids), question, 7, signal));
}

function file(path: string, bytes: Uint8Array<ArrayBuffer>): File {
  const made = new File([bytes], path.split('/').at(-1) ?? path);
  Object.defineProperty(made, 'webkitRelativePath', { value: `Mine/${path}` });
  return made;
}

async function tinyFiles(): Promise<File[]> {
  if (tiny.source.kind !== 'page') throw new Error('The tiny reader comes with the page.');
  const { folder, files } = tiny.source;
  const read = async (path: string) => new Uint8Array(await (await fetch(BASE + folder + path)).arrayBuffer());
  return Promise.all(files.map(async ({ path }) => file(path, await read(path))));
}

test('a host that was let in may be asked after the next load, and no other', async () => {
  const asked = ['https://huggingface.co', 'https://*.hf.co'];
  const before = new Origins(BASE, true);
  await before.open();
  expect(before.lacking([new URL(BASE).origin, ...asked])).toEqual(asked);
  await before.letIn(asked.slice(0, 1));
  await before.letIn(asked.slice(1));
  expect(before.lacking(asked)).toEqual(asked);
  const after = new Origins(BASE, true);
  await after.open();
  expect(after.lacking([...asked, 'https://a.example'])).toEqual(['https://a.example']);
  await expect(after.letIn(['https://*.example'])).rejects.toMatchObject({ code: 'address-refused' });
  await after.forget();
  const forgotten = new Origins(BASE, true);
  await forgotten.open();
  expect(forgotten.lacking(asked)).toEqual(asked);
  expect(new Origins(BASE, false).lacking(asked)).toEqual([]);
});

beforeAll(async () => {
  await emptyDatabase();
  await control([]);
  await reopen();
});
afterAll(async () => {
  await lab.deleteEverything();
});

test('before a look nothing of it is known, and a lane that names it fails for want of it, alone', async () => {
  expect(shown()).toMatchObject({ origin: 'hub', bytes: null, memory: null, kept: { kind: 'none' }, needsOrigins: [] });
  const [first, second] = await answers(tiny.id, ID);
  expect(first?.outcome.kind).toBe('answered');
  expect(second?.outcome).toMatchObject({ kind: 'failed', error: { code: 'model-not-fetched' } });
});

test('a look tells its size, its licence and what it will need', async () => {
  await lab.setHub(HOST);
  await lab.inspect(ID, signal);
  const { bytes } = shown(tiny.id) ?? {};
  expect(shown()).toMatchObject({ bytes, kept: { kind: 'none' }, licence: 'MIT' });
  expect(shown()?.memory).toBeGreaterThan(bytes ?? Infinity);
  expect(['fits', 'tight', 'unknown']).toContain(shown()?.fit.verdict);
  expect((await control([])).filter(({ path }) => path.includes('/resolve/'))).toHaveLength(1);
});

test('paused, and after a reload, the download goes on where it was', async () => {
  await control([{ path: GRAPH, kind: { slow: 200_000, ms: 200 } }]);
  lab.download(ID);
  await until(() => expect(shown()?.download).toMatchObject({ kind: 'running' }));
  await until(() => expect(shown()?.download).toMatchObject({ done: 264_567 }));
  lab.pauseDownload(ID);
  await until(() => expect(shown()?.download.kind).toBe('idle'));
  expect(shown()?.kept).toMatchObject({ kind: 'part', bytes: 264_567, of: shown()?.bytes });
  await reopen();
  expect(shown()?.kept).toMatchObject({ kind: 'part', bytes: 264_567 });
  await control([]);
  lab.download(ID);
  await until(() => expect(shown()?.kept.kind).toBe('whole'));
  expect(shown()).toMatchObject({ download: { kind: 'idle' }, kept: { bytes: shown()?.bytes } });
  // Only the graph was missing.
  const asked = (await control([])).filter(({ path }) => path.startsWith('store/'));
  expect(asked.map(({ path }) => path.endsWith(GRAPH))).toEqual([true]);
  // Its embeddings: 4,096 tokens of 256 numbers, in 4 bits.
  const store = await openModels();
  const files = (await store.model('hub:test/tiny-reader'))?.files.filter(({ largestTensor }) => largestTensor);
  store.close();
  expect(files).toMatchObject([{ path: GRAPH, largestTensor: 524_288 }]);
});

test('a download that waits is tried at once when it is asked for again', async () => {
  await lab.removeModel(ID);
  await control([{ path: GRAPH, kind: { status: 503, retryAfter: '600' }, times: 1 }]);
  lab.download(ID);
  await until(() => expect(shown()?.download).toMatchObject({ kind: 'waiting', attempt: 1 }));
  // What has come is told meanwhile.
  expect(shown()?.kept).toMatchObject({ kind: 'part', bytes: 264_567 });
  lab.download(ID);
  await until(() => expect(shown()).toMatchObject({ kept: { kind: 'whole' }, download: { kind: 'idle' } }));
  expect((await control([])).filter(({ path }) => path.startsWith('store/') && path.endsWith(GRAPH))).toHaveLength(2);
});

test('it answers in a lane beside the built-in one, word for word the same, and with the hub out of reach', async () => {
  await control([{ path: '', kind: 'reset' }]);
  const [first, second, third] = await answers(tiny.id, ID, '');
  expect([first?.outcome.kind, second?.outcome.kind]).toEqual(['answered', 'answered']);
  expect([second?.text, third?.text]).toEqual([first?.text, first?.text]);
  expect(shown()).toMatchObject({ state: { kind: 'ready' }, selfTest: { kind: 'passed' } });
});

test('a part damaged where it lay is never run, and fetched again', async () => {
  await control([]);
  const store = await openModels();
  const part = await store.part('hub:test/tiny-reader', GRAPH, 0);
  if (!part) throw new Error('The graph is not kept.');
  const bytes = part.bytes.slice();
  bytes[1000] = (bytes[1000] ?? 0) ^ 1;
  await store.putPart('hub:test/tiny-reader', GRAPH, 0, { ...part, bytes });
  store.close();
  await reopen();
  const [broken] = await answers(ID);
  expect(broken?.outcome).toMatchObject({ kind: 'failed', error: { code: 'model-corrupt' } });
  await until(() => expect(shown()?.kept.kind).toBe('part'));
  expect(await control([])).toEqual([]);
  const [mended] = await answers(ID);
  expect(mended?.outcome.kind).toBe('answered');
  expect((await control([])).filter(({ path }) => path.startsWith('store/'))).toHaveLength(1);
});

test('used as the default, it is loaded at the next visit; removed, the built-in one takes its place', async () => {
  lab.use('reader', ID);
  expect(shown()?.inUse).toBe(true);
  await until(() => expect(shown()?.state.kind).toBe('ready'));
  await reopen();
  expect(shown()).toMatchObject({ inUse: true, state: { kind: 'ready' } });
  await lab.removeModel(ID);
  expect(shown()).toMatchObject({ inUse: false, kept: { kind: 'none' }, state: { kind: 'waiting' } });
  expect(shown(tiny.id)?.inUse).toBe(true);
  const store = await openModels();
  expect([(await store.models()).length, (await store.partsOf('hub:test/tiny-reader')).size]).toEqual([0, 0]);
  store.close();
});

test('a folder dropped is a model of its own, kept over a reload; what is missing is named', async () => {
  const files = await tinyFiles();
  await expect(lab.addModelFiles(files.slice(0, 2), signal)).rejects.toMatchObject({
    code: 'model-incomplete',
    message: 'Missing: tokenizer.json, tokenizer_config.json, a model’s .onnx file.',
  });
  const added = await lab.addModelFiles(files, signal);
  expect(added).toMatchObject({
    id: DISK,
    label: 'Mine',
    origin: 'disk',
    kept: { kind: 'whole' },
    contextTokens: 1024,
  });
  await reopen();
  const [mine, builtIn] = await answers(DISK, tiny.id);
  expect(mine?.text).toBe(builtIn?.text);
  await lab.removeModel(DISK);
  expect(shown(DISK)).toBeUndefined();
  const [gone] = await answers(DISK);
  expect(gone?.outcome).toMatchObject({ kind: 'failed', error: { code: 'model-not-fetched' } });
});

test('for this visit only, nothing of it is kept', async () => {
  await lab.addModelFiles(await tinyFiles(), signal, false);
  const [mine] = await answers(DISK);
  expect(mine?.outcome.kind).toBe('answered');
  const store = await openModels();
  expect(await store.models()).toEqual([]);
  store.close();
});

test('two tabs that ask for one model fetch it once', async () => {
  const first = lab;
  await reopen();
  await lab.setHub(HOST);
  await control([{ path: GRAPH, kind: { slow: 1_000_000, ms: 100 } }]);
  first.download(ID);
  lab.download(ID);
  await until(() => expect(shown()).toMatchObject({ kept: { kind: 'whole' }, download: { kind: 'idle' } }));
  const asked = (await control([])).filter(({ path }) => path.startsWith('store/'));
  expect(asked).toHaveLength(new Set(asked.map(({ path }) => path)).size);
  expect(asked.length).toBeGreaterThanOrEqual(5);
});

test('another finder embeds everything anew, and finds', async () => {
  const question = 'How long is the trial period?';
  const before = [await passagesFor(seen, question), await storedRows()] as const;
  lab.use('finder', OTHER_FINDER.id);
  await until(() => expect(seen.finder).toMatchObject({ id: OTHER_FINDER.id, state: { kind: 'ready' } }));
  // The finder is told as ready a moment before the library is told that it lacks that finder's vectors.
  await vi.waitFor(async () => {
    expect(await storedRows()).toBe(2 * before[1]);
  }, PATIENCE);
  await allIndexed(seen);
  expect([await passagesFor(seen, question), await storedRows()]).toEqual([before[0], 2 * before[1]]);
  lab.use('finder', finder.id);
  await until(() => expect(seen.finder).toMatchObject({ id: finder.id, state: { kind: 'ready' } }));
});
