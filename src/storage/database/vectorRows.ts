/** Stored vectors as rows to be read one by one, for an index that holds their codes alone. */
import { LabError } from '../../errors';
import type { VectorRows } from '../../retrieval/vectorRows';
import type { VectorKey } from '../library';
import { BLOCK_ROWS } from '../vectorBlocks';
import { type Connection, connect, told } from './connection';

/** Blocks kept in memory, since the best rows of questions in a row often share theirs; 1.5 MB each at 384 dimensions. */
const KEPT_BLOCKS = 16;

export interface StoredVectors extends VectorRows {
  /** All rows there are of so many dimensions, in the order of their numbers, which this sets anew; a block at a time. */
  blocks(): AsyncGenerator<{ readonly keys: readonly VectorKey[]; readonly rows: Float32Array }, null, void>;
  /** Bytes of memory that it holds. */
  readonly bytes: number;
  close(): void;
}

/**
 * Rows are numbered by `blocks`. Where vectors were stored or swept away since, reading a row that lies elsewhere now
 * throws `unexpected`: its index is out of date. Throws `storage-refused`.
 */
export async function openStoredVectors(dimensions: number, name?: string): Promise<StoredVectors> {
  return new Blocks(dimensions, await connect(name));
}

class Blocks implements StoredVectors {
  /** Ids of the blocks, and each one's first row; the last is the number of all rows. */
  #ids: number[] = [];
  #starts: number[] = [0];
  /** The one used last stands last. */
  readonly #kept = new Map<number, Float32Array>();

  constructor(
    private readonly dimensions: number,
    private readonly database: Connection,
  ) {}

  get bytes(): number {
    const kept = [...this.#kept.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
    return kept + 16 * this.#ids.length;
  }

  async *blocks(): AsyncGenerator<{ keys: readonly VectorKey[]; rows: Float32Array }, null, void> {
    this.#kept.clear();
    this.#ids = [];
    this.#starts = [0];
    for (const id of await told(() => this.database.getAllKeys('vectorKeys'))) {
      const found = await told(async () => {
        const tx = this.database.transaction(['vectorKeys', 'vectorRows']);
        return Promise.all([tx.objectStore('vectorKeys').get(id), tx.objectStore('vectorRows').get(id)]);
      });
      const [named, rows] = found;
      if (named?.dimensions !== this.dimensions || !rows) continue;
      this.#ids.push(id);
      this.#starts.push((this.#starts.at(-1) ?? 0) + named.keys.length);
      yield { keys: named.keys, rows };
    }
    return null;
  }

  async read(rows: readonly number[]): Promise<Float32Array> {
    const { dimensions } = this;
    const vectors = new Float32Array(rows.length * dimensions);
    const wanted = new Map<number, { row: number; to: number }[]>();
    for (const [to, row] of rows.entries()) {
      const block = this.#blockOf(row);
      wanted.set(block, [...(wanted.get(block) ?? []), { row, to }]);
    }
    // One after the other, so that no more than one block beside the kept ones is ever in memory.
    for (const [block, places] of wanted) {
      const held = await this.#read(block);
      for (const { row, to } of places) {
        const at = (row - (this.#starts[block] ?? 0)) * dimensions;
        vectors.set(held.subarray(at, at + dimensions), to * dimensions);
      }
    }
    return vectors;
  }

  close(): void {
    this.database.close();
  }

  async #read(block: number): Promise<Float32Array> {
    const id = this.#ids[block] ?? -1;
    const length = ((this.#starts[block + 1] ?? 0) - (this.#starts[block] ?? 0)) * this.dimensions;
    const held = this.#kept.get(id) ?? (await told(() => this.database.get('vectorRows', id)));
    if (held?.length !== length)
      throw new LabError('unexpected', 'Vectors were stored or removed since the index was made of them.');
    this.#kept.delete(id);
    this.#kept.set(id, held);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > KEPT_BLOCKS && oldest !== undefined) this.#kept.delete(oldest);
    return held;
  }

  /** The last block that begins at or before the row. */
  #blockOf(row: number): number {
    // No block has more rows, so it is this one or, where batches of late have not filled theirs, one soon after.
    let block = Math.floor(row / BLOCK_ROWS);
    while ((this.#starts[block + 1] ?? Infinity) <= row) block++;
    if (!(block in this.#ids)) throw new RangeError(`Row ${String(row)} of ${String(this.#starts.at(-1))}`);
    return block;
  }
}
