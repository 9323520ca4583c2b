import { LabError } from '../../errors';
import type { RowSet } from '../rowSet';

/** Rows per block, here and in scan.c. */
export const BLOCK = 1024;

/** The vectors themselves, in blocks, so that growing copies nothing and the last block alone can be half empty. */
export class Rows {
  readonly #blocks: Float32Array[] = [];
  #size = 0;

  constructor(readonly dimensions: number) {}

  get size(): number {
    return this.#size;
  }

  /** See `VectorIndex.add`. */
  add(vectors: Float32Array): void {
    const count = rowsIn(vectors, this.dimensions);
    this.#reserve(this.#size + count);
    for (let from = 0; from < count;) {
      const at = this.#size % BLOCK;
      const taken = Math.min(BLOCK - at, count - from);
      const part = vectors.subarray(from * this.dimensions, (from + taken) * this.dimensions);
      this.#block(this.#size).set(part, at * this.dimensions);
      this.#size += taken;
      from += taken;
    }
  }

  /** See `VectorIndex.retain`. Returns the first row that is not what it was: all below it stayed in their places. */
  retain(rows: RowSet): number {
    let kept = 0;
    let first = this.#size;
    for (let row = 0; row < this.#size; row++) {
      if (!rows.has(row)) {
        first = Math.min(first, row);
        continue;
      }
      if (kept < row) this.#block(kept).set(this.row(row), (kept % BLOCK) * this.dimensions);
      kept++;
    }
    this.#size = kept;
    this.#blocks.length = Math.ceil(kept / BLOCK);
    return first;
  }

  /** A view. */
  row(row: number): Float32Array {
    const at = (row % BLOCK) * this.dimensions;
    return this.#block(row).subarray(at, at + this.dimensions);
  }

  /** The row's score; see `dot`. */
  score(query: Float64Array, row: number): number {
    return dot(query, this.#block(row), (row % BLOCK) * this.dimensions);
  }

  #block(row: number): Float32Array {
    const block = this.#blocks[Math.floor(row / BLOCK)];
    if (!block) throw new RangeError(`Row ${String(row)} of ${String(this.#size)}`);
    return block;
  }

  #reserve(size: number): void {
    const had = this.#blocks.length;
    try {
      while (this.#blocks.length * BLOCK < size) this.#blocks.push(new Float32Array(BLOCK * this.dimensions));
    } catch (error) {
      this.#blocks.length = had;
      throw new LabError('out-of-memory', `There is no room for ${String(size)} vectors.`, { cause: error });
    }
  }
}

/** Throws a RangeError for numbers that are no whole rows. */
export function rowsIn({ length }: Float32Array, dimensions: number): number {
  const count = length / dimensions;
  if (!Number.isInteger(count)) throw new RangeError(`${String(length)} numbers are no rows of ${String(dimensions)}`);
  return count;
}

/**
 * In doubles, and in one order of summation: whatever an index skips, what it finds has this score to the last bit.
 * Products of two f32 are exact in a double; four sums, because each addition waits for the one before it.
 */
export function dot(query: Float64Array, vectors: Float32Array, at: number): number {
  let s = 0;
  let t = 0;
  let u = 0;
  let v = 0;
  let i = 0;
  for (; i + 3 < query.length; i += 4) {
    s += (query[i] ?? 0) * (vectors[at + i] ?? 0);
    t += (query[i + 1] ?? 0) * (vectors[at + i + 1] ?? 0);
    u += (query[i + 2] ?? 0) * (vectors[at + i + 2] ?? 0);
    v += (query[i + 3] ?? 0) * (vectors[at + i + 3] ?? 0);
  }
  for (; i < query.length; i++) s += (query[i] ?? 0) * (vectors[at + i] ?? 0);
  return s + t + (u + v);
}
