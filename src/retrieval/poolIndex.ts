import type { Chunk } from '../documents/document';
import { Bm25 } from './bm25';
import { RowSet } from './rowSet';
import { type Filter, type Labels, passing } from './settings';
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
  /** The chunk's place among `chunks`, by row of the vector index. */
  #places = new Map<number, number>();
  /** And the other way round; -1 where it has no vector. */
  readonly #rowAt: Int32Array;
  readonly #runs: readonly Run[];
  /** What documents are labelled with, each once: they are many, and their collections and tags few. */
  readonly #labels: readonly (readonly Labels[])[];
  /** The last filter's, since questions in a row are mostly asked of the same documents. */
  #allowed: (Allowed & { readonly filter: string }) | null = null;

  constructor(chunks: readonly Chunk[], labels: LabelsOf = new Map()) {
    this.chunks = [...new Map(chunks.map((chunk) => [chunk.id, chunk])).values()];
    this.#placeOf = new Map(this.chunks.map(({ id }, place) => [id, place]));
    this.#rowAt = new Int32Array(this.chunks.length).fill(-1);
    ({ runs: this.#runs, labels: this.#labels } = runsOf(this.chunks, labels));
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
    this.#rowAt[place] = row;
    this.#allowed = null;
  }

  /** Forgets all rows and takes these. */
  locateAll(rowOf: ReadonlyMap<string, number>): void {
    this.#rows = new RowSet();
    this.#places = new Map();
    this.#rowAt.fill(-1);
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
    const row = this.#rowAt[place] ?? -1;
    return row < 0 ? null : row;
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
    const { documents, ...others } = filter;
    const named = documents && new Set(documents);
    const may = this.#labels.map(passing(others));
    let begun = -1;
    for (const { documentId, labels, from } of this.#runs) {
      const passes = may[labels] === true && (!named || named.has(documentId));
      if (passes === begun >= 0) continue;
      if (passes) begun = from;
      else {
        this.#allow(found, begun, from);
        begun = -1;
      }
    }
    if (begun >= 0) this.#allow(found, begun, this.chunks.length);
    this.#allowed = found;
    return found;
  }

  /** Places from `from` up to `to`, and the rows of those that have one. */
  #allow({ places, rows }: Allowed, from: number, to: number): void {
    places.addRange(from, to);
    for (let place = from; place < to;) {
      const row = this.#rowAt[place] ?? -1;
      let after = place + 1;
      // Vectors were mostly added in the order of the chunks, and then their rows are a range too.
      while (row >= 0 && after < to && this.#rowAt[after] === row + after - place) after++;
      if (row >= 0) rows.addRange(row, row + after - place);
      place = after;
    }
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

/** Chunks of one document that follow one another; the next run begins where they end. */
interface Run {
  readonly documentId: string;
  /** Which of the sets of labels. */
  readonly labels: number;
  readonly from: number;
}

function runsOf(chunks: readonly Chunk[], labelsOf: LabelsOf): { runs: Run[]; labels: (readonly Labels[])[] } {
  const runs: Run[] = [];
  const labels: (readonly Labels[])[] = [];
  const known = new Map<string, number>();
  for (const [from, { documentId }] of chunks.entries()) {
    if (runs.at(-1)?.documentId === documentId) continue;
    const own = labelsOf.get(documentId) ?? [];
    const key = JSON.stringify(own);
    const at = known.get(key) ?? labels.push(own) - 1;
    known.set(key, at);
    runs.push({ documentId, labels: at, from });
  }
  return { runs, labels };
}
