/** A hub over real HTTP: what is listed, what arrives, and what happens when it does not. */
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type HubListing, PART_BYTES, filesFor } from '../../src/inference/hub';
import { type DownloadEvent, download } from '../../src/inference/hub/download';
import { listRepo, readSmallFile } from '../../src/inference/hub/listing';
import { finish } from '../../src/job';
import { partsOf } from '../../src/storage/keptModels';
import { MemoryModelStore } from '../../src/storage/memoryModels';
import { quickLine } from '../fixtures/hub/line';
import { TestHub } from '../fixtures/hub/server';

const REPO = 'test/model';
const GRAPH = 'onnx/model_q4.onnx';
/** Three parts, the last one short. */
const WEIGHTS = new Uint8Array(randomBytes(2 * PART_BYTES + 1000));
const text = (content: string) => new TextEncoder().encode(content);
const FILES = {
  'README.md': text('# A model'),
  'config.json': text('{"hidden_size": 8}'),
  'generation_config.json': text('{}'),
  'tokenizer.json': text('{"model": {}}'),
  'tokenizer_config.json': text('{}'),
  'onnx/model.onnx': text('other weights'),
  [GRAPH]: text('a graph'),
  [`${GRAPH}_data`]: WEIGHTS,
};
const KEY = `hub:${REPO}`;
const { signal } = new AbortController();

let hub: TestHub;
let commit: string;
let store: MemoryModelStore;
let line: ReturnType<typeof quickLine>;

beforeEach(async () => {
  hub = await new TestHub().open();
  commit = hub.put(REPO, FILES);
  store = new MemoryModelStore();
  line = quickLine();
});
afterEach(() => hub.close());

const list = () => listRepo(hub.host, REPO, 'main', line, signal);

async function keep({ commit: at, licence, files }: HubListing): Promise<void> {
  await store.putModel({
    key: KEY,
    label: 'Test',
    weights: { wasm: GRAPH, webgpu: GRAPH },
    hub: { repo: REPO, commit: at, licence },
    files: files.map((file) => ({ ...file, whole: false })),
    addedAt: 0,
  });
}

interface Run {
  readonly events: DownloadEvent[];
  readonly verified: string[];
}

async function fetchAll(stop = signal, onEvent: (event: DownloadEvent) => void = () => undefined): Promise<Run> {
  const listing = await list();
  if (!(await store.model(KEY))) await keep(listing);
  const events: DownloadEvent[] = [];
  const verified: string[] = [];
  const wanted = { host: hub.host, repo: REPO, commit: listing.commit, files: filesFor(listing.files, GRAPH) };
  const running = download(wanted, partsOf(store, KEY), line, stop, async (path) => {
    verified.push(path);
    await Promise.resolve();
  });
  await finish(running, (event) => {
    events.push(event);
    onEvent(event);
  });
  return { events, verified };
}

async function kept(path: string): Promise<Uint8Array> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (const index of [...((await store.partsOf(KEY)).get(path) ?? [])].sort((a, b) => a - b))
    parts.push((await store.part(KEY, path, index))?.bytes ?? new Uint8Array());
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

/** Of megabytes, which `toEqual` would compare one by one. */
const same = (a: Uint8Array, b: Uint8Array) => Buffer.from(a).equals(b);

const askedFor = (path: string) => hub.asked.filter((one) => one.path.startsWith('store/') && one.path.endsWith(path));
const waits = ({ events }: Run) => events.filter((event) => event.kind === 'waiting');

