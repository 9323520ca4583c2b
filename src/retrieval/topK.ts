/** The best `limit` rows seen so far: a bounded heap with the worst at its root. Higher scores first, ties by lower row. */
export class TopK {
  readonly #rows: Uint32Array;
  readonly #scores: Float64Array;
  #size = 0;

  constructor(limit: number) {
    this.#rows = new Uint32Array(limit);
    this.#scores = new Float64Array(limit);
  }

  /** What a score must reach to enter: the worst one's, once there are as many as asked for. */
  get floor(): number {
    return this.#size < this.#rows.length ? -Infinity : (this.#scores[0] ?? Infinity);
  }

  /** A score that is not a number never enters. */
  offer(row: number, score: number): void {
    if (Number.isNaN(score)) return;
    if (this.#size < this.#rows.length) {
      this.#rise(this.#size++, { row, score });
      return;
    }
    const worst = this.#scores[0];
    if (worst === undefined || score < worst || (score === worst && row > (this.#rows[0] ?? 0))) return;
    this.#sink(0, { row, score });
  }

  /** Best first. */
  sorted(): Entry[] {
    const entries = Array.from({ length: this.#size }, (_, i) => this.#at(i));
    return entries.sort((a, b) => b.score - a.score || a.row - b.row);
  }

  #worse(a: Entry, b: Entry): boolean {
    return a.score < b.score || (a.score === b.score && a.row > b.row);
  }

  #at(i: number): Entry {
    return { row: this.#rows[i] ?? 0, score: this.#scores[i] ?? 0 };
  }

  #put(i: number, { row, score }: Entry): void {
    this.#rows[i] = row;
    this.#scores[i] = score;
  }

  #rise(i: number, entry: Entry): void {
    for (let parent = (i - 1) >> 1; i > 0 && this.#worse(entry, this.#at(parent)); parent = (i - 1) >> 1) {
      this.#put(i, this.#at(parent));
      i = parent;
    }
    this.#put(i, entry);
  }

  #sink(i: number, entry: Entry): void {
    for (let child = 2 * i + 1; child < this.#size; child = 2 * i + 1) {
      if (child + 1 < this.#size && this.#worse(this.#at(child + 1), this.#at(child))) child++;
      if (!this.#worse(this.#at(child), entry)) break;
      this.#put(i, this.#at(child));
      i = child;
    }
    this.#put(i, entry);
  }
}

export interface Entry {
  readonly row: number;
  readonly score: number;
}
