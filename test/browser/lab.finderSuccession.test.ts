/** Another finder is chosen: that before answers until the new one has indexed all. Search workers are played, all else is real. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Chunk } from '../../src/documents/document';
import { FINDERS, type FinderEntry } from '../../src/retrieval/embedders';
import type { Source } from '../../src/storage/library';
import type { SearchJobs } from '../../src/workers/jobs';
import { serve } from '../../src/workers/rpc';
import { PATIENCE, allIndexed, emptyDatabase, labWith, passagesFor, watch, type Watched } from '../fixtures/lab/opened';
import { allOf, explained, hits, QUIET } from '../fixtures/lab/playedSearch';

// A real reader on whatever machine this is: a hang guard, not a speed.
vi.setConfig({ testTimeout: 120_000 });
const { signal } = new AbortController();
const QUESTION = 'How long is the trial period?';
const [finder] = FINDERS as readonly [FinderEntry];
const OTHER: FinderEntry = { ...finder, id: 'other', label: 'Other finder' };

/** One worker: which finder it loaded, what it was asked, when it may end indexing. */
interface Played {
  entry: string;
  searches: number;
  sources: readonly Source[];
  ended: boolean;
  finishIndexing: () => void;
}
let played: Played[] = [];
let failing = '';

/* eslint-disable require-yield -- jobs without progress only return */
function jobs(state: Played, mayEnd: Promise<void>): SearchJobs {
  const shelf = new Map<string, readonly Chunk[]>();
  return {
    async *load({ entry }) {
      state.entry = entry.id;
      if (entry.id === failing) throw new Error('It cannot be loaded.');
      return { runsOn: 'WASM, 1 thread', because: 'chosen' };
    },
    async *shelve({ sources, contents }) {
      state.sources = sources;
      for (const [id, chunks] of Object.entries(contents)) shelf.set(id, chunks);
      return null;
    },
    async *index() {
      if (state.entry === OTHER.id) await mayEnd;
      return allOf(state.sources);
    },
    ...QUIET,
    async *search({ limit }) {
      state.searches++;
      const ids = new Set(state.sources.filter(({ inUse }) => inUse).map(({ documentId }) => documentId));
      const chunks = [...shelf].flatMap(([id, all]) => (ids.has(id) ? all : [])).slice(0, limit);
      return hits(chunks);
    },
    async *explain({ query }) {
      state.searches++;
      return explained(query);
    },
    async *loadReranker() {
      return { runsOn: 'WASM, 1 thread', because: 'chosen' };
    },
    async *chunks() {
      return [...shelf.values()].flat();
    },
  };
}
/* eslint-enable require-yield */

let seen: Watched;
let emptied = false;
beforeEach(async () => {
  [played, failing] = [[], ''];
  const Real = Worker;
  vi.stubGlobal('Worker', function (url: string | URL, options?: WorkerOptions) {
    if (!String(url).includes('search.worker')) return new Real(url, options);
    let finishIndexing: () => void = () => undefined;
    const mayEnd = new Promise<void>((resolve) => (finishIndexing = resolve));
    const state: Played = { entry: '', searches: 0, sources: [], ended: false, finishIndexing };
    played.push(state);
    const { port1, port2 } = new MessageChannel();
    serve(jobs(state, mayEnd), port2);
    port1.start();
    port2.start();
    return Object.assign(port1, {
      terminate: () => {
        state.ended = true;
      },
    });
  });
  // What an earlier lab holds open cannot be deleted, only emptied.
  if (!emptied) await emptyDatabase();
  emptied = true;
  seen = watch(labWith({ finders: [...FINDERS, OTHER], rerankers: [] }));
  await seen.lab.start(signal);
  await seen.lab.addSample(signal);
  await allIndexed(seen);
});
afterEach(async () => {
  vi.unstubAllGlobals();
  await seen.lab.deleteEverything();
});

const at = (i: number): Played => {
  const state = played[i];
  if (!state) throw new Error(`Only ${String(played.length)} workers were started.`);
  return state;
};
const ask = () => seen.lab.explain(QUESTION, 4, {}, signal);

test('the finder before answers while the new one indexes, without what was switched off; then it is let go', async () => {
  seen.lab.use('finder', OTHER.id);
  await vi.waitFor(() => expect(played[1]?.sources.length).toBeGreaterThan(0), PATIENCE);
  expect(seen.library.answering).toBe(finder.label);
  await ask();
  expect([at(0).searches, at(1).searches]).toEqual([1, 0]);

  const [source] = seen.library.sources;
  await seen.lab.setUse(source?.id ?? '', false);
  expect(at(0).sources.find(({ id }) => id === source?.id)?.inUse).toBe(false);
  const answered = await passagesFor(seen, QUESTION);
  expect(answered.length).toBeGreaterThan(0);
  expect(at(0).searches).toBeGreaterThan(1);
  expect(at(0).ended).toBe(false);

  at(1).finishIndexing();
  await vi.waitFor(() => expect(seen.library.answering).toBeNull(), PATIENCE);
  expect(at(0).ended).toBe(true);
  const before = at(0).searches;
  await ask();
  expect(at(0).searches).toBe(before);
  expect(at(1).searches).toBe(1);
  expect(played).toHaveLength(2);
});

test('a new finder that cannot be loaded leaves the one before answering', async () => {
  failing = OTHER.id;
  seen.lab.use('finder', OTHER.id);
  await vi.waitFor(() => expect(seen.finder?.state.kind).toBe('failed'), PATIENCE);
  expect(seen.library.answering).toBe(finder.label);
  await ask();
  expect(at(0).searches).toBe(1);
  expect(at(0).ended).toBe(false);

  // Back to it: indexed already, it answers as the finder in use.
  seen.lab.use('finder', finder.id);
  await vi.waitFor(() => expect(seen.library.answering).toBeNull(), PATIENCE);
  expect(at(0).ended).toBe(true);
  await ask();
  expect(played.reduce((sum, { searches }) => sum + searches, 0)).toBe(2);
});

test('everything deleted, nobody answers from what was', async () => {
  seen.lab.use('finder', OTHER.id);
  await vi.waitFor(() => expect(played[1]?.sources.length).toBeGreaterThan(0), PATIENCE);
  at(1).finishIndexing();
  await seen.lab.deleteEverything();
  expect(seen.library.answering).toBeNull();
  expect(at(0).ended).toBe(true);
});
