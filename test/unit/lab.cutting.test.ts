/** Cutting a library anew, in a store in memory and a worker that runs the real jobs' code in this thread. */
import { expect, test } from 'vitest';
import {
  type ChunkSettings,
  DEFAULT_CHUNKING,
  DEFAULT_CUT,
  chunkDocument,
  chunksOf,
  cutKey,
} from '../../src/documents/chunking';
import type { Document } from '../../src/documents/document';
import { WORDS } from '../../src/documents/measure';
import { LabError } from '../../src/errors';
import { CuttingDesk, type Models } from '../../src/lab/library/cutting';
import { Restartable } from '../../src/lab/worker';
import type { LibraryStore } from '../../src/storage/library';
import { MemoryStore } from '../../src/storage/memory';
import { Turns } from '../../src/turns';
import type { Cutting, ParseJobs } from '../../src/workers/jobs';
import { serve } from '../../src/workers/rpc';
import { aSource } from '../fixtures/storage/contract';

const text = Array.from({ length: 90 }, (_, i) => `Sentence ${String(i)} says something short.`).join(' ');
const document = (id: string): Document => ({ id, title: id, mediaType: 'text/plain', text: `${id}. ${text}` });
const small: ChunkSettings = { ...DEFAULT_CHUNKING, strategy: 'sentences', size: 30, overlap: 5 };

interface Scene {
  readonly store: LibraryStore;
  readonly desk: CuttingDesk;
  /** Ids of the documents that were cut, in order. */
  readonly cut: string[];
  readonly told: { refreshed: number; indexed: number };
  readonly turns: Turns;
}

/** `before` is called for every document, before it is cut. */
function scene(
  store: LibraryStore,
  models: Partial<Models> = {},
  before: (id: string) => Promise<void> | void = () => undefined,
): Scene {
  const cut: string[] = [];
  const told = { refreshed: 0, indexed: 0 };
  const worker = new Restartable<ParseJobs>(() => {
    const { port1, port2 } = new MessageChannel();
    const jobs = {
      // eslint-disable-next-line require-yield -- as short documents are cut
      async *cut({
        document: one,
        cutting: { settings, tokenizer, summary },
      }: {
        document: Document;
        cutting: Cutting;
      }) {
        await before(one.id);
        cut.push(one.id);
        const by = settings.unit === 'tokens' ? tokenizer.entry.id : null;
        const chunks = [...chunksOf(one, settings, { measure: WORDS, tokenizer: by, summary })];
        return { chunks, cut: cutKey(settings, by, summary?.writer) };
      },
    };
    serve(jobs, port2);
    port1.start();
    port2.start();
    return Object.assign(port1, { terminate: () => port1.close() }) as unknown as Worker;
  });
  const turns = new Turns();
  const entry = { id: 'tiny', source: { kind: 'page' as const, folder: '', files: [] } };
  const desk = new CuttingDesk(
    worker,
    Promise.resolve(store),
    turns,
    { finder: () => ({ base: '', entry }), writer: () => null, ...models },
    {
      refresh: async () => {
        told.refreshed++;
      },
      index: () => {
        told.indexed++;
      },
    },
  );
  return { store, desk, cut, told, turns };
}

async function filled(...ids: string[]): Promise<MemoryStore> {
  const store = new MemoryStore();
  for (const id of ids) await store.add(aSource(id, document(id)), document(id), chunkDocument(document(id)));
  return store;
}

const idle = ({ desk }: Scene) => expect.poll(() => desk.told.now.cutting).toBeNull();
const cuts = async (store: LibraryStore) => (await store.sources()).map(({ cut = DEFAULT_CUT }) => cut);

test('other settings cut every document anew, each with its key, and are remembered', async () => {
  const one = scene(await filled('a', 'b'));
  await one.desk.open();
  expect(one.cut).toEqual([]);
  await one.desk.apply(small);
  await idle(one);
  await expect.poll(() => one.desk.told.now.due).toBe(0);
  expect(one.cut).toEqual(['a', 'b']);
  expect(await cuts(one.store)).toEqual([cutKey(small), cutKey(small)]);
  const chunks = await one.store.chunks('a');
  expect(chunks).toEqual(chunkDocument(document('a'), small));
  expect((await one.store.sources())[0]?.chunkCount).toBe(chunks.length);
  expect(one.told).toEqual({ refreshed: 1, indexed: 1 });

  const next = scene(one.store);
  await next.desk.open();
  await idle(next);
  expect(next.desk.told.now).toMatchObject({ settings: small, due: 0 });
  expect(next.cut).toEqual([]);
});

