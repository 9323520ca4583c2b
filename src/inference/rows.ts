/** Rows of several batches as one batch, and new columns behind each row's own: what a KV cache needs. */
import type { FloatTensor } from './tensor';

/** The first `length` columns of one row of `tensor` [rows, heads, columns, width]. */
export interface RowOf<T> {
  readonly tensor: T;
  readonly row: number;
  readonly length: number;
}

/** One stretch of values that is copied as it stands; offsets and length in values. */
export interface Stretch {
  readonly part: number;
  readonly from: number;
  readonly to: number;
  readonly length: number;
}

interface Shaped {
  readonly dims: readonly number[];
}

/** How a new [parts, heads, columns, width] is put together of the parts; columns beyond a row's own are 0. */
export function planJoin(
  parts: readonly RowOf<Shaped>[],
  columns: number,
): { readonly dims: readonly number[]; readonly size: number; readonly stretches: readonly Stretch[] } {
  const [, heads = 0, , width = 0] = parts[0]?.tensor.dims ?? [];
  const stretches = parts.flatMap(({ tensor, row, length }, part) =>
    Array.from({ length: heads }, (_, head) => ({
      part,
      from: (row * heads + head) * (tensor.dims[2] ?? 0) * width,
      to: (part * heads + head) * columns * width,
      length: length * width,
    })),
  );
  return { dims: [parts.length, heads, columns, width], size: parts.length * heads * columns * width, stretches };
}

/** How `fresh` [rows, heads, new, width] is written into `into` [rows, heads, columns, width], row r at column `at[r]`. */
export function planAppend(into: Shaped, fresh: Shaped, at: readonly number[]): readonly Stretch[] {
  const stretches: Stretch[] = [];
  eachAppended(into, fresh, at, (from, to, length) => stretches.push({ part: 0, from, to, length }));
  return stretches;
}

function eachAppended(
  into: Shaped,
  fresh: Shaped,
  at: readonly number[],
  write: (from: number, to: number, length: number) => void,
): void {
  const [rows = 0, heads = 0, added = 0, width = 0] = fresh.dims;
  const columns = into.dims[2] ?? 0;
  for (let i = 0; i < rows * heads; i++)
    write(i * added * width, (i * columns + (at[Math.floor(i / heads)] ?? 0)) * width, added * width);
}

export function joinRows(parts: readonly RowOf<FloatTensor>[], columns: number): FloatTensor {
  const { dims, size, stretches } = planJoin(parts, columns);
  const data = new Float32Array(size);
  for (const { part, from, to, length } of stretches) {
    const source = parts[part]?.tensor.data;
    if (source) data.set(source.subarray(from, from + length), to);
  }
  return { type: 'float32', data, dims };
}

/** Value by value: there are many stretches, and most have one. */
export function appendColumns(into: FloatTensor, fresh: FloatTensor, at: readonly number[]): void {
  eachAppended(into, fresh, at, (from, to, length) => {
    for (let i = 0; i < length; i++) into.data[to + i] = fresh.data[from + i] ?? 0;
  });
}
