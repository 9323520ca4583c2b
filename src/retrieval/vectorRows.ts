/** Where vectors lie whose codes alone are in memory: the port of a `StoredIndex` to storage. */
export interface VectorRows {
  /**
   * Row i of the result (i * dimensions) is the vector of rows[i], numbered as the index was told them. Throws
   * `storage-refused` where it cannot be read, `unexpected` where it lies elsewhere by now.
   */
  read(rows: readonly number[]): Promise<Float32Array>;
}
