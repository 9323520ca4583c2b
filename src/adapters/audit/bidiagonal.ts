/* eslint-disable @typescript-eslint/no-non-null-assertion -- typed arrays, read within their bounds */
/**
 * A = Q B P^T with B upper bidiagonal, by Householder reflections (Golub and Kahan 1965; LAPACK's `gebd2`):
 * 4 m n^2 - 4/3 n^3 operations for an m x n matrix. Twice the price of the Gram matrix's way, and unlike that
 * one it does not square the condition number.
 */

/** Row-major, double precision. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
}

export interface Bidiagonal {
  readonly rows: number;
  readonly columns: number;
  /** [columns]. */
  readonly diagonal: Float64Array;
  /** Above the diagonal; [columns], the last is 0. */
  readonly above: Float64Array;
  /** What was the matrix: below the diagonal lie the left reflectors, right of the first one above it the right ones. */
  readonly reflectors: Float64Array;
  readonly leftTau: Float64Array;
  readonly rightTau: Float64Array;
}

/**
 * `matrix` must have at least as many rows as columns, and is overwritten. Yields after every column, so that whoever
 * runs it can do other things in between.
 */
export function* bidiagonalise({ rows, columns, data }: Matrix): Generator<void, Bidiagonal> {
  const diagonal = new Float64Array(columns);
  const above = new Float64Array(columns);
  const leftTau = new Float64Array(columns);
  const rightTau = new Float64Array(columns);
  const sums = new Float64Array(columns);
  for (let i = 0; i < columns; i++) {
    const left = reflector(data, i * columns + i, columns, rows - i);
    diagonal[i] = left.beta;
    leftTau[i] = left.tau;
    const from = i + 1;
    if (from < columns) {
      sumColumns(data, columns, i, rows, sums);
      const top = i * columns;
      for (let j = from; j < columns; j++) data[top + j]! -= left.tau * sums[j]!;
      const right = reflector(data, top + from, 1, columns - from);
      above[i] = right.beta;
      rightTau[i] = right.tau;
      reflectRows(data, columns, i, rows, { sums, leftTau: left.tau, rightTau: right.tau });
    }
    yield;
  }
  return { rows, columns, diagonal, above, reflectors: data, leftTau, rightTau };
}

/** A square of this size has lost digits. Weights are 32-bit floats, of which the least squared is 2e-90. */
const NOTHING = 1e-280;

/**
 * The reflection I - tau v v^T that turns the strided vector at `at` into (beta, 0, ...). Leaves v there, without its
 * leading 1 (LAPACK's `larfg`).
 */
function reflector(data: Float64Array, at: number, stride: number, length: number): { tau: number; beta: number } {
  let square = 0;
  for (let k = 1; k < length; k++) square += data[at + k * stride]! ** 2;
  const alpha = data[at]!;
  if (square < NOTHING) {
    for (let k = 1; k < length; k++) data[at + k * stride] = 0;
    return { tau: 0, beta: alpha };
  }
  const norm = Math.sqrt(alpha * alpha + square);
  const beta = alpha >= 0 ? -norm : norm;
  const by = 1 / (alpha - beta);
  for (let k = 1; k < length; k++) data[at + k * stride]! *= by;
  return { tau: (beta - alpha) / beta, beta };
}

/** sums = v^T A over the columns after `i`, v being the left reflector of column `i`. */
function sumColumns(data: Float64Array, columns: number, i: number, rows: number, sums: Float64Array): void {
  const top = i * columns;
  for (let j = i + 1; j < columns; j++) sums[j] = data[top + j]!;
  for (let k = i + 1; k < rows; k++) {
    const row = k * columns;
    const v = data[row + i]!;
    if (v !== 0) for (let j = i + 1; j < columns; j++) sums[j]! += v * data[row + j]!;
  }
}

/** Reflects the rows below `i` from both sides, each row while it is at hand: memory is what this waits for. */
function reflectRows(
  data: Float64Array,
  columns: number,
  i: number,
  rows: number,
  { sums, leftTau, rightTau }: { sums: Float64Array; leftTau: number; rightTau: number },
): void {
  const top = i * columns;
  const from = i + 1;
  for (let k = i + 1; k < rows; k++) {
    const row = k * columns;
    const by = leftTau * data[row + i]!;
    data[row + from]! -= by * sums[from]!;
    let along = data[row + from]!;
    for (let j = from + 1; j < columns; j++) {
      const value = data[row + j]! - by * sums[j]!;
      data[row + j] = value;
      along += value * data[top + j]!;
    }
    along *= rightTau;
    data[row + from]! -= along;
    for (let j = from + 1; j < columns; j++) data[row + j]! -= along * data[top + j]!;
  }
}

/** Q^T x, in place; x is [rows]. */
export function intoLeft(b: Bidiagonal, x: Float64Array): void {
  for (let i = 0; i < b.columns; i++) reflectLeft(b, i, x);
}

/** Q x, in place. */
export function outOfLeft(b: Bidiagonal, x: Float64Array): void {
  for (let i = b.columns - 1; i >= 0; i--) reflectLeft(b, i, x);
}

/** P^T x, in place; x is [columns]. */
export function intoRight(b: Bidiagonal, x: Float64Array): void {
  for (let i = 0; i + 1 < b.columns; i++) reflectRight(b, i, x);
}

/** P x, in place. */
export function outOfRight(b: Bidiagonal, x: Float64Array): void {
  for (let i = b.columns - 2; i >= 0; i--) reflectRight(b, i, x);
}

function reflectLeft({ rows, columns, reflectors, leftTau }: Bidiagonal, i: number, x: Float64Array): void {
  let along = x[i]!;
  for (let k = i + 1; k < rows; k++) along += reflectors[k * columns + i]! * x[k]!;
  along *= leftTau[i]!;
  x[i]! -= along;
  for (let k = i + 1; k < rows; k++) x[k]! -= along * reflectors[k * columns + i]!;
}

function reflectRight({ columns, reflectors, rightTau }: Bidiagonal, i: number, x: Float64Array): void {
  const row = i * columns;
  let along = x[i + 1]!;
  for (let j = i + 2; j < columns; j++) along += reflectors[row + j]! * x[j]!;
  along *= rightTau[i]!;
  x[i + 1]! -= along;
  for (let j = i + 2; j < columns; j++) x[j]! -= along * reflectors[row + j]!;
}
