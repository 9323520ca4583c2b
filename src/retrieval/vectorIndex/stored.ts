import { LabError } from '../../errors';
import type { OpenScanKernel } from '../kernels/scan';
import type { RowSet } from '../rowSet';
import { TopK } from '../topK';
import type { Found } from '../vectorIndex';
import type { VectorRows } from '../vectorRows';
import { doublesOf, found } from './flat';
import { quantiseQuery } from './quantise';
import { dot, rowsIn } from './rows';
import { MOST, Sketch } from './sketch';

/** Rows read at once: enough for one search mostly, and few beside a block of storage. */
const READ = 32;

/**
 * As `QuantisedIndex`, with the codes alone in memory (width + 20 bytes a row): the vectors of the rows that the codes
 * cannot rule out are read from storage. What it finds equals `FlatIndex` to the last bit.
 */
export class StoredIndex {
  readonly #sketch: Sketch;
  #size = 0;

  /** Throws `out-of-memory`. `rows` must hold every row by the time it is searched for. */
  constructor(
    readonly dimensions: number,
    private readonly rows: VectorRows,
    open: OpenScanKernel,
  ) {
    this.#sketch = roomFor(0, () => new Sketch(dimensions, open));
  }

  get size(): number {
    return this.#size;
  }

  /** Bytes of memory that it holds. */
  get bytes(): number {
    return this.#sketch.bytes;
  }

  /** Makes room for so many rows in all, and no more. Throws `out-of-memory`. */
  makeRoom(size: number): void {
    roomFor(size, () => {
      this.#sketch.makeRoom(size);
    });
  }

  /** Appends `vectors.length / dimensions` rows, of which it keeps the codes. Throws `out-of-memory`, and then adds none. */
  add(vectors: Float32Array): void {
    const count = rowsIn(vectors, this.dimensions);
    try {
      roomFor(this.#size + count, () => {
        for (let row = 0; row < count; row++)
          this.#sketch.add(vectors.subarray(row * this.dimensions, (row + 1) * this.dimensions));
      });
      this.#size += count;
    } catch (error) {
      this.#sketch.truncate(this.#size);
      throw error;
    }
  }

  /**
   * Best first; ties by lower row. Only rows of `allowed`, when given. `limit`: up to 1,024. `scored` rows were read. A
   * query that is not of numbers, or too long to be one, finds nothing. Throws what reading throws.
   */
  async search(query: Float32Array, limit: number, allowed?: RowSet): Promise<Found> {
    const doubles = doublesOf(this, query);
    const most = Math.min(limit, this.size);
    if (most > MOST) throw new RangeError(`At most ${String(MOST)} rows can be asked for, not ${String(most)}`);
    const quantised = most > 0 ? quantiseQuery(query) : null;
    const best = new TopK(most);
    if (!quantised) return found(best, 0);
    const candidates = this.#sketch.candidates(quantised, most, allowed);
    let scored = 0;
    while (scored < candidates.length) {
      const next = candidates.slice(scored, scored + READ).filter(({ upper }) => upper >= best.floor);
      if (next.length === 0) break;
      const wanted = next.map(({ row }) => row);
      const vectors = await this.rows.read(wanted);
      for (const [at, row] of wanted.entries()) best.offer(row, dot(doubles, vectors, at * this.dimensions));
      scored += next.length;
      // The rest of these were ruled out, and so is all that follows.
      if (next.length < READ) break;
    }
    return found(best, scored);
  }
}

function roomFor<T>(size: number, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new LabError('out-of-memory', `There is no room for the codes of ${String(size)} vectors.`, { cause });
  }
}
