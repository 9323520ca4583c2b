import { describe, expect, test } from 'vitest';
import type { Chunk } from '../../src/documents/document';
import { LabError } from '../../src/errors';
import type { Embedder } from '../../src/retrieval/embedder';
import { embeddedText } from '../../src/retrieval/passageText';
import type { Source } from '../../src/storage/library';
import { MemoryStore } from '../../src/storage/memory';
import { Indexing, type Landed, type Tabs, keysOf } from '../../src/workers/indexing';
import type { Indexed } from '../../src/workers/jobs';
import { Shelf } from '../../src/workers/shelf';

const DIMENSIONS = 4;
const FULL = new LabError('storage-full', 'No room.');
/** Three batches and a half. */
const COUNT = 56;

function chunksOf(count: number, say: (i: number) => string = (i) => `passage ${String(i)}`): Chunk[] {
  return Array.from({ length: count }, (_, ordinal) => {
    const place = { documentId: 'd', documentTitle: '', ordinal, start: 0, end: 1, headings: [], page: null };
    return { id: `d#${String(ordinal)}`, ...place, title: '', text: say(ordinal) };
  });
}

const SOURCE: Source = {
  id: 's',
  name: 's',
  collection: 'own',
  addedAt: 1,
  documentId: 'd',
  title: 's',
  mediaType: 'text/plain',
  bytes: 1,
  inUse: true,
  replacedBy: null,
  chunkCount: COUNT,
};

/** Counts every text that it embeds; the vector of a text is made of it. */
class CountingEmbedder implements Embedder {
  readonly id = 'counting';
  readonly dimensions = DIMENSIONS;
  readonly fusionWeight = 1;
  readonly made: string[] = [];
  // eslint-disable-next-line require-yield -- it takes no time
  async *embed(texts: readonly string[]) {
    await Promise.resolve();
    this.made.push(...texts);
    return Float32Array.from(texts.flatMap(vectorOf));
  }
  async [Symbol.asyncDispose](): Promise<void> {
    // Nothing is held.
  }
}
function vectorOf(text: string): number[] {
  const number = Number(/\d+/.exec(text)?.[0] ?? 0);
  return [number, text.length, 1, 0];
}

/** Writes of vectors, from 1, that fail; all from `from` on while it is set. */
class FullStore extends MemoryStore {
  writes = 0;
  swept = 0;
  readonly stored: string[] = [];
  constructor(public fails: (write: number) => boolean = () => false) {
    super();
  }
  override async addVectors(keys: readonly string[], dimensions: number, rows: Float32Array): Promise<void> {
    if (this.fails(++this.writes)) throw FULL;
    this.stored.push(...keys);
    await super.addVectors(keys, dimensions, rows);
  }
  override async sweep(live: ReadonlySet<string>): Promise<void> {
    this.swept++;
    await super.sweep(live);
  }
}

