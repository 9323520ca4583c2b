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
  const stretches = parts.flatMap(({ tensor, row, length }, part) => {
    const given = tensor.dims[2] ?? 0;
    const { lines, wide } = inOne(heads, length === given && length === columns);
    return Array.from({ length: lines }, (_, line) => ({
      part,
      from: (row * lines + line) * given * wide * width,
      to: (part * lines + line) * columns * wide * width,
      length: length * wide * width,
    }));
  });
  const dims = [parts.length, heads, columns, ...last];
  return { dims, size: parts.length * heads * columns * width, stretches };
}

/** Where whole rows are copied, the heads of one lie side by side: fewer copies, and a GPU copies 16-bit values by twos. */
function inOne(heads: number, whole: boolean): { lines: number; wide: number } {
  return whole ? { lines: 1, wide: heads } : { lines: heads, wide: 1 };
}

/**
 * How the last `columns` of `fresh` [rows, heads, columns or more, width] are written into `into` [rows, heads, more,
 * width], row r at column `at[r]`.
 */
export function planAppend(into: Shaped, fresh: Shaped, at: readonly number[], columns: number): readonly Stretch[] {
  const stretches: Stretch[] = [];
  eachAppended(into, fresh, at, columns, (from, to, length) => stretches.push({ part: 0, from, to, length }));
  return stretches;
}

function eachAppended(
  into: Shaped,
  fresh: Shaped,
  at: readonly number[],
  columns: number,
  write: (from: number, to: number, length: number) => void,
): void {
  const [rows = 0, heads = 0, given = 0, width = 1] = fresh.dims;
  const room = into.dims[2] ?? 0;
  const { lines, wide } = inOne(heads, given === columns && room === columns);
  const step = wide * width;
  for (let i = 0; i < rows * lines; i++)
    write((i * given + given - columns) * step, (i * room + (at[Math.floor(i / lines)] ?? 0)) * step, columns * step);
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

/** Value by value: there are many stretches, and most have one. */
export function appendColumns(into: RealTensor, fresh: RealTensor, at: readonly number[], columns: number): void {
  eachAppended(into, fresh, at, columns, (from, to, length) => {
    for (let i = 0; i < length; i++) into.data[to + i] = fresh.data[from + i] ?? 0;
  });
}
