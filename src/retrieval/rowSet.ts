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
    if (at >= this.#words.length) {
      const grown = new Uint32Array(Math.max(2 * this.#words.length, at + 1));
      grown.set(this.#words);
      this.#words = grown;
    }
    this.#words[at] = this.word(at) | (1 << (row & 31));
    this.#size++;
  }

  /** Rows `32 * at` to `32 * at + 31`, the lowest bit first. */
  word(at: number): number {
    return this.#words[at] ?? 0;
  }
}
