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

/** Different in length, so that in a batch the shorter are padded, and in what they say. */
const TEXTS = [
  'Tea.',
  'How long is the trial period?',
  'Rowing boats are kept in the shed behind the harbour; ask the warden for a key. They may be used from May to September, in daylight only.',
];
/** What rounding may change on one device; the built-in finder's 8-bit graph has 0.9998 between a batch and alone. */
const SAME = 0.999;
/** A text's vector by another graph of the same model, one in 8 bits and one in floats; a GPU that computes something else is far below. */
const SAME_MODEL = 0.95;

/**
 * What can be said of a device where no vectors are known: null if it makes finite vectors of unit length, the same for
 * the same text, alone and padded in a batch, and others for other texts; else what is wrong, for people. `reference`
 * is the same model on WebAssembly, where its graph is at hand.
 */
export async function steadyTest(
  embedder: Embedder,
  reference: Embedder | null,
  signal: AbortSignal,
): Promise<string | null> {
  const { dimensions } = embedder;
  const all = async (by: Embedder, texts: readonly string[]) => {
    const rows = await finish(by.embed(texts, 'query', signal));
    return texts.map((_, row) => rows.subarray(row * dimensions, (row + 1) * dimensions));
  };
  const together = await all(embedder, TEXTS);
  const alone: Float32Array[] = [];
  for (const text of TEXTS) {
    const [first, second] = [await all(embedder, [text]), await all(embedder, [text])].flat() as [
      Float32Array,
      Float32Array,
    ];
    // False for what is not a number, too.
    if (!(Math.abs(Math.hypot(...first) - 1) < 1e-3)) return 'gives vectors that are not of unit length';
    if (!(cosine(first, second) >= 1 - 1e-5)) return 'gives another vector for the same text a second time';
    alone.push(first);
  }
  for (const [i, one] of alone.entries()) {
    const batched = cosine(one, together[i] ?? []);
    if (!(batched >= SAME)) return `gives another vector for a text among others (cosine ${batched.toFixed(4)})`;
    if (alone.some((other, j) => j > i && !(cosine(one, other) < SAME)))
      return 'gives the same vector for different texts';
  }
  for (const [i, known] of (reference ? await all(reference, TEXTS) : []).entries()) {
    const least = cosine(alone[i] ?? [], known);
    if (!(least >= SAME_MODEL)) return `gives a vector whose cosine with WebAssembly’s is ${least.toFixed(4)}`;
  }
  return null;
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
