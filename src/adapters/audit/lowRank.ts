/* eslint-disable @typescript-eslint/no-non-null-assertion -- typed arrays, read within their bounds */
/**
 * The best approximation of L R by a product of a lower rank (Eckart and Young 1936), without ever writing L R down:
 * with L = Q1 R1 and R^T = Q2 R2 the singular values of L R are those of the small R1 R2^T.
 */
import { type Matrix, bidiagonalise, outOfLeft, outOfRight } from './bidiagonal';
import { diagonalise } from './diagonal';
import { descending, transposed } from './singular';

export interface Factors {
  /** [outputs, rank]. */
  readonly b: Matrix;
  /** [rank, inputs]. */
  readonly a: Matrix;
}

/**
 * `b` is [outputs, q] and `a` [q, inputs]. Each singular value is shared in equal parts between both factors, as PEFT
 * does. Where q or the matrix itself has no more than `rank` directions, the rest of the factors is 0.
 */
export function truncate({ b, a }: Factors, rank: number): Factors {
  const left = orthogonalise(b);
  const right = orthogonalise(transposed(a));
  const { u, values, v } = decompose(multiply(left.r, transposed(right.r)));
  const kept = Math.min(rank, values.length);
  const newB = new Float64Array(b.rows * rank);
  const newA = new Float64Array(rank * a.columns);
  for (let k = 0; k < kept; k++) {
    const root = Math.sqrt(values[k]!);
    spread(left.q, u[k]!, root, newB, k, rank);
    spread(right.q, v[k]!, root, newA, k * a.columns, 1);
  }
  return {
    b: { rows: b.rows, columns: rank, data: newB },
    a: { rows: rank, columns: a.columns, data: newA },
  };
}

/** Writes Q x, times `by`, to `out` from `at` on, `stride` apart. */
function spread(q: Matrix, x: Float64Array, by: number, out: Float64Array, at: number, stride: number): void {
  for (let i = 0; i < q.rows; i++) {
    let sum = 0;
    for (let j = 0; j < q.columns; j++) sum += q.data[i * q.columns + j]! * x[j]!;
    out[at + i * stride] = sum * by;
  }
}

export function multiply(x: Matrix, y: Matrix): Matrix {
  const data = new Float64Array(x.rows * y.columns);
  for (let i = 0; i < x.rows; i++)
    for (let k = 0; k < x.columns; k++) {
      const by = x.data[i * x.columns + k]!;
      if (by !== 0) for (let j = 0; j < y.columns; j++) data[i * y.columns + j]! += by * y.data[k * y.columns + j]!;
    }
  return { rows: x.rows, columns: y.columns, data };
}

/**
 * M = Q R with orthonormal columns in Q, by Gram-Schmidt done twice (which is enough: Giraud et al. 2005). Columns
 * that depend on those before them add none to Q.
 */
function orthogonalise(m: Matrix): { q: Matrix; r: Matrix } {
  const columns: Float64Array[] = [];
  const shares: Float64Array[] = [];
  for (let j = 0; j < m.columns; j++) {
    const x = Float64Array.from({ length: m.rows }, (_, i) => m.data[i * m.columns + j]!);
    const before = norm(x);
    const share = new Float64Array(m.columns);
    for (let pass = 0; pass < 2; pass++)
      columns.forEach((q, k) => {
        const along = dot(q, x);
        share[k]! += along;
        for (let i = 0; i < x.length; i++) x[i]! -= along * q[i]!;
      });
    const left = norm(x);
    if (columns.length < m.rows && left > before * 1e-13) {
      share[columns.length] = left;
      columns.push(x.map((value) => value / left));
    }
    shares.push(share);
  }
  const rank = columns.length;
  const q = new Float64Array(m.rows * rank);
  columns.forEach((column, k) => column.forEach((value, i) => (q[i * rank + k] = value)));
  const r = new Float64Array(rank * m.columns);
  shares.forEach((share, j) => {
    for (let k = 0; k < rank; k++) r[k * m.columns + j] = share[k]!;
  });
  return { q: { rows: m.rows, columns: rank, data: q }, r: { rows: rank, columns: m.columns, data: r } };
}

function dot(x: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i]! * y[i]!;
  return sum;
}

function norm(x: Float64Array): number {
  return Math.sqrt(dot(x, x));
}

interface Decomposition {
  readonly values: readonly number[];
  readonly u: readonly Float64Array[];
  readonly v: readonly Float64Array[];
}

/** All singular values of a small matrix, largest first, with both vectors of each. */
export function decompose(matrix: Matrix): Decomposition {
  if (matrix.rows < matrix.columns) {
    const { values, u, v } = decompose(transposed(matrix));
    return { values, u: v, v: u };
  }
  const steps = bidiagonalise({ ...matrix, data: matrix.data.slice() });
  let step = steps.next();
  while (!step.done) step = steps.next();
  const form = step.value;
  const u = unitVectors(form.columns, matrix.rows);
  const v = unitVectors(form.columns, matrix.columns);
  const d = form.diagonal.slice();
  diagonalise(d, form.above.slice(), {
    left: (i, j, c, s) => {
      turn(u[i]!, u[j]!, c, s);
    },
    right: (i, j, c, s) => {
      turn(v[i]!, v[j]!, c, s);
    },
    flip: (k) => v[k]!.forEach((value, i, all) => (all[i] = -value)),
  });
  for (const x of u) outOfLeft(form, x);
  for (const x of v) outOfRight(form, x);
  const order = descending(d);
  return { values: order.map((k) => d[k]!), u: order.map((k) => u[k]!), v: order.map((k) => v[k]!) };
}

function unitVectors(count: number, length: number): Float64Array[] {
  return Array.from({ length: count }, (_, k) => {
    const x = new Float64Array(length);
    x[k] = 1;
    return x;
  });
}

function turn(x: Float64Array, y: Float64Array, c: number, s: number): void {
  for (let i = 0; i < x.length; i++) {
    const t = c * x[i]! + s * y[i]!;
    y[i] = c * y[i]! - s * x[i]!;
    x[i] = t;
  }
}
