import type { RowSet } from '../rowSet';
import { TopK } from '../topK';
import type { Found, VectorIndex } from '../vectorIndex';
import { Rows } from './rows';

/** Compares the query with every row: what to fall back to, and what the quantised index must equal. */
export class FlatIndex implements VectorIndex {
  readonly #rows: Rows;

  constructor(readonly dimensions: number) {
    this.#rows = new Rows(dimensions);
  }

  get size(): number {
    return this.#rows.size;
  }

  add(vectors: Float32Array): void {
    this.#rows.add(vectors);
  }

  vector(row: number): Float32Array {
    return this.#rows.row(row);
  }

  retain(rows: RowSet): void {
    this.#rows.retain(rows);
  }

  search(query: Float32Array, limit: number, allowed?: RowSet): Found {
    return searchAll(this.#rows, query, limit, allowed);
  }
}

export function searchAll(rows: Rows, query: Float32Array, limit: number, allowed?: RowSet): Found {
  const doubles = doublesOf(rows, query);
  const best = new TopK(Math.min(limit, rows.size));
  let scored = 0;
  for (let row = 0; row < rows.size; row++) {
    if (allowed && !allowed.has(row)) continue;
    best.offer(row, rows.score(doubles, row));
    scored++;
  }
  return found(best, scored);
}

export function doublesOf({ dimensions }: Pick<Rows, 'dimensions'>, query: Float32Array): Float64Array {
  if (query.length !== dimensions) {
    throw new RangeError(`A query of ${String(query.length)} numbers in an index of ${String(dimensions)}`);
  }
  return new Float64Array(query);
}

export function found(best: TopK, scored: number): Found {
  const entries = best.sorted();
  return {
    rows: Uint32Array.from(entries, ({ row }) => row),
    scores: Float32Array.from(entries, ({ score }) => score),
    scored,
  };
}
