/** The finder's worker on devices that fail, played by one that keeps the real protocol; all else is real. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { RunsOn } from '../../src/device/choice';
import type { Chunk } from '../../src/documents/document';
import { LabError } from '../../src/errors';
import { finish } from '../../src/job';
import type { Source } from '../../src/storage/library';
import type { SearchJobs } from '../../src/workers/jobs';
import { serve } from '../../src/workers/rpc';
import { allIndexed, emptyDatabase, passagesFor, PATIENCE, type Watched, watch } from '../fixtures/lab/opened';
import { allOf, explained, hits, QUIET } from '../fixtures/lab/playedSearch';

// A real reader on whatever machine this is: a hang guard, not a speed.
vi.setConfig({ testTimeout: 120_000 });
const { signal } = new AbortController();
const ON_GPU: RunsOn = { runsOn: 'WebGPU', because: null };
const QUESTION = 'How long is the trial period?';

type Failing = 'load' | 'index' | 'search';
let plays: SearchJobs[] = [];
let devices: string[] = [];
/** Of each search, whether its worker had the finder loaded. */
let withFinder: boolean[] = [];
/** Chunks that each worker was told of. */
let told: Map<string, readonly Chunk[]>[] = [];

/* eslint-disable require-yield -- jobs without progress only return */
function worker(fails?: Failing, code: 'gpu-lost' | 'gpu-unfit' | 'out-of-memory' = 'gpu-lost'): SearchJobs {
  const shelf = new Map<string, readonly Chunk[]>();
  let sources: readonly Source[] = [];
  let device = '';
  let loaded = false;
  const fail = (at: Failing) => {
    if (fails === at && device !== 'wasm') throw new LabError(code, 'Gone.');
  };
  return {
    async *load(input) {
      ({ device } = input);
      devices.push(device);
      told.push(shelf);
      // A moment, in which others are served.
      await new Promise((resolve) => setTimeout(resolve, 200));
      fail('load');
      loaded = true;
      return device === 'wasm' ? { runsOn: 'WASM, 1 thread', because: 'chosen' } : ON_GPU;
    },
    async *shelve(input) {
      ({ sources } = input);
      for (const [id, chunks] of Object.entries(input.contents)) shelf.set(id, chunks);
      return null;
    },
    async *index() {
      fail('index');
      return allOf(sources);
    },
    ...QUIET,
    async *search({ limit }) {
      withFinder.push(loaded);
      fail('search');
      const chunks = [...shelf.values()].flat().slice(0, limit);
      return hits(chunks);
    },
    async *loadReranker() {
      return ON_GPU;
    },
    async *explain({ query }) {
      return explained(query);
    },
    async *chunks() {
      return [...shelf.values()].flat();
    },
  };
}
/* eslint-enable require-yield */

beforeEach(() => {
  [plays, devices, told, withFinder] = [[], [], [], []];
  // Labs of earlier tests are no other tabs: what they store is not to be followed here.
  vi.stubGlobal(
    'BroadcastChannel',
    class extends EventTarget {
      postMessage(): void {
        return;
      }
    },
  );
  const Real = Worker;
  vi.stubGlobal('Worker', function (url: string | URL, options?: WorkerOptions) {
    if (!String(url).includes('search.worker')) return new Real(url, options);
    const play = plays.shift();
    if (!play) throw new Error('One worker too many.');
    const { port1, port2 } = new MessageChannel();
    serve(play, port2);
    port1.start();
    port2.start();
    return Object.assign(port1, { terminate: () => undefined });
  });
});
afterEach(async () => {
  vi.unstubAllGlobals();
  await seen?.lab.deleteEverything();
});

let seen: Watched | null = null;
let emptied = false;
async function start(...given: SearchJobs[]): Promise<{ seen: Watched; states: string[] }> {
  if (!emptied) await emptyDatabase();
  emptied = true;
  plays = given;
  const watched = watch();
  seen = watched;
  const states: string[] = [];
  watched.lab.onModels(({ finder }) => states.push(finder.state.kind));
  await watched.lab.start(signal);
  await watched.lab.addSample(signal);
  return { seen: watched, states };
}

const all = (shelf: ReadonlyMap<string, readonly Chunk[]> | undefined) => [...(shelf?.values() ?? [])].flat().length;

