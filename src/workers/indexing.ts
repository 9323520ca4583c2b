import type { Chunk } from '../documents/document';
import { type LabError, asLabError } from '../errors';
import { type Job, finish } from '../job';
import type { Embedder } from '../retrieval/embedder';
import { embeddedText, vectorKey } from '../retrieval/passageText';
import type { LibraryStore, VectorKey } from '../storage/library';
import type { Indexed } from './jobs';
import type { Shelf } from './shelf';

/** Small, so that a query never waits long behind a batch. */
const BATCH = 16;
/** Every swap looks at all words of the library. */
const SWAP_MS = 3000;

/** Vectors that a tab has stored, told to the others. Row i (i * dimensions) is of keys[i], whose hash names the finder too. */
export interface Landed {
  readonly keys: readonly VectorKey[];
  readonly dimensions: number;
  readonly rows: Float32Array;
}

/** What reaches from tab to tab. */
export interface Tabs {
  /** Waits until no other tab indexes; returns how to let the next one in. */
  lock(signal: AbortSignal): Promise<() => void>;
  tell(landed: Landed): void;
  /** Returns how to stop listening. */
  listen(hear: (landed: Landed) => void): () => void;
}

interface Desk {
  readonly shelf: Shelf;
  store(): LibraryStore;
  /** Vectors by chunk id, each of one of these chunks. */
  keep(chunks: readonly Chunk[], vectors: ReadonlyMap<string, Float32Array>): void;
  /** Lets answer what is complete by now. */
  swap(): void;
  /** Makes room: forgets stored vectors that nothing needs. */
  sweep(): Promise<void>;
}

/**
 * Gives each chunk of the shelf its vector: a stored one, one that another tab has stored just now, or one made here,
 * which is stored before the next are made, so that what a crash costs is one batch. The same text is embedded once.
 * What could not be stored is kept and stored as soon as there is room.
 */
export class Indexing {
  /** By key, the chunks without a vector. */
  #waiting = new Map<VectorKey, Chunk[]>();
  #keys = new Map<string, VectorKey>();
  /** Made, but not stored. */
  #unstored = new Map<VectorKey, Float32Array>();
  /** Whose keys these are. */
  #finder: string | null = null;

  constructor(
    private readonly desk: Desk,
    private readonly tabs: Tabs,
  ) {}

