/**
 * Passages that say the same, found by what they share of three-word runs (Broder 1997) and counted once.
 * A copy has the same words, or at least 9 of 10 runs of three words in common and the same numbers, names and negations
 * in the same order: a passage that differs in a value is another passage, however much of its text is the same.
 */
import type { Chunk } from './document';
import { type Compared, compared, normalised, resemblance } from './duplicates/shingles';
import { Bands, merge, sketchOf } from './duplicates/sketch';

/** The share of three-word runs that copies have in common. */
export const COPY = 0.9;
/** Rows of a band: two passages of resemblance 0.9 meet with a probability above 0.9999. */
const ROWS = 5;
/** Words. What is shorter says too little by itself: `One month.` of two contracts are two passages. */
const SHORT = 12;

/** Passages of the same words. */
interface Kin {
  readonly ids: Set<string>;
  /** One of them, to compare by. */
  readonly text: string;
  /** Those that are near to it, by number. */
  readonly near: Set<number>;
}

/** Which passages are copies of which; passages come and go. */
export class Copies {
  #kin: Kin[] = [];
  #byText = new Map<string, number>();
  #kinOf = new Map<string, number>();
  #bands = new Bands(ROWS);

  /** How often anything came or went. */
  changes = 0;

  /** How many passages it knows. */
  get size(): number {
    return this.#kinOf.size;
  }

  /** Compares the passage with all that came before, and returns its shingles' sketch. */
  add(chunk: Chunk): Uint32Array {
    const self = compared(chunk.text);
    const sketch = sketchOf(self.shingles);
    if (this.#kinOf.has(chunk.id) || self.words === 0) return sketch;
    this.changes++;
    const short = self.words < SHORT;
    // The title tells short passages apart.
    const key = short ? `${normalised(chunk.title)}\n${normalised(chunk.text)}` : normalised(chunk.text);
    const before = this.#byText.get(key);
    if (before !== undefined) {
      this.#kin[before]?.ids.add(chunk.id);
      this.#kinOf.set(chunk.id, before);
      return sketch;
    }
    const number = this.#kin.length;
    const kin: Kin = { ids: new Set([chunk.id]), text: chunk.text, near: new Set() };
    const found = short ? [] : this.#bands.meeting(sketch, self.telling).filter((one) => this.#isNear(self, one));
    this.#kin.push(kin);
    this.#bands.add(sketch, short ? number : self.telling);
    this.#byText.set(key, number);
    this.#kinOf.set(chunk.id, number);
    for (const one of found) {
      kin.near.add(one);
      this.#kin[one]?.near.add(number);
    }
    return sketch;
  }

  /** Of a passage that is not short. */
  #isNear({ shingles, telling }: Compared, number: number): boolean {
    const other = compared(this.#kin[number]?.text ?? '');
    return other.telling === telling && other.words >= SHORT && resemblance(shingles, other.shingles) >= COPY;
  }

  remove(ids: Iterable<string>): void {
    this.changes++;
    for (const id of ids) {
      const kin = this.#kin[this.#kinOf.get(id) ?? -1];
      kin?.ids.delete(id);
      this.#kinOf.delete(id);
    }
    if (this.size > 0) return;
    this.#kin = [];
    this.#byText = new Map();
    this.#bands = new Bands(ROWS);
  }

  /**
   * Of these passages, given those that count first, each copy with the passage that counts in its stead. What counts is
   * never a copy of another that counts.
   */
  among(ids: Iterable<string>): Map<string, string> {
    const counts = new Map<number, string>();
    const copies = new Map<string, string>();
    for (const id of ids) {
      const number = this.#kinOf.get(id);
      const kin = number === undefined ? undefined : this.#kin[number];
      if (number === undefined || !kin) continue;
      const first = [number, ...kin.near].map((one) => counts.get(one)).find((one) => one !== undefined);
      if (first === undefined) counts.set(number, id);
      else if (first !== id) copies.set(id, first);
    }
    return copies;
  }

  /** Whether the passage has any copy at all. */
  hasCopies(id: string): boolean {
    const kin = this.#kin[this.#kinOf.get(id) ?? -1];
    return kin !== undefined && (kin.ids.size > 1 || kin.near.size > 0);
  }
}

/** The sketch of a document from those of its passages. */
export function documentSketch(sketches: Iterable<Uint32Array>): Uint32Array {
  const whole = sketchOf(new Uint32Array());
  for (const sketch of sketches) merge(whole, sketch);
  return whole;
}
