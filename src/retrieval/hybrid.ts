import type { Chunk } from '../documents/document';
import { finish } from '../job';
import { words } from './bm25';
import { type CopyFinder, Counting } from './counting';
import type { Embedder } from './embedder';
import { type Explained, explain } from './explain';
import { DEPTH } from './fusion';
import { passageText } from './passageText';
import { type Allowed, type LabelsOf, PoolIndex } from './poolIndex';
import type { Reranker } from './reranker';
import type { ExplainingRetriever, Hit, Pool, Ranked } from './retriever';
import { RowSet } from './rowSet';
import { type Filter, PLAIN_SEARCH, type SearchSettings } from './settings';
import type { Entry } from './topK';
import { type Trace, choose, vote } from './trace';
import type { VectorIndex } from './vectorIndex';
import { FlatIndex } from './vectorIndex/flat';

/**
 * Words-only search works at once; meaning joins in when every chunk of the pool has its vector.
 *
 * One vector index holds every chunk's vector, in either pool or in none: a document switched off or on moves between
 * pools and touches no vector, because a pool, and what a filter leaves of it, is a set of rows that the index is asked
 * to search.
 */
export class HybridRetriever implements ExplainingRetriever {
  #pools: Record<Pool, PoolIndex> = { current: new PoolIndex([]), stale: new PoolIndex([]) };
  #embedder: Embedder | null = null;
  #reranker: Reranker | null = null;
  #counting: Counting | null = null;
  #vectors: VectorIndex | null = null;
  /** The index's row of each chunk that has a vector, in the order of the rows. */
  #rowOf = new Map<string, number>();

  constructor(private readonly makeIndex: (dimensions: number) => VectorIndex = (width) => new FlatIndex(width)) {}

  /** Replaces the chunks of both pools, in document order. A chunk given twice counts once. Vectors stay. */
  setChunks(chunks: Readonly<Record<Pool, readonly Chunk[]>>, labels?: Readonly<Record<Pool, LabelsOf>>): void {
    this.#pools = {
      current: new PoolIndex(chunks.current, labels?.current),
      stale: new PoolIndex(chunks.stale, labels?.stale),
    };
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

  /** Null: searches that ask for one go without. */
  setReranker(reranker: Reranker | null): void {
    this.#reranker = reranker;
  }

  /** Passages that are copies of each other count once from now on. Null: each counts. */
  setCopies(copies: CopyFinder | null): void {
    this.#counting = copies && new Counting(copies);
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

  async search(
    query: string,
    limit: number,
    pool: Pool,
    signal: AbortSignal,
    settings: Partial<SearchSettings> = {},
  ): Promise<Hit[]> {
    const trace = await this.#trace(query, limit, pool, signal, { ...PLAIN_SEARCH, ...settings }, false);
    const [sparse, near] = [ranks(trace.words), ranks(trace.dense ?? [])];
    const fused = new Map(trace.fused.map(({ row, score }) => [row, score]));
    return trace.shown.map((row, i) => ({
      chunk: trace.chunkAt(row),
      rank: i + 1,
      score: fused.get(row) ?? 0,
      dense: near.get(row) ?? null,
      words: sparse.get(row) ?? null,
    }));
  }

  /** The same search, with all that it came to on the way; retrievers without a vote are asked too. */
  async explain(
    query: string,
    limit: number,
    pool: Pool,
    signal: AbortSignal,
    settings: Partial<SearchSettings> = {},
  ): Promise<Explained> {
    const from = performance.now();
    const trace = await this.#trace(query, limit, pool, signal, { ...PLAIN_SEARCH, ...settings }, true);
    return { ...explain(trace), ms: performance.now() - from };
  }

  chunks(pool: Pool, signal: AbortSignal, filter?: Filter | null): Promise<Chunk[]> {
    return Promise.resolve().then(() => {
      signal.throwIfAborted();
      const index = this.#pools[pool];
      const allowed = filter === undefined ? null : this.#allowed(index, filter);
      return index.chunks.filter((_, place) => allowed === null || allowed.places.has(place));
    });
  }

  #allowed(index: PoolIndex, filter: Filter | null): Allowed | null {
    const allowed = index.allowed(filter);
    return this.#counting ? this.#counting.once(index, allowed) : allowed;
  }