  /** Yields after every batch, of this tab or of the one that indexes. Throws `storage-*` at its end where some is not stored. */
  async *run(finder: Embedder, signal: AbortSignal): Job<Indexed, Indexed> {
    const { shelf } = this.desk;
    // Another finder's keys and vectors are of no use.
    if (this.#finder !== finder.id) this.#forget();
    this.#finder = finder.id;
    const news = new News();
    const deaf = this.tabs.listen((landed) => {
      if (landed.dimensions === finder.dimensions && this.#take(landed)) news.tell();
    });
    let locked: Promise<{ release: () => void }> | null = null;
    try {
      await this.#takeStored(finder);
      if (this.#isComplete()) return shelf.progress();
      yield shelf.progress();
      locked = this.tabs.lock(signal).then((release) => ({ release }));
      for (;;) {
        const turn = await Promise.race([locked, news.next()]);
        if (turn) return yield* this.#embedAll(finder, signal);
        // The other tab has done it all.
        if (this.#isComplete()) return shelf.progress();
        yield shelf.progress();
      }
    } finally {
      deaf();
      // Also where the turn comes only after this has ended.
      void locked?.then(
        ({ release }) => {
          release();
        },
        () => undefined,
      );
    }
  }

  #forget(): void {
    this.#keys = new Map();
    this.#unstored = new Map();
  }

  #isComplete(): boolean {
    return this.desk.shelf.missing(1).length === 0 && this.#unstored.size === 0;
  }

  async *#embedAll(finder: Embedder, signal: AbortSignal): Job<Indexed, Indexed> {
    const { shelf } = this.desk;
    let swappedAt = performance.now();
    let problem: LabError | null = null;
    try {
      if (this.#unstored.size > 0) problem = await this.#storeAgain(finder);
      // Another tab may have stored some while this one waited.
      let asked: number | null = null;
      for (;;) {
        signal.throwIfAborted();
        if (asked !== shelf.changes) {
          asked = shelf.changes;
          await this.#takeStored(finder);
        }
        const batch = shelf.missing(BATCH);
        if (batch.length === 0) break;
        if (performance.now() - swappedAt > SWAP_MS) {
          this.desk.swap();
          swappedAt = performance.now();
        }
        problem = await this.#embed(finder, batch, signal);
        yield { ...shelf.progress(), unstored: problem?.code ?? null };
      }
      if (this.#unstored.size > 0) problem = await this.#storeAgain(finder);
    } finally {
      this.desk.swap();
    }
    if (problem && this.#unstored.size > 0) throw problem;
    return shelf.progress();
  }

  /** Why the batch could not be stored; null where it was. */
  async #embed(finder: Embedder, batch: readonly Chunk[], signal: AbortSignal): Promise<LabError | null> {
    const keys = await keysOf(batch, finder.id);
    const texts = new Map(batch.map((chunk) => [keys.get(chunk.id) ?? '', embeddedText(chunk)]));
    const { dimensions } = finder;
    const rows = await finish(finder.embed([...texts.values()], 'passage', signal));
    const landed: Landed = { keys: [...texts.keys()], dimensions, rows };
    // A stop comes after what was embedded is stored: it would have to be embedded again.
    this.#take(landed);
    const vectors = vectorsOf(landed);
    this.desk.keep(batch, new Map(batch.map(({ id }) => [id, vectors.get(keys.get(id) ?? '') ?? new Float32Array()])));
    try {
      await this.desk.store().addVectors(landed.keys, dimensions, rows);
    } catch (error) {
      for (const [key, vector] of vectors) this.#unstored.set(key, vector);
      return asLabError(error);
    }
    this.tabs.tell(landed);
    // There is room again.
    return this.#unstored.size > 0 ? this.#storeUnstored(finder) : null;
  }

  /** Makes room where there is none. */
  async #storeAgain(finder: Embedder): Promise<LabError | null> {
    const problem = await this.#storeUnstored(finder);
    if (problem?.code !== 'storage-full') return problem;
    await this.desk.sweep().catch(() => undefined);
    return this.#storeUnstored(finder);
  }

  async #storeUnstored({ dimensions }: Embedder): Promise<LabError | null> {
    const kept = [...this.#unstored];
    const rows = new Float32Array(kept.length * dimensions);
    for (const [row, [, vector]] of kept.entries()) rows.set(vector, row * dimensions);
    const landed: Landed = { keys: kept.map(([key]) => key), dimensions, rows };
    try {
      await this.desk.store().addVectors(landed.keys, dimensions, rows);
    } catch (error) {
      return asLabError(error);
    }
    this.#unstored = new Map();
    this.tabs.tell(landed);
    return null;
  }

  /** Takes over the vectors that are stored already. */
  async #takeStored(finder: Embedder): Promise<void> {
    const { shelf } = this.desk;
    const missing = shelf.missing();
    const known = this.#keys;
    const fresh = await keysOf(
      missing.filter(({ id }) => !known.has(id)),
      finder.id,
    );
    this.#keys = new Map();
    this.#waiting = new Map();
    for (const chunk of missing) {
      const key = known.get(chunk.id) ?? fresh.get(chunk.id) ?? '';
      this.#keys.set(chunk.id, key);
      const same = this.#waiting.get(key);
      if (same) same.push(chunk);
      else this.#waiting.set(key, [chunk]);
    }
    if (missing.length === 0) return;
    // A store that cannot be read costs time, not the index.
    const stored = await this.desk
      .store()
      .vectors([...this.#waiting.keys()])
      .catch(() => new Map<VectorKey, Float32Array>());
    for (const vectors of [stored, this.#unstored]) this.#give(vectors, finder.dimensions);
    this.desk.swap();
  }

  #take(landed: Landed): boolean {
    return this.#give(vectorsOf(landed), landed.dimensions);
  }

  /** Whether any of these vectors was missing. */
  #give(vectors: ReadonlyMap<VectorKey, Float32Array>, dimensions: number): boolean {
    const found = new Map<string, Float32Array>();
    const chunks: Chunk[] = [];
    for (const [key, vector] of vectors) {
      if (vector.length !== dimensions) continue;
      for (const chunk of this.#waiting.get(key) ?? []) {
        chunks.push(chunk);
        found.set(chunk.id, vector);
      }
      this.#waiting.delete(key);
    }
    if (chunks.length > 0) this.desk.keep(chunks, found);
    return chunks.length > 0;
  }
}

/** By chunk id. */
export async function keysOf(chunks: readonly Chunk[], embedderId: string): Promise<Map<string, VectorKey>> {
  return new Map(
    await Promise.all(
      chunks.map(async (chunk) => [chunk.id, await vectorKey(embeddedText(chunk), embedderId)] as const),
    ),
  );
}

function vectorsOf({ keys, dimensions, rows }: Landed): Map<VectorKey, Float32Array> {
  return new Map(keys.map((key, row) => [key, rows.subarray(row * dimensions, (row + 1) * dimensions)]));
}

/** Something happened since it was last asked for. */
class News {
  #heard = false;
  #wake: () => void = () => undefined;

  tell(): void {
    this.#heard = true;
    this.#wake();
  }

  /** Null as soon as there is any. */
  async next(): Promise<null> {
    if (!this.#heard) await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#heard = false;
    return null;
  }
}
