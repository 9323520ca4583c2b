/** What goes into a pass of a decoder and what comes out of it, by the hub's names: tokens, mask, KV cache, logits. */
import type { Feeds, Outputs, Session } from '../inference/session';
import type { Resident, Tensor } from '../inference/tensor';
import { type CachePart, type DecoderShape, LOGITS_KEPT } from './decoderShape';

/** Its parts by the names of the inputs that they are fed to: [rows, heads, columns, width], or a state of each row. */
export type KvCache = Readonly<Record<string, Resident>>;

/** A row of a cache: the first `length` columns at that place are its own. */
export interface CacheRow {
  readonly cache: KvCache;
  readonly place: number;
  readonly length: number;
}

/**
 * What a pass is fed: `ids[row]` are the new tokens, alike in number; `lengths[row]` the columns of the cache that
 * are the row's own. The rest is padding, and masked.
 */
export function passFeeds(
  shape: DecoderShape,
  inputNames: readonly string[],
  ids: readonly (readonly number[])[],
  lengths: readonly number[],
  cache: KvCache | null,
): Feeds {
  const rows = ids.length;
  const fresh = ids[0]?.length ?? 0;
  const past = cache ? columnsOf(shape, cache) : 0;
  const width = past + fresh;
  const mask = new BigInt64Array(rows * width);
  lengths.forEach((length, row) => {
    const at = shape.layout === 'whole' ? length : past;
    mask.fill(1n, row * width, row * width + length).fill(1n, row * width + at, row * width + at + fresh);
  });
  const feeds: Record<string, Tensor | Resident> = {
    ...(cache ?? emptyCache(shape)),
    input_ids: int64(ids.flat(), [rows, fresh]),
    attention_mask: { type: 'int64' as const, data: mask, dims: [rows, width] },
  };
  for (const name of LOGITS_KEPT) if (inputNames.includes(name)) feeds[name] = int64([1], []);
  if (!inputNames.includes('position_ids')) return feeds;
  const positions = lengths.flatMap((length) => Array.from({ length: fresh }, (_, i) => length + i));
  return { ...feeds, position_ids: int64(positions, [rows, fresh]) };
}

/** Rows side by side in a new cache of that many columns; the old ones stay. */
export function joinCaches(
  session: Session,
  { parts }: DecoderShape,
  rows: readonly CacheRow[],
  columns: number,
): KvCache {
  return Object.fromEntries(
    parts.map((part) => {
      const state = stateColumns(part);
      const taken = rows.map(({ cache, place, length }) => ({
        tensor: partOf(cache, part),
        row: place,
        length: state ?? length,
      }));
      return [part.input, session.join(taken, state ?? columns)];
    }),
  );
}

/**
 * The cache after a pass that added `fresh` columns to each row: what the graph gave, or the old one with the new
 * columns in it, or one with `room` for more of them where the old one was full.
 */
export function grownCache(
  session: Session,
  shape: DecoderShape,
  output: Outputs,
  cache: KvCache | null,
  lengths: readonly number[],
  fresh: number,
  room: number,
): KvCache {
  const given = cacheOf(shape, output);
  const { layout } = shape;
  // Without padding, what is behind it is right behind the row's own.
  const past = cache ? columnsOf(shape, cache) : 0;
  if (layout === 'whole' || (layout === 'behind' && lengths.every((length) => length === past))) return given;
  try {
    const needed = Math.max(...lengths) + fresh;
    if (!cache) {
      const rows = lengths.map((_, place) => ({ cache: given, place, length: fresh }));
      return joinCaches(session, shape, rows, needed + room);
    }
    const rows = lengths.map((length, place) => ({ cache, place, length }));
    const grown = needed <= past ? cache : joinCaches(session, shape, rows, needed + room);
    for (const part of shape.parts) {
      const state = stateColumns(part);
      const at = state === null ? lengths : lengths.map(() => 0);
      session.append(partOf(grown, part), partOf(given, part), at, state ?? fresh);
    }
    return grown;
  } finally {
    release(given);
  }
}

/** Null for a part that grows; a state is written over as a whole. */
function stateColumns({ grows, dims }: CachePart): number | null {
  return grows ? null : (dims[1] ?? 0);
}

function columnsOf({ parts }: DecoderShape, cache: KvCache): number {
  const part = parts.find(({ grows }) => grows);
  return (part && cache[part.input]?.dims[2]) ?? 0;
}

/** Of the last position of the row at that place. */
export function logitsOf({ read }: Outputs, place: number): Float32Array {
  const logits = read['logits'];
  if (!logits) throw new Error('The model gave no logits.');
  const [, positions = 1, width = 0] = logits.dims;
  const end = (place + 1) * positions * width;
  return logits.data.subarray(end - width, end);
}

function int64(values: readonly number[], dims: readonly number[]): Tensor {
  return { type: 'int64', data: BigInt64Array.from(values, BigInt), dims };
}

/** Of one row. */
function emptyCache({ parts }: DecoderShape): Record<string, Tensor> {
  return Object.fromEntries(
    parts.map(({ input, type, dims }): [string, Tensor] => {
      const size = dims.reduce((product, dim) => product * dim, 1);
      const tensor: Tensor =
        type === 'float16'
          ? { type, data: new Uint16Array(size), dims: [1, ...dims] }
          : { type, data: new Float32Array(size), dims: [1, ...dims] };
      return [input, tensor];
    }),
  );
}

function cacheOf({ parts }: DecoderShape, { kept }: Outputs): KvCache {
  return Object.fromEntries(
    parts.map(({ input, output }) => {
      const tensor = kept[output];
      if (!tensor) throw new Error(`The model gave no ${output}.`);
      return [input, tensor];
    }),
  );
}

function partOf(cache: KvCache, { input }: CachePart): Resident {
  const tensor = cache[input];
  if (!tensor) throw new Error(`The cache has no ${input}.`);
  return tensor;
}

export function release(cache: KvCache): void {
  for (const tensor of Object.values(cache)) tensor.release();
}
