import { TopK } from '../topK';
import type { VectorIndex } from '../vectorIndex';

/** Compares the query with every row. Faster than the approximate indexes of the browser up to some 100,000 rows. */
export class FlatIndex implements VectorIndex {
  #vectors: Float32Array;
  #size = 0;

  constructor(
    readonly dimensions: number,
    capacity = 64,
  ) {
    this.#vectors = new Float32Array(capacity * dimensions);
  }

  get size(): number {
    return this.#size;
  }

  add(vectors: Float32Array): void {
    const count = vectors.length / this.dimensions;
    if (!Number.isInteger(count)) {
      throw new RangeError(`${String(vectors.length)} numbers are no rows of ${String(this.dimensions)}`);
    }
    const used = this.#size * this.dimensions;
    if (used + vectors.length > this.#vectors.length) {
      const grown = new Float32Array(Math.max(2 * this.#vectors.length, used + vectors.length));
      grown.set(this.#vectors.subarray(0, used));
      this.#vectors = grown;
    }
    this.#vectors.set(vectors, used);
    this.#size += count;
  }

  search(
    query: Float32Array,
    limit: number,
    allowed?: (row: number) => boolean,
  ): { rows: Uint32Array; scores: Float32Array } {
    if (query.length !== this.dimensions) {
      throw new RangeError(`A query of ${String(query.length)} numbers in an index of ${String(this.dimensions)}`);
    }
    const best = new TopK(Math.min(limit, this.#size));
    const vectors = this.#vectors;
    for (let row = 0; row < this.#size; row++) {
      if (allowed && !allowed(row)) continue;
      const at = row * this.dimensions;
      let dot = 0;
      for (let i = 0; i < query.length; i++) dot += (query[i] ?? 0) * (vectors[at + i] ?? 0);
      best.offer(row, dot);
    }
    const found = best.sorted();
    return { rows: Uint32Array.from(found, ({ row }) => row), scores: Float32Array.from(found, ({ score }) => score) };
  }
}