test('a GPU that is lost by a search: everything is told again, and the search is made on it once more', async () => {
  const { seen, states } = await start(worker('search'), worker());
  await allIndexed(seen);
  expect(await passagesFor(seen, QUESTION)).toHaveLength(4);
  expect(devices).toEqual(['auto', 'auto']);
  expect(all(told[1])).toBe(all(told[0]));
  expect(all(told[1])).toBeGreaterThan(40);
  expect(seen.finder?.state).toEqual({ kind: 'ready', ...ON_GPU });
  expect(states).not.toContain('failed');
  expect(seen.library.problem).toBeNull();
});

test('one that is lost twice while indexing is left alone: the processor indexes, and the page is told why', async () => {
  const { seen, states } = await start(worker('index'), worker('index'), worker('index'));
  await vi.waitFor(() => {
    expect(seen.finder?.state).toEqual({ kind: 'ready', runsOn: 'WASM, 1 thread', because: 'gpu-lost' });
  }, PATIENCE);
  await allIndexed(seen);
  expect(devices).toEqual(['auto', 'auto', 'wasm']);
  expect(await passagesFor(seen, QUESTION)).toHaveLength(4);
  expect(states).not.toContain('failed');
  expect(seen.library.problem).toBeNull();
});

test.each(['gpu-unfit', 'out-of-memory'] as const)('one whose load ends with %s is never used', async (code) => {
  const { seen, states } = await start(worker('load', code), worker());
  await allIndexed(seen);
  expect(devices).toEqual(['auto', 'wasm']);
  expect(seen.finder?.state).toEqual({ kind: 'ready', runsOn: 'WASM, 1 thread', because: code });
  expect(await passagesFor(seen, QUESTION)).toHaveLength(4);
  expect(states).not.toContain('failed');
});

test('choosing where it runs loads it anew, with all that it knew', async () => {
  const { seen, states } = await start(worker(), worker());
  await allIndexed(seen);
  seen.lab.useDevice('finder', 'wasm');
  expect(await passagesFor(seen, QUESTION)).toHaveLength(4);
  // A question asked at once finds what it finds later.
  expect(withFinder).toEqual([true]);
  await vi.waitFor(() => {
    expect(seen.finder?.state).toMatchObject({ kind: 'ready', because: 'chosen' });
  }, PATIENCE);
  expect(all(told[1])).toBe(all(told[0]));
  expect(states).not.toContain('failed');
  expect(seen.reader?.state.kind).toBe('ready');
});

test('where it cannot be loaded again after the GPU was lost, words are searched', async () => {
  const missing = new LabError('model-missing', 'It is not there.');
  // eslint-disable-next-line require-yield -- it only fails
  const unloadable: SearchJobs['load'] = async function* () {
    throw missing;
  };
  const { seen } = await start(worker('search'), { ...worker(), load: unloadable });
  await allIndexed(seen);
  expect(await passagesFor(seen, QUESTION)).toHaveLength(4);
  expect(withFinder).toEqual([true, false]);
  expect(seen.finder?.state).toMatchObject({ kind: 'failed', error: { code: 'model-missing' } });
});

test('a document added while it is loaded elsewhere is no problem, and is told to the new worker', async () => {
  const first = worker();
  let stuck = false;
  const shelve: SearchJobs['shelve'] = async function* (input, stop) {
    // What brings nothing new may still be under way from before, and the new document would wait behind it.
    if (stuck && Object.keys(input.contents).length > 0) await new Promise(() => undefined);
    return yield* first.shelve(input, stop);
  };
  const { seen } = await start({ ...first, shelve }, worker());
  await allIndexed(seen);
  stuck = true;
  const problems: unknown[] = [];
  seen.lab.onLibrary(({ problem }) => problems.push(problem));
  const adding = finish(seen.lab.addFiles([new File(['# Keys\n\nThe key hangs here.\n'], 'keys.md')], signal));
  await vi.waitFor(() => {
    expect(seen.library.sources.map(({ name }) => name)).toContain('keys.md');
  }, PATIENCE);
  seen.lab.useDevice('finder', 'wasm');
  expect(await adding).toMatchObject([{ outcome: { kind: 'added' } }]);
  await allIndexed(seen);
  expect(all(told[1])).toBe(all(told[0]) + 1);
  expect(problems.filter((problem) => problem !== null)).toEqual([]);
});
