/**
 * Vectors as int8 codes, symmetric, one scale for each vector: x ≈ scale * codes, codes within ±127.
 *
 * How far the codes' dot product can be from the true one (x', q' stand for scale * codes; Cauchy-Schwarz twice):
 *   |q·x - q'·x'| = |q·(x - x') + (q - q')·x'| <= |q| |x - x'| + |q - q'| |x'|
 * which is `onResidual * residual + onNorm * norm`. It is evaluated in f32, as are the codes' product and the bounds
 * q'·x' ± slack, each within 2^-22 of |q'| |x'| or of the slack; the factors 1 + GUARD and the term GUARD |q| cover that
 * and the last bits of the doubles in which scores are summed. LEAST keeps the slack above what f32 loses to underflow.
 */
const GUARD = 2 ** -20;
const LEAST = 2 ** -50;
/** Beyond this length f32 could overflow. */
const LONGEST = 2 ** 40;

export interface Quantised {
  readonly codes: Int8Array;
  readonly scale: number;
  /** |x|, and |x - x'| and |x'| rounded up. */
  readonly length: number;
  readonly residual: number;
  readonly norm: number;
}

/** `codes` is written and returned. A vector too long, or not of numbers, gets an infinite residual: nothing is known of its scores. */
export function quantise(vector: Float32Array, codes: Int8Array): Quantised {
  let greatest = 0;
  let square = 0;
  // Indexed, since an iterator takes four times as long.
  for (let i = 0; i < vector.length; i++) {
    const x = vector[i] ?? 0;
    greatest = Math.max(greatest, Math.abs(x));
    square += x * x;
  }
  const length = Math.sqrt(square);
  // Not a number fails this too.
  if (!(length <= LONGEST)) return { codes: codes.fill(0), scale: 0, length, residual: Infinity, norm: 0 };
  const scale = Math.fround(greatest / 127);
  let lost = 0;
  let kept = 0;
  for (let i = 0; i < vector.length; i++) {
    const x = vector[i] ?? 0;
    // Scales so small that f32 rounds them coarsely, or to nothing, would ask for more than 127.
    // Math.round, which is slower by far, would differ in nothing that the residual does not count.
    const code = scale === 0 ? 0 : Math.max(-127, Math.min(127, Math.floor(x / scale + 0.5)));
    codes[i] = code;
    const near = code * scale;
    lost += (x - near) * (x - near);
    kept += near * near;
  }
  return { codes, scale, length, residual: up(Math.sqrt(lost)), norm: Math.fround(Math.sqrt(kept) * (1 + GUARD)) };
}

export interface QuantisedQuery extends Quantised {
  readonly onResidual: number;
  readonly onNorm: number;
}

/** Null for a query too long, or not of numbers. */
export function quantiseQuery(query: Float32Array): QuantisedQuery | null {
  const quantised = quantise(query, new Int8Array(query.length));
  if (quantised.residual === Infinity) return null;
  const length = Math.max(quantised.length, quantised.norm);
  return { ...quantised, onResidual: up(length), onNorm: Math.fround(quantised.residual + GUARD * length) };
}

function up(length: number): number {
  return Math.fround(Math.max(length, LEAST) * (1 + GUARD));
}
