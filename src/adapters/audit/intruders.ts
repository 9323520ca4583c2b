/* eslint-disable @typescript-eslint/no-non-null-assertion -- typed arrays, read within their bounds */
/** Intruder dimensions of one adapted linear, found and turned down as PEFT's `reduce_intruder_dimension` does. */
import type { LoraPair } from '../adapter';
import type { Matrix } from './bidiagonal';
import { multiply, truncate } from './lowRank';
import { coordinates, strongest } from './singular';

export interface AuditSettings {
  /** How many of the strongest directions of W + dW are looked at. */
  readonly topK: number;
  /** A direction whose cosine with every left singular vector of W is below this is an intruder. */
  readonly epsilon: number;
}

/** One singular direction of W + dW, sigma u v^T. */
export interface Intruder {
  /** Of unit length, [outputs]. */
  readonly left: Float64Array;
  /** sigma v, [inputs]. */
  readonly right: Float64Array;
  /** The largest that it has with a left singular vector of W. */
  readonly cosine: number;
}

/** `base` is W [outputs, inputs] in fp32. Yields often, for whoever has other things to do. */
export function* findIntruders(
  base: Float32Array,
  pair: LoraPair,
  { topK, epsilon }: AuditSettings,
): Generator<void, Intruder[]> {
  const shape = { rows: pair.outputs, columns: pair.inputs };
  const worn: Matrix = { ...shape, data: merged(base, pair) };
  const { vectors } = yield* strongest(worn, topK);
  const known = yield* coordinates({ ...shape, data: Float64Array.from(base) }, vectors);
  return vectors.flatMap((left, k) => {
    const cosine = known[k]!.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    return cosine < epsilon ? [{ left, right: through(worn, left), cosine }] : [];
  });
}

/** W + scale B A. */
function merged(base: Float32Array, pair: LoraPair): Float64Array {
  const { a, b } = factors(pair);
  const delta = multiply(b, a).data;
  for (let i = 0; i < delta.length; i++) delta[i] = base[i]! + pair.scale * delta[i]!;
  return delta;
}

function factors({ rank, inputs, outputs, a, b }: LoraPair): { a: Matrix; b: Matrix } {
  return {
    a: { rows: rank, columns: inputs, data: Float64Array.from(a) },
    b: { rows: outputs, columns: rank, data: Float64Array.from(b) },
  };
}

/** M^T x. */
function through({ rows, columns, data }: Matrix, x: Float64Array): Float64Array {
  const out = new Float64Array(columns);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j]! += x[i]! * data[i * columns + j]!;
  return out;
}

/**
 * The pair with the share `lambda` of each intruder left, cut back to its rank: dW + (lambda - 1) sum of
 * sigma u v^T, over the scale. Without intruders it stays as it is.
 */
export function mitigate(pair: LoraPair, intruders: readonly Intruder[], lambda: number): LoraPair {
  if (intruders.length === 0) return pair;
  const { a, b } = factors(pair);
  const { rank, inputs, outputs, scale } = pair;
  const width = rank + intruders.length;
  const left = new Float64Array(outputs * width);
  const right = new Float64Array(width * inputs);
  for (let i = 0; i < outputs; i++) {
    left.set(b.data.subarray(i * rank, (i + 1) * rank), i * width);
    intruders.forEach((intruder, k) => (left[i * width + rank + k] = intruder.left[i]!));
  }
  right.set(a.data);
  intruders.forEach((intruder, k) => {
    right.set(
      intruder.right.map((value) => ((lambda - 1) / scale) * value),
      (rank + k) * inputs,
    );
  });
  const cut = truncate(
    { b: { rows: outputs, columns: width, data: left }, a: { rows: width, columns: inputs, data: right } },
    rank,
  );
  return { ...pair, a: Float32Array.from(cut.a.data), b: Float32Array.from(cut.b.data) };
}
