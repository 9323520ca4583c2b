/** Rows of several batches as one batch: what a KV cache needs when requests join and leave. */
import type { FloatTensor } from './tensor';

/** Columns from the first to before the second. */
export type Columns = readonly [from: number, to: number];

/** The row of `tensor` [rows, heads, columns, width], and which of its columns are to be kept, in order. */
export interface RowOf<T> {
  readonly tensor: T;
  readonly row: number;
  readonly columns: readonly Columns[];
}

/** One stretch of values that is copied as it stands; offsets and length in values. */
export interface Stretch {
  readonly part: number;
  readonly from: number;
  readonly to: number;
  readonly length: number;
}

/** How [parts, heads, columns, width] is put together of the parts, packed to the left. */
export function planJoin(
  parts: readonly RowOf<{ readonly dims: readonly number[] }>[],
  columns: number,
): { readonly dims: readonly number[]; readonly stretches: readonly Stretch[] } {
  const [, heads = 0, , width = 0] = parts[0]?.tensor.dims ?? [];
  const stretches: Stretch[] = [];
  parts.forEach(({ tensor, row, columns: kept }, part) => {
    const had = tensor.dims[2] ?? 0;
    for (let head = 0; head < heads; head++) {
      let at = 0;
      for (const [from, to] of kept) {
        stretches.push({
          part,
          from: ((row * heads + head) * had + from) * width,
          to: ((part * heads + head) * columns + at) * width,
          length: (to - from) * width,
        });
        at += to - from;
      }
    }
  });
  return { dims: [parts.length, heads, columns, width], stretches };
}

/** Columns beyond a row's own are 0. */
export function joinRows(parts: readonly RowOf<FloatTensor>[], columns: number): FloatTensor {
  const { dims, stretches } = planJoin(parts, columns);
  const data = new Float32Array(dims.reduce((product, dim) => product * dim, 1));
  for (const { part, from, to, length } of stretches) {
    const source = parts[part]?.tensor.data;
    if (source) data.set(source.subarray(from, from + length), to);
  }
  return { type: 'float32', data, dims };
}
