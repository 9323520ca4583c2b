import { mixed } from './shingles';

/** Hash functions; bands times rows. */
const SKETCH = 60;
/** h(x) = a * x + b mod 2^32 with odd a; made once from a fixed seed, so that a text has one sketch for ever. */
const FACTORS = Uint32Array.from({ length: SKETCH }, (_, i) => mixed(2 * i + 1) | 1);
const OFFSETS = Uint32Array.from({ length: SKETCH }, (_, i) => mixed(2 * i + 2));

/**
 * The least hash of the set under each of 60 functions: two sets agree in one with the probability of their
 * resemblance (Broder 1997, "On the resemblance and containment of documents", theorem 1). The sketch of a union is the
 * least of the parts' sketches (`merge`).
 */
export function sketchOf(shingles: Uint32Array): Uint32Array {
  const least = new Uint32Array(SKETCH).fill(0xffffffff);
  for (const shingle of shingles)
    for (let i = 0; i < SKETCH; i++) {
      const hash = (Math.imul(FACTORS[i] ?? 1, shingle) + (OFFSETS[i] ?? 0)) >>> 0;
      if (hash < (least[i] ?? 0)) least[i] = hash;
    }
  return least;
}

/** Makes `into` the sketch of both sets together. */
export function merge(into: Uint32Array, other: Uint32Array): void {
  for (let i = 0; i < SKETCH; i++) into[i] = Math.min(into[i] ?? 0, other[i] ?? 0);
}

/** An estimate of the resemblance, with a standard error of at most 0.065. */
export function likeness(a: Uint32Array, b: Uint32Array): number {
  let same = 0;
  for (let i = 0; i < SKETCH; i++) if (a[i] === b[i]) same++;
  return same / SKETCH;
}

/**
 * Sketches by bands of `rows` hashes (Leskovec, Rajaraman & Ullman, "Mining of Massive Datasets", 3.4): two sets of
 * resemblance s share a band, and so meet, with the probability 1 - (1 - s^rows)^(60 / rows).
 * In flat arrays: a hundred thousand passages have more than a million bands.
 */
export class Bands {
  readonly #bands: number;
  #hashes = new Uint32Array(1024);
  /** The entry put into the same slot before; -1 is none. */
  #next = new Int32Array(1024);
  #heads = new Int32Array(1024).fill(-1);
  #count = 0;

  constructor(private readonly rows: number) {
    this.#bands = Math.floor(SKETCH / rows);
  }

  /** Puts in the next member, numbered from 0. Only members of the same `kind` meet. */
  add(sketch: Uint32Array, kind = 0): void {
    for (let band = 0; band < this.#bands; band++) {
      if (this.#count === this.#hashes.length) this.#grow();
      const hash = this.#hash(sketch, kind, band);
      this.#hashes[this.#count] = hash;
      this.#link(this.#count++, hash);
    }
  }

  /** Members that share a band, the latest first, at most `most`. */
  meeting(sketch: Uint32Array, kind = 0, most = 64): number[] {
    const found = new Set<number>();
    for (let band = 0; band < this.#bands && found.size < most; band++) {
      const hash = this.#hash(sketch, kind, band);
      let entry = this.#heads[hash & (this.#heads.length - 1)] ?? -1;
      for (; entry >= 0 && found.size < most; entry = this.#next[entry] ?? -1)
        if (this.#hashes[entry] === hash) found.add(Math.floor(entry / this.#bands));
    }
    return [...found];
  }

  #hash(sketch: Uint32Array, kind: number, band: number): number {
    let hash = mixed(kind ^ Math.imul(band + 1, 0x9e3779b9));
    for (let i = band * this.rows; i < (band + 1) * this.rows; i++)
      hash = mixed(Math.imul(hash, 33) ^ (sketch[i] ?? 0));
    return hash;
  }

  #link(entry: number, hash: number): void {
    const slot = hash & (this.#heads.length - 1);
    this.#next[entry] = this.#heads[slot] ?? -1;
    this.#heads[slot] = entry;
  }

  #grow(): void {
    const size = 2 * this.#hashes.length;
    const [hashes, next] = [new Uint32Array(size), new Int32Array(size)];
    hashes.set(this.#hashes);
    this.#hashes = hashes;
    this.#next = next;
    this.#heads = new Int32Array(size).fill(-1);
    for (let entry = 0; entry < this.#count; entry++) this.#link(entry, hashes[entry] ?? 0);
  }
}
