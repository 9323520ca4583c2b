/* eslint-disable @typescript-eslint/no-non-null-assertion -- typed arrays, read within their bounds */
/**
 * The singular values of an upper bidiagonal matrix by implicit QR steps (Golub and Reinsch 1970; the cases are those
 * of LINPACK's `dsvdc`). The vectors are the caller's: each rotation is told, and it is cheap to turn only what is
 * asked for.
 */
import { LabError } from '../../errors';

/** Column i becomes c i + s j, column j becomes c j - s i. */
export type Rotation = (i: number, j: number, c: number, s: number) => void;

export interface Rotations {
  readonly left: Rotation;
  readonly right: Rotation;
  /** The right vector k changes its sign. */
  readonly flip: (k: number) => void;
}

/** Its square has lost digits; weights are 32-bit floats, the least of which is 1e-45. */
const NOTHING = 1e-140;
/** A matrix that needs more is none that floating point can hold. */
const MAX_STEPS = 100;

/** Turns `d` into the singular values, not sorted, and `e` (above the diagonal, its last 0) into zeros. */
export function diagonalise(d: Float64Array, e: Float64Array, tell: Rotations): void {
  let steps = 0;
  for (let end = d.length; end > 0;) {
    const part = partOf(d, e, end);
    if (part.kind === 'done') {
      const k = end - 1;
      if (d[k]! < 0) {
        d[k] = -d[k]!;
        tell.flip(k);
      }
      steps = 0;
      end--;
      continue;
    }
    if (++steps > MAX_STEPS) throw new LabError('unexpected', 'The singular values of a matrix do not settle.');
    if (part.kind === 'last-zero') chaseUp(d, e, part.start, end, tell.right);
    else if (part.kind === 'zero') chaseDown(d, e, part.start, end, tell.left);
    else step(d, e, part.start, end, tell);
  }
}

type Part = { readonly kind: 'done' } | { readonly kind: 'last-zero' | 'zero' | 'whole'; readonly start: number };

/** What the block that ends at `end` is, once negligible values are set to 0. */
function partOf(d: Float64Array, e: Float64Array, end: number): Part {
  let start = end - 1;
  for (; start > 0; start--) {
    const k = start - 1;
    if (Math.abs(e[k]!) <= Number.EPSILON * (Math.abs(d[k]!) + Math.abs(d[start]!)) + NOTHING) {
      e[k] = 0;
      break;
    }
  }
  if (start === end - 1) return { kind: 'done' };
  for (let k = end - 1; k >= start; k--) {
    const beside = (k < end - 1 ? Math.abs(e[k]!) : 0) + (k > start ? Math.abs(e[k - 1]!) : 0);
    if (Math.abs(d[k]!) > Number.EPSILON * beside + NOTHING) continue;
    d[k] = 0;
    return k === end - 1 ? { kind: 'last-zero', start } : { kind: 'zero', start: k + 1 };
  }
  return { kind: 'whole', start };
}

/** The last value is 0: what stands above it is rotated up and out. */
function chaseUp(d: Float64Array, e: Float64Array, start: number, end: number, right: Rotation): void {
  const last = end - 1;
  let f = e[last - 1]!;
  e[last - 1] = 0;
  for (let j = last - 1; j >= start; j--) {
    const [c, s, r] = givens(d[j]!, f);
    d[j] = r;
    if (j > start) {
      f = -s * e[j - 1]!;
      e[j - 1]! *= c;
    }
    right(j, last, c, s);
  }
}

/** The value before `start` is 0: what stands beside it is rotated down and out. */
function chaseDown(d: Float64Array, e: Float64Array, start: number, end: number, left: Rotation): void {
  const zero = start - 1;
  let f = e[zero]!;
  e[zero] = 0;
  for (let j = start; j < end; j++) {
    const [c, s, r] = givens(d[j]!, f);
    d[j] = r;
    f = -s * e[j]!;
    e[j]! *= c;
    left(j, zero, c, s);
  }
}

/** One QR step on [start, end), shifted by the eigenvalue of the last two rows that lies nearer to the last. */
function step(d: Float64Array, e: Float64Array, start: number, end: number, { left, right }: Rotations): void {
  const last = end - 1;
  let [f, g] = shifted(d, e, start, last);
  for (let j = start; j < last; j++) {
    let [c, s, r] = givens(f, g);
    if (j > start) e[j - 1] = r;
    f = c * d[j]! + s * e[j]!;
    e[j] = c * e[j]! - s * d[j]!;
    g = s * d[j + 1]!;
    d[j + 1]! *= c;
    right(j, j + 1, c, s);
    [c, s, r] = givens(f, g);
    d[j] = r;
    f = c * e[j]! + s * d[j + 1]!;
    d[j + 1] = c * d[j + 1]! - s * e[j]!;
    g = s * e[j + 1]!;
    e[j + 1]! *= c;
    left(j, j + 1, c, s);
  }
  e[last - 1] = f;
}

function shifted(d: Float64Array, e: Float64Array, start: number, last: number): [number, number] {
  const above = last - 1;
  const values = [d[last]!, d[above]!, e[above]!, d[start]!, e[start]!];
  const scale = Math.max(...values.map(Math.abs));
  const [sp = 0, spm1 = 0, epm1 = 0, sk = 0, ek = 0] = values.map((value) => value / scale);
  const b = ((spm1 + sp) * (spm1 - sp) + epm1 * epm1) / 2;
  const c = (sp * epm1) ** 2;
  const root = Math.sqrt(b * b + c);
  const shift = b === 0 && c === 0 ? 0 : c / (b + (b < 0 ? -root : root));
  return [(sk + sp) * (sk - sp) + shift, sk * ek];
}

/** Cosine, sine and length of (f, g). */
function givens(f: number, g: number): [number, number, number] {
  const r = Math.sqrt(f * f + g * g);
  // Where squares lose digits, nothing is left that counts.
  return r < NOTHING ? [1, 0, f] : [f / r, g / r, r];
}