  async #trace(
    query: string,
    limit: number,
    pool: Pool,
    signal: AbortSignal,
    settings: SearchSettings,
    everyone: boolean,
  ): Promise<Trace> {
    signal.throwIfAborted();
    const embedder = this.#embedder;
    const denseWeight = settings.weights.dense ?? embedder?.fusionWeight ?? 0;
    const wanted = embedder && this.#pools[pool].complete && (everyone || denseWeight > 0);
    const asked = wanted ? await finish(embedder.embed([query], 'query', signal)) : null;
    signal.throwIfAborted();
    // Looked at anew, since chunks, vectors and embedder may have changed while the query was embedded.
    const index = this.#pools[pool];
    const allowed = this.#allowed(index, settings.filter);
    const depth = Math.max(DEPTH, limit, settings.rerank);
    const comparable = index.complete && this.#embedder?.id === embedder?.id;
    const near = asked && comparable ? this.#vectors?.search(asked, depth, allowed?.rows ?? index.rows) : null;
    const dense = near
      ? Array.from(near.rows, (row, i) => ({ row: index.placeOf(row), score: near.scores[i] ?? 0 }))
      : null;
    const sparse = everyone || settings.weights.words > 0 ? index.words(query, depth, allowed) : [];
    const weights = { words: settings.weights.words, dense: dense ? denseWeight : 0 };
    const found = { words: sparse, dense, weights, settings };
    const fused = vote(found);
    const least = settings.minimum.fused ?? 0;
    const candidates = fused.filter(({ score }) => score >= least).slice(0, depth);
    const chunkAt = (row: number): Chunk => {
      const chunk = index.chunks[row];
      if (!chunk) throw new RangeError(`Chunk ${String(row)} of ${String(index.chunks.length)}`);
      return chunk;
    };
    // Before the reranker reads, for which the rows would have to stand still.
    const similarity = settings.lambda === null ? () => 0 : this.#similarity(index, candidates);
    const reranked = await this.#rerank(
      query,
      candidates.slice(0, Math.max(limit, settings.rerank)),
      chunkAt,
      settings,
      signal,
    );
    const may = reranked?.filter(({ score }) => score >= (settings.minimum.reranked ?? 0)) ?? candidates;
    const { shown, diverse } = choose(may, limit, settings.lambda, similarity);
    const searched = allowed?.places.size ?? index.chunks.length;
    const shares = (row: number) => index.shares(query, row);
    return { ...found, query, searched, fused, reranked, shown, diverse, chunkAt, shares };
  }

  /** Best first; ties keep the order they came in. Null where nobody reads. */
  async #rerank(
    query: string,
    candidates: readonly Entry[],
    chunkAt: (row: number) => Chunk,
    { rerank }: SearchSettings,
    signal: AbortSignal,
  ): Promise<Entry[] | null> {
    if (!this.#reranker || rerank === 0) return null;
    const texts = candidates.map(({ row }) => passageText(chunkAt(row)));
    const scores = await finish(this.#reranker.score(query, texts, signal));
    signal.throwIfAborted();
    return candidates.map(({ row }, i) => ({ row, score: scores[i] ?? 0 })).sort((a, b) => b.score - a.score);
  }

  /** Cosines where every candidate has its vector; else the words that two share, among all that they have (Jaccard 1912). */
  #similarity(index: PoolIndex, candidates: readonly Entry[]): (a: number, b: number) => number {
    const vectors = new Map<number, Float32Array>();
    for (const { row: place } of candidates) {
      const row = index.rowAt(place);
      if (row !== null && this.#vectors) vectors.set(place, this.#vectors.vector(row).slice());
    }
    if (vectors.size === candidates.length)
      return (a, b) => dot(vectors.get(a) ?? new Float32Array(), vectors.get(b) ?? new Float32Array());
    const said = new Map(candidates.map(({ row }) => [row, new Set(words(index.chunks[row]?.text ?? ''))]));
    return (a, b) => jaccard(said.get(a) ?? new Set(), said.get(b) ?? new Set());
  }

  #locate(): void {
    for (const pool of Object.values(this.#pools)) pool.locateAll(this.#rowOf);
  }
}

function ranks(entries: readonly Entry[]): Map<number, Ranked> {
  return new Map(entries.map(({ row, score }, i) => [row, { rank: i + 1, score }]));
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

function jaccard(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let shared = 0;
  for (const word of a) if (b.has(word)) shared++;
  const all = a.size + b.size - shared;
  return all === 0 ? 0 : shared / all;
}
