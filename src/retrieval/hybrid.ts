import type { Chunk } from '../documents/document';
import { finish } from '../job';
import { Bm25 } from './bm25';
import type { Embedder } from './embedder';
import { fuse } from './fusion';
import type { Hit, Pool, Ranked, Retriever } from './retriever';
import { FlatIndex } from './vectorIndex/flat';

/** How deep each retriever's list goes into the fusion, unless more hits are asked for. */
const DEPTH = 50;

/** Words-only search works at once; meaning joins in when every chunk of the pool has its vector. */
export class HybridRetriever implements Retriever {
  #pools: Record<Pool, PoolIndex> = { current: new PoolIndex([]), stale: new PoolIndex([]) };
  #embedder: Embedder | null = null;

  /** Replaces the chunks of both pools, in document order; their vectors are to be added again. A chunk given twice counts once. */
  setChunks(chunks: Readonly<Record<Pool, readonly Chunk[]>>): void {
    this.#pools = { current: new PoolIndex(chunks.current), stale: new PoolIndex(chunks.stale) };
  }

  /** Queries are embedded with this one from now on; vectors of another are forgotten. Null: words only. */
  setEmbedder(embedder: Embedder | null): void {
    if (embedder?.id !== this.#embedder?.id) for (const pool of Object.values(this.#pools)) pool.forgetVectors();
    this.#embedder = embedder;
  }

  /** Vectors by chunk id. Chunks in no pool and chunks that have theirs are passed over. */
  addVectors(vectors: ReadonlyMap<string, Float32Array>): void {
    for (const pool of Object.values(this.#pools)) pool.addVectors(vectors);
  }

  async search(query: string, limit: number, pool: Pool, signal: AbortSignal): Promise<Hit[]> {
    signal.throwIfAborted();
    const index = this.#pools[pool];
    const embedder = this.#embedder;
    const vector = embedder && index.complete ? await finish(embedder.embed([query], signal)) : null;
    signal.throwIfAborted();
    return index.search(query, vector, embedder?.fusionWeight ?? 0, limit);
  }

  chunks(pool: Pool, signal: AbortSignal): Promise<Chunk[]> {
    return Promise.resolve().then(() => {
      signal.throwIfAborted();
      return [...this.#pools[pool].chunks];
    });
  }
}

/** One pool's chunks and both indexes over them; word statistics are the pool's own. */
class PoolIndex {
  readonly chunks: readonly Chunk[];
  readonly #rowOf: ReadonlyMap<string, number>;
  readonly #bm25: Bm25;
  #vectors: FlatIndex | null = null;
  /** The chunk's row for each row of the vector index, and the same rows as a set. */
  #chunkRows: number[] = [];
  #embedded = new Set<number>();

  constructor(chunks: readonly Chunk[]) {
    this.chunks = [...new Map(chunks.map((chunk) => [chunk.id, chunk])).values()];
    this.#rowOf = new Map(this.chunks.map(({ id }, row) => [id, row]));
    this.#bm25 = new Bm25(this.chunks.map(({ title, text }) => `${title} ${text}`));
  }

  /** A chunk without a vector must not lose to one that has its: until all have theirs, words alone decide. */
  get complete(): boolean {
    return this.chunks.length > 0 && this.#embedded.size === this.chunks.length;
  }

  forgetVectors(): void {
    this.#vectors = null;
    this.#embedded = new Set();
    this.#chunkRows = [];
  }

  addVectors(vectors: ReadonlyMap<string, Float32Array>): void {
    for (const [id, vector] of vectors) {
      const row = this.#rowOf.get(id);
      if (row === undefined || this.#embedded.has(row)) continue;
      this.#vectors ??= new FlatIndex(vector.length, this.chunks.length);
      this.#vectors.add(vector);
      this.#embedded.add(row);
      this.#chunkRows.push(row);
    }
  }

  search(query: string, vector: Float32Array | null, denseWeight: number, limit: number): Hit[] {
    const depth = Math.max(DEPTH, limit);
    const byWords = this.#bm25.search(query, depth);
    const found = vector && this.#vectors ? this.#vectors.search(vector, depth) : null;
    const byVector = Array.from(found?.rows ?? [], (row, i) => {
      return { row: this.#chunkRows[row] ?? 0, score: found?.scores[i] ?? 0 };
    });
    const dense = ranks(byVector);
    const sparse = ranks(byWords);
    const fused = fuse([
      { rows: [...sparse.keys()], weight: 1 },
      { rows: [...dense.keys()], weight: denseWeight },
    ]);
    return fused.slice(0, limit).flatMap(({ row, score }, i) => {
      const chunk = this.chunks[row];
      return chunk
        ? [{ chunk, rank: i + 1, score, dense: dense.get(row) ?? null, words: sparse.get(row) ?? null }]
        : [];
    });
  }
}

function ranks(entries: readonly { row: number; score: number }[]): Map<number, Ranked> {
  return new Map(entries.map(({ row, score }, i) => [row, { rank: i + 1, score }]));
}
