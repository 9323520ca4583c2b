import { finish } from '../job';
import type { Embedder } from './embedder';

/** Texts, and the vectors that WebAssembly makes of them, each alone. */
export interface KnownVectors {
  readonly texts: readonly string[];
  /** Base64 of signed bytes, one for each dimension, to any scale. */
  readonly vectors: readonly string[];
  /** Another device's vectors must have at least this cosine with them. */
  readonly leastCosine: number;
}

/**
 * Has a device embed texts of which the vectors are known, together, so that they are padded. Returns the least cosine
 * between what it made and what is known, -1 to 1; NaN where a vector is not numbers.
 */
export async function selfTest(embedder: Embedder, known: KnownVectors, signal: AbortSignal): Promise<number> {
  const { dimensions } = embedder;
  const made = await finish(embedder.embed(known.texts, 'query', signal));
  return known.vectors.reduce((least, vector, row) => {
    const expected = Int8Array.from(atob(vector), (byte) => byte.charCodeAt(0));
    return Math.min(least, cosine(made.subarray(row * dimensions, (row + 1) * dimensions), expected));
  }, 1);
}

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const [x, y] = [a[i] ?? NaN, b[i] ?? NaN];
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  return dot / Math.sqrt(aa * bb);
}
