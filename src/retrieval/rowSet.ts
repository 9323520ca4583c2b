/** A set of rows as bits: row r is bit `r % 32` of word `r / 32`. It grows as rows are added. */
export class RowSet {
  #words: Uint32Array;
  #size = 0;

  constructor(rows: Iterable<number> = [], capacity = 0) {
    this.#words = new Uint32Array(Math.ceil(capacity / 32));
    for (const row of rows) this.add(row);
  }

  /** How many rows are in it. */
  get size(): number {
    return this.#size;
  }

  has(row: number): boolean {
    return (this.word(row >>> 5) & (1 << (row & 31))) !== 0;
  }

  add(row: number): void {
    if (this.has(row)) return;
    const at = row >>> 5;
    this.#makeRoom(at);
    this.#words[at] = this.word(at) | (1 << (row & 31));
    this.#size++;
  }

  /** Rows from `from` up to `to`, a word at a time. */
  addRange(from: number, to: number): void {
    if (from >= to) return;
    this.#makeRoom((to - 1) >>> 5);
    for (let at = from >>> 5; at <= (to - 1) >>> 5; at++) {
      const low = Math.max(from - 32 * at, 0);
      const high = Math.min(to - 32 * at, 32);
      const bits = (high === 32 ? -1 : (1 << high) - 1) & (-1 << low);
      const had = this.word(at);
      this.#words[at] = had | bits;
      this.#size += ones(bits & ~had);
    }
  }

  /** Rows `32 * at` to `32 * at + 31`, the lowest bit first. */
  word(at: number): number {
    return this.#words[at] ?? 0;
  }

  #makeRoom(at: number): void {
    if (at < this.#words.length) return;
    const grown = new Uint32Array(Math.max(2 * this.#words.length, at + 1));
    grown.set(this.#words);
    this.#words = grown;
  }
}

/** How many bits are set: summed in pairs, fours, bytes. */
function ones(bits: number): number {
  const pairs = bits - ((bits >>> 1) & 0x5555_5555);
  const fours = (pairs & 0x3333_3333) + ((pairs >>> 2) & 0x3333_3333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}
