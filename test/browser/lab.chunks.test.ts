/** The library cut anew, through the real parse and search workers and the real store. */
import { openDB } from 'idb';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type ChunkSettings, DEFAULT_CHUNKING, cutKey } from '../../src/documents/chunking';
import { finish } from '../../src/job';
import type { ChunkingState } from '../../src/lab';
import { PATIENCE, READ, type Watched, allIndexed, emptyDatabase, watch } from '../fixtures/lab/opened';

// Real models on whatever machine this is: a hang guard, not a speed.
vi.setConfig({ testTimeout: 120_000 });
const { signal } = new AbortController();
const TOKENS: ChunkSettings = { strategy: 'sentences', unit: 'tokens', size: 60, overlap: 20, header: 'path' };

let seen: Watched;
let chunking: ChunkingState = { settings: DEFAULT_CHUNKING, due: 0, cutting: null, problem: null };
const steps: number[] = [];

function listen(): void {
  seen.lab.chunks.onChunking((state) => {
    chunking = state;
    if (state.cutting) steps.push(state.cutting.done);
  });
}

beforeAll(async () => {
  await emptyDatabase();
  seen = watch();
  listen();
  await seen.lab.start(signal);
  await allIndexed(seen);
}, 180_000);
afterAll(async () => {
  await seen.lab.deleteEverything();
});

const cutDone = () => vi.waitFor(() => expect(chunking).toMatchObject({ due: 0, cutting: null }), PATIENCE);

async function vectorsStored(): Promise<number> {
  const database = await openDB('openbook');
  const blocks = (await database.getAll('vectorKeys')) as { keys: readonly string[] }[];
  database.close();
  return new Set(blocks.flatMap(({ keys }) => keys)).size;
}

async function passages(text: string) {
  const question = { id: 'own', text, accepted: null, evidence: [], kind: 'plain', rephrases: null } as const;
  const open = READ.filter(({ sees }) => sees.kind === 'open').slice(0, 1);
  const [answer] = await finish(seen.lab.compare(open, question, 7, signal));
  return answer?.briefing?.passages.map(({ chunk, hit }) => ({ chunk, dense: hit?.dense ?? null })) ?? [];
}

const leave = () => seen.library.sources.find(({ name }) => name === 'leave-policy.md');

test('what other settings would cost is counted, and shown over the text, before anything is changed', async () => {
  const before = seen.library.chunkCount;
  const cost = await finish(seen.lab.chunks.weigh(TOKENS, signal));
  expect(cost.before).toBe(before);
  expect(cost.after).toBeGreaterThan(before);
  // Another header is embedded everywhere.
  expect(cost.fresh).toBe(cost.after);
  expect(await finish(seen.lab.chunks.weigh(DEFAULT_CHUNKING, signal))).toEqual({ before, after: before, fresh: 0 });

  const shown = await seen.lab.chunks.preview(leave()?.documentId ?? '', TOKENS, 0, signal);
  expect(shown.chunks.length).toBeGreaterThan(3);
  for (const { start, end, length } of shown.chunks) {
    expect(length).toBeLessThanOrEqual(60);
    expect(shown.text.slice(start - shown.from, end - shown.from).trim()).not.toBe('');
  }
  expect(seen.library.chunkCount).toBe(before);
});

test('applied, all documents are cut anew with the finder’s tokens and found by meaning; back, nothing is embedded twice', async () => {
  const before = seen.library.chunkCount;
  const vectors = await vectorsStored();
  expect(vectors).toBe(before);
  const cost = await finish(seen.lab.chunks.weigh(TOKENS, signal));
  await seen.lab.chunks.apply(TOKENS);
  await cutDone();
  await allIndexed(seen);
  const { sources } = seen.library;
  const documents = new Map(sources.map((source) => [source.documentId, source.chunkCount]));
  expect([...documents.values()].reduce((sum, n) => sum + n, 0)).toBe(cost.after);
  expect(new Set(sources.map(({ cut }) => cut))).toEqual(new Set([cutKey(TOKENS, 'embedder-tiny')]));
  expect(steps).toContain(1);

  const found = await passages('How many days of annual leave do new staff get?');
  expect(found.length).toBeGreaterThan(0);
  expect(found.some(({ dense }) => dense !== null)).toBe(true);
  for (const { chunk } of found) expect(chunk.context).toMatch(/^\(.+ > .+\)$/);

  const inspected = await seen.lab.chunks.inspect(leave()?.documentId ?? '', 1, signal);
  expect(inspected.chunks.map(({ ordinal }) => ordinal)).toEqual([0, 1, 2]);
  for (const { tokens } of inspected.chunks) expect(tokens).toBeLessThanOrEqual(60);

  const both = await vectorsStored();
  expect(both).toBeGreaterThan(vectors);
  await seen.lab.chunks.apply(DEFAULT_CHUNKING);
  await cutDone();
  await allIndexed(seen);
  expect(seen.library.chunkCount).toBe(before);
  expect(await vectorsStored()).toBe(both);
});

test('settings outlast the visit, what is added is cut by them, and what was left uncut is cut at the next', async () => {
  await seen.lab.chunks.apply({ ...TOKENS, header: 'title' });
  seen.lab.chunks.stop();
  await vi.waitFor(() => expect(chunking.cutting).toBeNull(), PATIENCE);

  seen = watch();
  listen();
  await seen.lab.start(signal);
  expect(chunking.settings).toEqual({ ...TOKENS, header: 'title' });
  await cutDone();
  const note = new File(['One two three four five. '.repeat(60)], 'note.txt');
  const [added] = await finish(seen.lab.addFiles([note], signal));
  expect(added?.outcome).toMatchObject({
    kind: 'added',
    source: { cut: cutKey({ ...TOKENS, header: 'title' }, 'embedder-tiny') },
  });
  await allIndexed(seen);
  expect(new Set(seen.library.sources.map(({ cut }) => cut)).size).toBe(1);
});

test('everything deleted, the library is cut by default again', async () => {
  await seen.lab.deleteEverything();
  expect(chunking).toMatchObject({ settings: DEFAULT_CHUNKING, due: 0, problem: null });
});
