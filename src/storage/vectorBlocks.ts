/** Vectors packed into blocks: one record of 1,024 rows is several times faster to write and read than 1,024 records. */
import type { VectorKey } from './library';

export const BLOCK_ROWS = 1024;

/** Row i of `rows` (i * dimensions) is the vector of keys[i]. */
export interface Block {
  readonly keys: readonly VectorKey[];
  readonly dimensions: number;
  readonly rows: Float32Array<ArrayBuffer>;
}

/** A copy, so that the block can be let go. */
export function rowOf(rows: Float32Array, dimensions: number, row: number): Float32Array {
  return rows.slice(row * dimensions, (row + 1) * dimensions);
}

/** The same rows in the same order in blocks of 1,024, the last one shorter. All of equal dimensions. */
export function pack(blocks: readonly Block[]): Block[] {
  const dimensions = blocks[0]?.dimensions ?? 0;
  const keys = blocks.flatMap((block) => block.keys);
  const rows = new Float32Array(keys.length * dimensions);
  let at = 0;
  for (const block of blocks) {
    rows.set(block.rows, at);
    at += block.rows.length;
  }
  const packed: Block[] = [];
  for (let from = 0; from < keys.length; from += BLOCK_ROWS) {
    const to = Math.min(from + BLOCK_ROWS, keys.length);
    packed.push({ keys: keys.slice(from, to), dimensions, rows: rows.slice(from * dimensions, to * dimensions) });
  }
  return packed;
}

/** The block without the rows whose key is not live. */
export function withoutDead({ keys, dimensions, rows }: Block, live: ReadonlySet<VectorKey>): Block {
  const kept = [...keys.keys()].filter((row) => live.has(keys[row] ?? ''));
  const left = new Float32Array(kept.length * dimensions);
  for (const [to, from] of kept.entries())
    left.set(rows.subarray(from * dimensions, (from + 1) * dimensions), to * dimensions);
  return { keys: kept.map((row) => keys[row] ?? ''), dimensions, rows: left };
}