describe('listing', () => {
  test('gives every file’s size and digest over several pages, pinned to a commit', async () => {
    const listing = await list();
    expect(listing).toMatchObject({ commit, licence: 'mit' });
    expect(listing.files.map(({ path, bytes }) => [path, bytes])).toEqual(
      Object.entries(FILES).map(([path, bytes]) => [path, bytes.length]),
    );
    for (const { path, sha256, gitOid } of listing.files)
      expect([sha256?.length, gitOid?.length]).toEqual(path.includes('.onnx') ? [64, undefined] : [undefined, 40]);
  });

  test('a small file is read and held against its digest', async () => {
    const { files } = await list();
    const config = files.find(({ path }) => path === 'config.json');
    if (!config) throw new Error('There is no config.');
    const read = () => readSmallFile(hub.host, REPO, commit, config, line, signal);
    expect(await read()).toBe('{"hidden_size": 8}');
    hub.faults = [{ path: 'config.json', kind: 'wrong-bytes' }];
    await expect(read()).rejects.toHaveProperty('code', 'model-corrupt');
  });

  test.each([
    ['missing', 'hub-lacks'],
    ['gated', 'hub-gated'],
    ['reset', 'hub-unreachable'],
    [{ status: 503 }, 'hub-busy'],
  ] as const)('%j is told as %s', async (kind, code) => {
    hub.faults = [{ path: '/tree/', kind }];
    await expect(list()).rejects.toMatchObject({ name: 'LabError', code });
  });

  test('an answer that is no listing is refused', async () => {
    await expect(listRepo(`${hub.host}/nothing`, REPO, 'main', line, signal)).rejects.toHaveProperty(
      'code',
      'hub-lacks',
    );
  });

  test('of a repository only what the graph needs is fetched; what is missing is named', async () => {
    const { files } = await list();
    const wanted = filesFor(files, GRAPH).map(({ path }) => path);
    expect(wanted.toSorted()).toEqual(
      Object.keys(FILES)
        .filter((path) => path !== 'README.md' && path !== 'onnx/model.onnx')
        .toSorted(),
    );
    expect(() => filesFor(files.slice(2), 'onnx/gone.onnx')).toThrow(
      'There is no config.json, no onnx/gone.onnx in this model.',
    );
  });
});

