/** Rows of several batches as one batch, and new columns behind each row's own: what a KV cache needs. */
import type { RealTensor } from './tensor';

/** The first `length` columns of one row of `tensor` [rows, heads, columns, width], or [rows, heads, columns]. */
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
  const [, heads = 0, , ...last] = parts[0]?.tensor.dims ?? [];
  const [width = 1] = last;
  const stretches = parts.flatMap(({ tensor, row, length }, part) =>
    Array.from({ length: heads }, (_, head) => ({
      part,
      from: (row * heads + head) * (tensor.dims[2] ?? 0) * width,
      to: (part * heads + head) * columns * width,
      length: length * width,
    })),
  );
  const dims = [parts.length, heads, columns, ...last];
  return { dims, size: parts.length * heads * columns * width, stretches: merged(stretches) };
}

/**
 * How the last `columns` of `fresh` [rows, heads, columns or more, width] are written into `into` [rows, heads, more,
 * width], row r at column `at[r]`.
 */
export function planAppend(into: Shaped, fresh: Shaped, at: readonly number[], columns: number): readonly Stretch[] {
  const [rows = 0, heads = 0, given = 0, width = 1] = fresh.dims;
  const wide = into.dims[2] ?? 0;
  return merged(
    Array.from({ length: rows * heads }, (_, i) => ({
      part: 0,
      from: (i * given + given - columns) * width,
      to: (i * wide + (at[Math.floor(i / heads)] ?? 0)) * width,
      length: columns * width,
    })),
  );
}

/** Neighbours as one: fewer copies, and on the GPU only even numbers of 16-bit values can be copied. */
function merged(stretches: readonly Stretch[]): Stretch[] {
  const out: Stretch[] = [];
  for (const next of stretches) {
    const last = out.at(-1);
    const follows =
      last?.part === next.part && last.from + last.length === next.from && last.to + last.length === next.to;
    if (last && follows) out[out.length - 1] = { ...last, length: last.length + next.length };
    else out.push(next);
  }
  return out;
}

/** All parts are of one type, and so is the whole. */
export function joinRows<T extends RealTensor>(parts: readonly RowOf<T>[], columns: number): T {
  const { dims, size, stretches } = planJoin(parts, columns);
  const type = parts[0]?.tensor.type ?? 'float32';
  const data = type === 'float16' ? new Uint16Array(size) : new Float32Array(size);
  const joined = { type, data, dims } as unknown as T;
  for (const { part, from, to, length } of stretches) {
    const source = parts[part]?.tensor.data;
    if (source) joined.data.set(source.subarray(from, from + length), to);
  }
  return joined;
}

export function appendColumns(into: RealTensor, fresh: RealTensor, at: readonly number[], columns: number): void {
  for (const { from, to, length } of planAppend(into, fresh, at, columns))
    into.data.set(fresh.data.subarray(from, from + length), to);
}