/** The tabs of one browser. */
class Browser {
  #last = Promise.resolve();
  readonly #ears = new Map<object, (landed: Landed) => void>();
  tab(): Tabs {
    const me = {};
    return {
      lock: async () => {
        const before = this.#last;
        let release: () => void = () => undefined;
        this.#last = new Promise((resolve) => (release = resolve));
        await before;
        return release;
      },
      tell: (landed) => {
        for (const [who, hear] of this.#ears) if (who !== me) hear(structuredClone(landed));
      },
      listen: (hear) => {
        this.#ears.set(me, hear);
        return () => this.#ears.delete(me);
      },
    };
  }
}

/** A search worker as it begins: it knows the documents, and no vector. */
function worker(store: MemoryStore, chunks: readonly Chunk[], tabs = new Browser().tab()) {
  const shelf = new Shelf();
  shelf.put([SOURCE], { d: chunks });
  const vectors = new Map<string, Float32Array>();
  const embedder = new CountingEmbedder();
  const indexing = new Indexing(
    {
      shelf,
      store: () => store,
      keep(of, found) {
        for (const [id, vector] of found) if (!vectors.has(id)) vectors.set(id, vector.slice());
        shelf.embedded(of);
      },
      swap: () => undefined,
      sweep: async () => store.sweep(new Set((await keysOf(chunks, 'counting')).values())),
    },
    tabs,
  );
  const { signal } = new AbortController();
  const run = (stop = signal) => indexing.run(embedder, stop);
  return { shelf, vectors, embedder, run };
}

/** To its end, or until it has told so often: then it is gone as a worker is that crashes. */
async function follow(job: AsyncGenerator<Indexed, Indexed>, times = Infinity): Promise<Indexed[]> {
  const told: Indexed[] = [];
  while (told.length < times) {
    const next = await job.next();
    told.push(next.value);
    if (next.done) break;
  }
  return told;
}

const right = (chunks: readonly Chunk[]) =>
  new Map(chunks.map((chunk) => [chunk.id, Float32Array.from(vectorOf(embeddedText(chunk)))]));

describe('indexing', () => {
  test('a worker that dies after any batch has lost nothing, and the next one embeds only what is missing', async () => {
    const chunks = chunksOf(COUNT);
    for (let batches = 0; batches <= 4; batches++) {
      const store = new FullStore();
      const first = worker(store, chunks);
      await follow(first.run(), 1 + batches);
      const next = worker(store, chunks);
      await follow(next.run());
      expect([...first.embedder.made, ...next.embedder.made].sort()).toEqual(chunks.map(embeddedText).sort());
      expect(next.vectors).toEqual(right(chunks));
      expect(new Set(store.stored).size).toBe(COUNT);
      expect(store.stored).toHaveLength(COUNT);
    }
  });

  test('whichever write fails, nothing is embedded twice, and what failed is stored with the next', async () => {
    const chunks = chunksOf(COUNT);
    for (let n = 1; n <= 4; n++) {
      const store = new FullStore((write) => write === n);
      const one = worker(store, chunks);
      const told = await follow(one.run());
      expect(one.embedder.made).toHaveLength(COUNT);
      expect(one.vectors).toEqual(right(chunks));
      expect(store.stored).toHaveLength(COUNT);
      // Told once: the next write brought it along.
      expect(told.flatMap(({ unstored }) => unstored ?? [])).toEqual(['storage-full']);
      const after = worker(store, chunks);
      await follow(after.run());
      expect(after.embedder.made).toEqual([]);
    }
  });

  test('a disk that stays full: all is searched, it is told, and is stored as soon as there is room', async () => {
    const chunks = chunksOf(COUNT);
    for (let n = 1; n <= 4; n++) {
      const store = new FullStore((write) => write >= n);
      const one = worker(store, chunks);
      await expect(follow(one.run())).rejects.toBe(FULL);
      expect(one.vectors).toEqual(right(chunks));
      // It tried to make room.
      expect(store.swept).toBe(1);
      // Still full.
      await expect(follow(one.run())).rejects.toBe(FULL);
      store.fails = () => false;
      await follow(one.run());
      expect(one.embedder.made).toHaveLength(COUNT);
      expect(store.stored).toHaveLength(COUNT);
    }
  });

  test('a crash on a full disk costs what was not stored, and no more', async () => {
    const chunks = chunksOf(COUNT);
    const store = new FullStore((write) => write > 2);
    await expect(follow(worker(store, chunks).run())).rejects.toBe(FULL);
    store.fails = () => false;
    const next = worker(store, chunks);
    await follow(next.run());
    expect(next.embedder.made.sort()).toEqual(chunks.slice(32).map(embeddedText).sort());
    expect(next.vectors).toEqual(right(chunks));
  });

  test('stopped after any batch, it goes on where it was', async () => {
    const chunks = chunksOf(COUNT);
    for (let batches = 1; batches <= 3; batches++) {
      const store = new FullStore();
      const one = worker(store, chunks);
      const stop = new AbortController();
      const job = one.run(stop.signal);
      await follow(job, 1 + batches);
      stop.abort();
      await expect(follow(job)).rejects.toThrow(/abort/i);
      expect(store.stored).toHaveLength(16 * batches);
      await follow(one.run());
      expect(one.embedder.made).toHaveLength(COUNT);
      expect(store.stored).toHaveLength(COUNT);
    }
  });

  test('the same text is embedded once, be it in one batch or in several', async () => {
    const chunks = chunksOf(COUNT, (i) => `passage ${String(i % 10)}`);
    const one = worker(new FullStore(), chunks);
    await follow(one.run());
    expect(one.embedder.made).toHaveLength(10);
    expect(one.vectors).toEqual(right(chunks));
    expect(one.shelf.progress().progress).toMatchObject({ done: COUNT, total: COUNT });
  });

  test('of two tabs one indexes; the other takes what lands, tells of it, and embeds nothing', async () => {
    const chunks = chunksOf(COUNT);
    const [store, browser] = [new FullStore(), new Browser()];
    const leader = worker(store, chunks, browser.tab());
    const follower = worker(store, chunks, browser.tab());
    const leading = leader.run();
    await follow(leading, 2);
    const following = follow(follower.run());
    await follow(leading);
    const told = await following;
    expect(follower.embedder.made).toEqual([]);
    expect(follower.vectors).toEqual(right(chunks));
    const done = told.map(({ progress }) => progress.done);
    expect(done[0]).toBe(16);
    expect(done.at(-1)).toBe(COUNT);
    expect(new Set(done).size).toBeGreaterThan(2);
  });

  test('a tab that indexes is closed: the next one goes on with what is missing', async () => {
    const chunks = chunksOf(COUNT);
    const [store, browser] = [new FullStore(), new Browser()];
    const leader = worker(store, chunks, browser.tab());
    const follower = worker(store, chunks, browser.tab());
    const leading = leader.run();
    await follow(leading, 2);
    const following = follow(follower.run());
    await follow(leading, 1);
    await leading.return({ indexed: {}, progress: { step: '', done: 0, total: 0, unit: 'chunks' } });
    await following;
    expect(leader.embedder.made).toHaveLength(32);
    expect(follower.embedder.made.sort()).toEqual(chunks.slice(32).map(embeddedText).sort());
    expect(follower.vectors).toEqual(right(chunks));
  });
});
