import type { Chunk } from '../documents/document';
import { Bm25 } from './bm25';
import { RowSet } from './rowSet';
import { type Filter, type Labels, passes } from './settings';
import type { Entry } from './topK';

/** The labels of each source of a document, by document id. */
export type LabelsOf = ReadonlyMap<string, readonly Labels[]>;

/** The chunks that a filter lets through: their places in the pool, and their rows in the vector index. */
export interface Allowed {
  readonly places: RowSet;
  readonly rows: RowSet;
}

/** One pool's chunks, their words and the vector index's rows that are theirs; word statistics are the pool's own. */
export class PoolIndex {
  readonly chunks: readonly Chunk[];
  readonly #placeOf: ReadonlyMap<string, number>;
  readonly #bm25: Bm25;
  #rows = new RowSet();
  /** The chunk's place among `chunks`, by row of the vector index; and the other way round. */
  #places = new Map<number, number>();
  #rowAt = new Map<number, number>();
  /** The last filter's, since questions in a row are mostly asked of the same documents. */
  #allowed: (Allowed & { readonly filter: string }) | null = null;

  constructor(
    chunks: readonly Chunk[],
    private readonly labels: LabelsOf = new Map(),
  ) {
    this.chunks = [...new Map(chunks.map((chunk) => [chunk.id, chunk])).values()];
    this.#placeOf = new Map(this.chunks.map(({ id }, place) => [id, place]));
    this.#bm25 = new Bm25(this.chunks.map(({ title, text }) => `${title} ${text}`));
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
    this.#rowAt.set(place, row);
    this.#allowed = null;
  }

  /** Forgets all rows and takes these. */
  locateAll(rowOf: ReadonlyMap<string, number>): void {
    this.#rows = new RowSet();
    this.#places = new Map();
    this.#rowAt = new Map();
    this.#allowed = null;
    for (const { id } of this.chunks) {
      const row = rowOf.get(id);
      if (row !== undefined) this.locate(id, row);
    }
  }

  placeOf(row: number): number {
    return this.#places.get(row) ?? 0;
  }

  /** Null where the chunk has no vector. */
  rowAt(place: number): number | null {
    return this.#rowAt.get(place) ?? null;
  }

  /** Rows of all of the pool. */
  get rows(): RowSet {
    return this.#rows;
  }

  /** Null: all. */
  allowed(filter: Filter | null): Allowed | null {
    if (!filter) return null;
    const asked = JSON.stringify(filter);
    if (this.#allowed?.filter === asked) return this.#allowed;
    const found = { filter: asked, places: new RowSet([], this.chunks.length), rows: new RowSet() };
    let [last, may] = ['', false];
    for (const [place, { documentId }] of this.chunks.entries()) {
      // Chunks stand in the order of their documents.
      if (documentId !== last || place === 0) {
        last = documentId;
        may = passes(filter, documentId, this.labels.get(documentId) ?? []);
      }
      if (!may) continue;
      found.places.add(place);
      const row = this.#rowAt.get(place);
      if (row !== undefined) found.rows.add(row);
    }
    this.#allowed = found;
    return found;
  }

  /** Places with their BM25 scores, best first. */
  words(query: string, depth: number, allowed: Allowed | null): Entry[] {
    return this.#bm25.search(query, depth, allowed?.places);
  }

  /** What each word of the query adds to the score of the chunk at this place. */
  shares(query: string, place: number): Map<string, number> {
    return this.#bm25.shares(query, place);
  }
}
