import type { OpenScanKernel } from '../kernels/scan';
import type { RowSet } from '../rowSet';
import { TopK } from '../topK';
import type { Found, VectorIndex } from '../vectorIndex';
import { doublesOf, found, searchAll } from './flat';
import { quantiseQuery } from './quantise';
import { Rows } from './rows';
import { MOST, Sketch } from './sketch';

/**
 * Scans int8 codes, a quarter of the bytes, then scores in full the rows that the codes cannot rule out: what it finds
 * equals `FlatIndex` to the last bit. Where the kernel's memory ends it goes on as one, slower and with nothing lost.
 */
export class QuantisedIndex implements VectorIndex {
  readonly #rows: Rows;
  #sketch: Sketch | null = null;

  constructor(
    readonly dimensions: number,
    open: OpenScanKernel,
  ) {
    this.#rows = new Rows(dimensions);
    this.#orWithout(() => {
      this.#sketch = new Sketch(dimensions, open);
    });
  }

  get size(): number {
    return this.#rows.size;
  }

  /** False once memory was refused: then each search compares all rows. */
  get quantised(): boolean {
    return this.#sketch !== null;
  }

  add(vectors: Float32Array): void {
    const from = this.size;
    this.#rows.add(vectors);
    this.#sketchFrom(from);
  }

  vector(row: number): Float32Array {
    return this.#rows.row(row);
  }

  retain(rows: RowSet): void {
    this.#sketchFrom(this.#rows.retain(rows));
  }

  search(query: Float32Array, limit: number, allowed?: RowSet): Found {
    const doubles = doublesOf(this.#rows, query);
    const most = Math.min(limit, this.size);
    const quantised = this.#sketch && most > 0 && most <= MOST ? quantiseQuery(query) : null;
    if (!this.#sketch || !quantised) return searchAll(this.#rows, query, limit, allowed);
    const best = new TopK(most);
    let scored = 0;
    for (const { row, upper } of this.#sketch.candidates(quantised, most, allowed)) {
      if (upper < best.floor) break;
      best.offer(row, this.#rows.score(doubles, row));
      scored++;
    }
    return found(best, scored);
  }

  #sketchFrom(row: number): void {
    this.#orWithout(() => {
      this.#sketch?.truncate(row);
      for (; row < this.size; row++) this.#sketch?.add(this.#rows.row(row));
    });
  }

  #orWithout(work: () => void): void {
    try {
      work();
    } catch {
      this.#sketch = null;
    }
  }
}