describe('downloading', () => {
  test('keeps every byte, tells them as they are kept, and verifies every file', async () => {
    const run = await fetchAll();
    expect(run.verified).toHaveLength(6);
    for (const path of run.verified) expect(same(await kept(path), FILES[path as keyof typeof FILES])).toBe(true);
    const last = run.events.at(-1);
    expect(last).toMatchObject({ kind: 'progress', done: last?.kind === 'progress' ? last.total : -1 });
    const done = run.events.flatMap((event) => (event.kind === 'progress' ? [event.done] : []));
    expect(done).toEqual(done.toSorted((a, b) => a - b));
    expect(line.waits).toEqual([]);
  });

  test('cut in the middle, it goes on at the last part that is kept', async () => {
    hub.faults = [{ path: `${GRAPH}_data`, times: 1, kind: { cutAfter: PART_BYTES + 5000 } }];
    const run = await fetchAll();
    expect(askedFor(`${GRAPH}_data`).map(({ range }) => range)).toEqual([null, `bytes=${String(PART_BYTES)}-`]);
    expect(waits(run)).toMatchObject([{ attempt: 1, code: 'model-cut' }]);
    expect(same(await kept(`${GRAPH}_data`), WEIGHTS)).toBe(true);
  });

  test('stopped and begun anew, it fetches only what is missing', async () => {
    const stopper = new AbortController();
    const first = fetchAll(stopper.signal, (event) => {
      if (event.kind === 'progress' && event.done > PART_BYTES) stopper.abort();
    });
    await expect(first).rejects.toHaveProperty('name', 'AbortError');
    expect((await store.partsOf(KEY)).get(`${GRAPH}_data`)?.size).toBe(1);
    hub.asked.length = 0;
    await fetchAll();
    expect(hub.asked.filter(({ path }) => path.startsWith('store/'))).toMatchObject([
      { path: `store/${REPO}@${commit}/${GRAPH}_data`, range: `bytes=${String(PART_BYTES)}-` },
    ]);
    expect(same(await kept(`${GRAPH}_data`), WEIGHTS)).toBe(true);
  });

  test.each(['no-ranges', 'range-refused', 'wrong-range'] as const)(
    'a host with %s is asked for the whole',
    async (kind) => {
      hub.faults = [
        { path: `${GRAPH}_data`, times: 1, kind: { cutAfter: PART_BYTES + 1 } },
        { path: `${GRAPH}_data`, times: 1, kind },
      ];
      await fetchAll();
      expect(same(await kept(`${GRAPH}_data`), WEIGHTS)).toBe(true);
    },
  );

  test('wrong bytes of the right size are thrown away and fetched once more', async () => {
    hub.faults = [{ path: `${GRAPH}_data`, times: 1, kind: 'wrong-bytes' }];
    await fetchAll();
    expect(askedFor(`${GRAPH}_data`)).toHaveLength(2);
    expect(same(await kept(`${GRAPH}_data`), WEIGHTS)).toBe(true);
  });

  test('wrong bytes twice are a damaged model, and nothing of them is kept', async () => {
    hub.faults = [{ path: 'tokenizer.json', kind: 'wrong-bytes' }];
    await expect(fetchAll()).rejects.toMatchObject({
      code: 'model-corrupt',
      message: 'tokenizer.json does not match its checksum, fetched twice.',
    });
    expect((await store.partsOf(KEY)).has('tokenizer.json')).toBe(false);
  });

  test('a hole in the middle is filled without fetching what lies behind it', async () => {
    await fetchAll();
    await store.dropParts(KEY, `${GRAPH}_data`, 0);
    hub.asked.length = 0;
    hub.faults = [{ path: `${GRAPH}_data`, kind: { slow: PART_BYTES, ms: 30 } }];
    const run = await fetchAll();
    expect(run.verified).toContain(`${GRAPH}_data`);
    expect(askedFor(`${GRAPH}_data`)).toMatchObject([{ range: null }]);
    expect(same(await kept(`${GRAPH}_data`), WEIGHTS)).toBe(true);
  });

  test('a host that is busy is asked again after as long as it says, and ever later when it says nothing', async () => {
    hub.faults = [
      { path: GRAPH, times: 1, kind: { status: 429, retryAfter: '7' } },
      { path: GRAPH, times: 1, kind: { status: 503, retryAfter: new Date(1_000_000 + 7000 + 20_000).toUTCString() } },
      { path: GRAPH, times: 3, kind: { status: 502 } },
    ];
    const run = await fetchAll();
    expect(line.waits).toEqual([7000, 20_000, 4000, 8000, 16_000]);
    expect(waits(run).map(({ code, attempt }) => [code, attempt])).toEqual(
      [1, 2, 3, 4, 5].map((attempt) => ['hub-busy', attempt]),
    );
  });

  test('a host that stays away is given up after eight attempts; what was kept stays', async () => {
    hub.faults = [{ path: `${GRAPH}_data`, kind: { cutAfter: PART_BYTES + 1 } }];
    hub.faults.push({ path: `${GRAPH}_data`, kind: 'reset' });
    hub.faults[0] = { path: `${GRAPH}_data`, times: 1, kind: { cutAfter: PART_BYTES + 1 } };
    await expect(fetchAll()).rejects.toHaveProperty('code', 'hub-unreachable');
    expect(line.waits).toHaveLength(8);
    expect((await store.partsOf(KEY)).get(`${GRAPH}_data`)).toEqual(new Set([0]));
  });

  test('offline it waits for the network, however long', async () => {
    hub.faults = [{ path: `${GRAPH}_data`, times: 1, kind: { cutAfter: PART_BYTES + 1 } }];
    let offline = 0;
    line.onOffline = () => offline++;
    const run = await fetchAll(signal, (event) => {
      if (event.kind === 'progress' && event.done >= PART_BYTES && offline === 0) line.up = false;
    });
    expect(offline).toBe(1);
    expect(waits(run)).toMatchObject([{ until: null }]);
    expect(same(await kept(`${GRAPH}_data`), WEIGHTS)).toBe(true);
  });

  test('a revision that changed meanwhile is never mixed in: the commit that was listed is fetched to its end', async () => {
    const stopper = new AbortController();
    const listing = await list();
    await keep(listing);
    const wanted = { host: hub.host, repo: REPO, commit: listing.commit, files: filesFor(listing.files, GRAPH) };
    const run = (stop: AbortSignal) => download(wanted, partsOf(store, KEY), line, stop, () => Promise.resolve());
    await finish(run(stopper.signal), (event) => {
      if (event.kind === 'progress' && event.done > PART_BYTES) stopper.abort();
    }).catch(() => undefined);
    const changed = new Uint8Array(randomBytes(WEIGHTS.length));
    hub.put(REPO, { ...FILES, [`${GRAPH}_data`]: changed });
    await finish(run(signal));
    expect(same(await kept(`${GRAPH}_data`), WEIGHTS)).toBe(true);
    // Listed anew, the changed file is no longer kept, the others are.
    await keep(await list());
    expect([...(await store.partsOf(KEY)).keys()]).not.toContain(`${GRAPH}_data`);
    expect([...(await store.partsOf(KEY)).keys()]).toContain('tokenizer.json');
    await fetchAll();
    expect(same(await kept(`${GRAPH}_data`), changed)).toBe(true);
  });

  test('a file that is gone or gated is told at once', async () => {
    hub.faults = [{ path: 'tokenizer.json', times: 1, kind: 'missing' }];
    await expect(fetchAll()).rejects.toHaveProperty('code', 'hub-lacks');
    hub.faults = [{ path: 'tokenizer.json', times: 1, kind: 'gated' }];
    await expect(fetchAll()).rejects.toHaveProperty('code', 'hub-gated');
    expect(line.waits).toEqual([]);
  });
});
