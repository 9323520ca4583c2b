import type { RowSet } from './rowSet';

/** Exact nearest neighbours over unit vectors by dot product. Rows are numbered from 0 in the order they were added. */
export interface VectorIndex {
  readonly dimensions: number;
  readonly size: number;
  /** Appends `vectors.length / dimensions` rows; their numbers continue from `size`. Throws `out-of-memory`, and then adds none. */
  add(vectors: Float32Array): void;
  /** Removes the rows outside the set. The others close up in their order: each one's new number is how many stay before it. */
  retain(rows: RowSet): void;
  /** Best first; ties by lower row. Only rows of `allowed`, when given. A score that is not a number is never found. */
  search(query: Float32Array, limit: number, allowed?: RowSet): Found;
  /** The row itself; a view, good until the index changes. Throws a RangeError for a row that is not there. */
  vector(row: number): Float32Array;
}

export interface Found {
  readonly rows: Uint32Array;
  readonly scores: Float32Array;
  /** How many rows' scores were worked out in full: all that are allowed, unless the index proved that fewer do. */
  readonly scored: number;
}
