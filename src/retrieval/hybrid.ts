import type { Chunk } from '../documents/document';
import { finish } from '../job';
import { Bm25 } from './bm25';
import type { Embedder } from './embedder';
import { fuse } from './fusion';
import type { Hit, Pool, Ranked, Retriever } from './retriever';
import { RowSet } from './rowSet';
import type { VectorIndex } from './vectorIndex';
import { FlatIndex } from './vectorIndex/flat';

/** How deep each retriever's list goes into the fusion, unless more hits are asked for. */
const DEPTH = 50;

/**
 * Words-only search works at once; meaning joins in when every chunk of the pool has its vector.
 *
 * One vector index holds every chunk's vector, in either pool or in none: a document switched off or on moves between
 * pools and touches no vector, because a pool is a set of rows that the index is asked to search.
 */
export class HybridRetriever implements Retriever {
  #pools: Record<Pool, PoolIndex> = { current: new PoolIndex([]), stale: new PoolIndex([]) };
  #embedder: Embedder | null = null;
  #vectors: VectorIndex | null = null;
  /** The index's row of each chunk that has a vector, in the order of the rows. */
  #rowOf = new Map<string, number>();

  constructor(private readonly makeIndex: (dimensions: number) => VectorIndex = (width) => new FlatIndex(width)) {}

  /** Replaces the chunks of both pools, in document order. A chunk given twice counts once. Vectors stay. */
  setChunks(chunks: Readonly<Record<Pool, readonly Chunk[]>>): void {
    this.#pools = { current: new PoolIndex(chunks.current), stale: new PoolIndex(chunks.stale) };
    this.#locate();
  }

  /** Queries are embedded with this one from now on; vectors of another are forgotten. Null: words only. */
  setEmbedder(embedder: Embedder | null): void {
    if (embedder?.id !== this.#embedder?.id) {
      this.#vectors = null;
      this.#rowOf = new Map();
      this.#locate();
    }
    this.#embedder = embedder;
  }

  hasVector(chunkId: string): boolean {
    return this.#rowOf.has(chunkId);
  }

  /** Vectors by chunk id, for chunks of any pool or of none. Those that have theirs are passed over. Throws `out-of-memory`. */
  addVectors(vectors: ReadonlyMap<string, Float32Array>): void {
    for (const [id, vector] of vectors) {
      if (this.#rowOf.has(id)) continue;
      this.#vectors ??= this.makeIndex(vector.length);
      const row = this.#vectors.size;
      this.#vectors.add(vector);
      this.#rowOf.set(id, row);
      for (const pool of Object.values(this.#pools)) pool.locate(id, row);
    }
  }

  /** For chunks that are there no more. */
  forgetVectors(chunkIds: Iterable<string>): void {
    const gone = new Set([...chunkIds].filter((id) => this.#rowOf.has(id)));
    if (gone.size === 0) return;
    const stay = [...this.#rowOf].filter(([id]) => !gone.has(id));
    this.#vectors?.retain(new RowSet(stay.map(([, row]) => row)));
    this.#rowOf = new Map(stay.map(([id], row) => [id, row]));
    this.#locate();
  }

  async search(query: string, limit: number, pool: Pool, signal: AbortSignal): Promise<Hit[]> {
    signal.throwIfAborted();
    const embedder = this.#embedder;
    const asked =
      embedder && this.#pools[pool].complete ? await finish(embedder.embed([query], 'query', signal)) : null;
    signal.throwIfAborted();
    // Looked at anew, since chunks, vectors and embedder may have changed while the query was embedded.
    const index = this.#pools[pool];
    const depth = Math.max(DEPTH, limit);
    const comparable = index.complete && this.#embedder?.id === embedder?.id;
    const found = asked && comparable ? this.#vectors?.search(asked, depth, index.rows) : undefined;
    const dense = Array.from(found?.rows ?? [], (row, i) => ({ row, score: found?.scores[i] ?? 0 }));
    return index.fuse(query, dense, { denseWeight: embedder?.fusionWeight ?? 0, depth, limit });
  }

  chunks(pool: Pool, signal: AbortSignal): Promise<Chunk[]> {
    return Promise.resolve().then(() => {
      signal.throwIfAborted();
      return [...this.#pools[pool].chunks];
    });
  }

  #locate(): void {
    for (const pool of Object.values(this.#pools)) pool.locateAll(this.#rowOf);
  }
}

/** One pool's chunks, their words and the vector index's rows that are theirs; word statistics are the pool's own. */
class PoolIndex {
  readonly chunks: readonly Chunk[];
  readonly #placeOf: ReadonlyMap<string, number>;
  readonly #bm25: Bm25;
  #rows = new RowSet();
  /** The chunk's place among `chunks`, by row of the vector index. */
  #places = new Map<number, number>();

  constructor(chunks: readonly Chunk[]) {
    this.chunks = [...new Map(chunks.map((chunk) => [chunk.id, chunk])).values()];
    this.#placeOf = new Map(this.chunks.map(({ id }, place) => [id, place]));
    this.#bm25 = new Bm25(this.chunks.map(({ title, text }) => `${title} ${text}`));
  }

  get rows(): RowSet {
    return this.#rows;
  }

  /** A chunk without a vector must not lose to one that has its: until all have theirs, words alone decide. */
  get complete(): boolean {
    return this.chunks.length > 0 && this.#rows.size === this.chunks.length;
  }

  /** Tells the row of one chunk's vector, whether or not the chunk is of this pool. */
  locate(chunkId: string, row: number): void {
    const place = this.#placeOf.get(chunkId);
    if (place === undefined) return;
    this.#rows.add(row);
    this.#places.set(row, place);
  }

  /** Forgets all rows and takes these. */
  locateAll(rowOf: ReadonlyMap<string, number>): void {
    this.#rows = new RowSet();
    this.#places = new Map();
    for (const { id } of this.chunks) {
      const row = rowOf.get(id);
      if (row !== undefined) this.locate(id, row);
    }
  }

  /** `dense`: rows of the vector index with their scores, best first. */
  fuse(
    query: string,
    dense: readonly { readonly row: number; readonly score: number }[],
    { denseWeight, depth, limit }: { denseWeight: number; depth: number; limit: number },
  ): Hit[] {
    const sparse = ranks(this.#bm25.search(query, depth));
    const near = ranks(dense.map(({ row, score }) => ({ row: this.#places.get(row) ?? 0, score })));
    const fused = fuse([
      { rows: [...sparse.keys()], weight: 1 },
      { rows: [...near.keys()], weight: denseWeight },
    ]);
    return fused.slice(0, limit).flatMap(({ row, score }, i) => {
      const chunk = this.chunks[row];
      return chunk ? [{ chunk, rank: i + 1, score, dense: near.get(row) ?? null, words: sparse.get(row) ?? null }] : [];
    });
  }
}

function ranks(entries: readonly { row: number; score: number }[]): Map<number, Ranked> {
  return new Map(entries.map(({ row, score }, i) => [row, { rank: i + 1, score }]));
}