test('what one visit left is cut in the next, and nothing twice', async () => {
  const store = await filled('a', 'b', 'c');
  const broken: Scene = scene(store, {}, (id) => {
    if (id === 'b') broken.desk.stop();
  });
  await broken.desk.open();
  await broken.desk.apply(small);
  await expect.poll(() => broken.desk.told.now.due).toBe(2);
  await idle(broken);
  expect(await cuts(store)).toEqual([cutKey(small), DEFAULT_CUT, DEFAULT_CUT]);

  const next = scene(store);
  await next.desk.open();
  await expect.poll(() => next.desk.told.now.due).toBe(0);
  expect(next.cut).toEqual(['b', 'c']);
  expect(new Set(await cuts(store))).toEqual(new Set([cutKey(small)]));
});

test('settings that change while the last are applied are those that all end with', async () => {
  const other = { ...small, size: 60 };
  const one: Scene = scene(await filled('a', 'b', 'c'), {}, async (id) => {
    if (id === 'b' && one.cut.length === 1) await one.desk.apply(other);
  });
  await one.desk.apply(small);
  await expect.poll(async () => new Set(await cuts(one.store))).toEqual(new Set([cutKey(other)]));
  await expect.poll(() => one.desk.told.now.due).toBe(0);
});

test('tokens are the finder’s: another one cuts anew, words stay', async () => {
  let finder = 'tiny';
  const place = {
    finder: () => ({ base: '', entry: { id: finder, source: { kind: 'page' as const, folder: '', files: [] } } }),
  };
  const one = scene(await filled('a'), place);
  await one.desk.apply({ ...small, unit: 'tokens' });
  await expect.poll(() => cuts(one.store)).toEqual([cutKey({ ...small, unit: 'tokens' }, 'tiny')]);
  finder = 'large';
  await one.desk.start();
  await expect.poll(() => cuts(one.store)).toEqual([cutKey({ ...small, unit: 'tokens' }, 'large')]);
  await idle(one);
  await one.desk.apply(small);
  await expect.poll(() => cuts(one.store)).toEqual([cutKey(small)]);
  await idle(one);
  finder = 'tiny';
  await one.desk.start();
  expect(one.desk.told.now.due).toBe(0);
});

test('a summary is written once for each document and writer, and is not missed where nobody can write it', async () => {
  const store = await filled('a', 'b');
  const asked: string[] = [];
  const writer = (id: string) => ({
    id,
    write: async function* (messages: readonly { content: string }[]) {
      yield 'It is ';
      asked.push(id);
      return `It is about ${messages[1]?.content.slice(7, 8) ?? '?'}. And more.`;
    },
  });
  let now: ReturnType<typeof writer> | null = writer('one');
  const one = scene(store, { writer: () => now });
  const summarised: ChunkSettings = { ...small, header: 'summary' };
  await one.desk.apply(summarised);
  await expect.poll(() => cuts(store)).toEqual(Array.from({ length: 2 }, () => cutKey(summarised, null, 'one')));
  expect((await store.chunks('b'))[0]?.context).toBe('(b) It is about b.');
  expect(asked).toEqual(['one', 'one']);
  await idle(one);

  // Another size asks for nothing again.
  await one.desk.apply({ ...summarised, size: 60 });
  await expect.poll(() => one.desk.told.now.due).toBe(0);
  await idle(one);
  expect(asked).toEqual(['one', 'one']);

  // Nobody to write: what is new gets its path, and stays so until somebody is there.
  now = null;
  await store.add(aSource('c', document('c')), document('c'), chunkDocument(document('c')));
  await one.desk.start();
  await expect.poll(() => one.desk.told.now.due).toBe(0);
  await idle(one);
  expect((await store.chunks('c'))[0]?.context).toBe('(c)');
  now = writer('one');
  await one.desk.start();
  await expect.poll(async () => (await store.chunks('c'))[0]?.context).toBe('(c) It is about c.');
  expect(asked).toEqual(['one', 'one', 'one']);
});

test('a failure is told, what was cut before stays cut, and it can be gone on with', async () => {
  let fails = true;
  const one = scene(await filled('a', 'b'), {}, (id) => {
    if (fails && id === 'b') throw new LabError('model-not-fetched', 'The model is not kept in this browser.');
  });
  await one.desk.apply(small);
  await expect.poll(() => one.desk.told.now.problem?.code).toBe('model-not-fetched');
  await expect.poll(() => one.desk.told.now.due).toBe(1);
  expect(await cuts(one.store)).toEqual([cutKey(small), DEFAULT_CUT]);
  await idle(one);
  fails = false;
  await one.desk.start();
  await expect.poll(() => one.desk.told.now.due).toBe(0);
  expect(one.desk.told.now.problem).toBeNull();
});

test('what deletes everything ends it, and the settings go too', async () => {
  const one: Scene = scene(await filled('a', 'b'), {}, (id) => {
    if (id === 'b') one.turns.stop();
  });
  await one.desk.apply(small);
  const end = await one.turns.take();
  await one.store.deleteEverything();
  await one.desk.open();
  end();
  await idle(one);
  expect(one.desk.told.now).toMatchObject({ settings: DEFAULT_CHUNKING, due: 0, problem: null });
  expect(await one.store.sources()).toEqual([]);
});
