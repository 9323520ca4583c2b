/** Exact nearest neighbours over unit vectors by dot product. Rows are numbered by the caller. */
export interface VectorIndex {
  readonly dimensions: number;
  readonly size: number;
  /** Appends `vectors.length / dimensions` rows; their numbers continue from `size`. */
  add(vectors: Float32Array): void;
  /** Best first; ties by lower row. `allowed`, when given, is consulted inside the scan. */
  search(
    query: Float32Array,
    limit: number,
    allowed?: (row: number) => boolean,
  ): { rows: Uint32Array; scores: Float32Array };
}
