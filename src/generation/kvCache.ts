/** What goes into a pass of a decoder and what comes out of it, by the hub's names: tokens, mask, KV cache, logits. */
import type { Feeds, Outputs, Session } from '../inference/session';
import type { Resident, Tensor } from '../inference/tensor';
import type { CacheLayout } from './graph';

/** What has to be known of a decoder with a KV cache. */
export interface DecoderShape {
  readonly layers: number;
  readonly kvHeads: number;
  readonly headWidth: number;
  readonly endTokens: readonly number[];
  readonly layout: CacheLayout;
  /** Whether several rows may run in one pass. */
  readonly batches: boolean;
}

/** Its parts by the names of the inputs that they are fed to, each [rows, heads, columns, width]; see `CacheLayout`. */
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
  const past = cache ? columnsOf(cache) : 0;
  const width = past + fresh;
  const mask = new BigInt64Array(rows * width);
  lengths.forEach((length, row) => {
    const at = shape.layout === 'whole' ? length : past;
    mask.fill(1n, row * width, row * width + length).fill(1n, row * width + at, row * width + at + fresh);
  });
  const feeds = {
    ...(cache ?? emptyCache(shape)),
    input_ids: int64(ids.flat(), [rows, fresh]),
    attention_mask: { type: 'int64' as const, data: mask, dims: [rows, width] },
  };
  if (!inputNames.includes('position_ids')) return feeds;
  const positions = lengths.flatMap((length) => Array.from({ length: fresh }, (_, i) => length + i));
  return { ...feeds, position_ids: int64(positions, [rows, fresh]) };
}

/** Rows side by side in a new cache of that many columns; the old ones stay. */
export function joinCaches(session: Session, rows: readonly CacheRow[], columns: number): KvCache {
  const tensorOf = (cache: KvCache, name: string) => {
    const tensor = cache[name];
    if (!tensor) throw new Error(`The cache has no ${name}.`);
    return tensor;
  };
  return Object.fromEntries(
    Object.keys(rows[0]?.cache ?? {}).map((name) => {
      const parts = rows.map(({ cache, place, length }) => ({ tensor: tensorOf(cache, name), row: place, length }));
      return [name, session.join(parts, columns)];
    }),
  );
}

/**
 * The cache after a pass that added `fresh` columns to each row: what the graph gave, or the old one with the new
 * columns in it, or one with `room` for more of them where the old one was full.
 */
export function grownCache(
  session: Session,
  { layout }: DecoderShape,
  output: Outputs,
  cache: KvCache | null,
  lengths: readonly number[],
  room: number,
): KvCache {
  const given = cacheOf(output);
  if (layout === 'whole') return given;
  try {
    const fresh = columnsOf(given);
    const needed = Math.max(...lengths) + fresh;
    if (!cache) {
      const rows = lengths.map((_, place) => ({ cache: given, place, length: fresh }));
      return joinCaches(session, rows, needed + room);
    }
    const fits = needed <= columnsOf(cache);
    const rows = lengths.map((length, place) => ({ cache, place, length }));
    const grown = fits ? cache : joinCaches(session, rows, needed + room);
    for (const [name, tensor] of Object.entries(given)) {
      const into = grown[name];
      if (into) session.append(into, tensor, lengths);
    }
    return grown;
  } finally {
    release(given);
  }
}

function columnsOf(cache: KvCache): number {
  return Object.values(cache)[0]?.dims[2] ?? 0;
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

function emptyCache(shape: DecoderShape): Record<string, Tensor> {
  const empty = (name: string): Tensor => ({
    type: 'float32',
    data: new Float32Array(0),
    dims: cacheDims(shape, name, 1, 0),
  });
  return Object.fromEntries(cacheNames(shape.layers).map((name) => [`past_key_values.${name}`, empty(name)]));
}

/** Of the part with that name. */
export function cacheDims(
  { kvHeads, headWidth, layout }: Pick<DecoderShape, 'kvHeads' | 'headWidth' | 'layout'>,
  name: string,
  rows: number,
  columns: number,
): number[] {
  const turned = layout === 'fresh' && name.endsWith('key');
  return turned ? [rows, kvHeads * headWidth, columns, 1] : [rows, kvHeads, columns, headWidth];
}

/** Names of the cache's parts, without their prefix: as inputs `past_key_values.`, as outputs `present.`. */
export function cacheNames(layers: number): string[] {
  return Array.from({ length: layers }, (_, i) => [`${String(i)}.key`, `${String(i)}.value`]).flat();
}

function cacheOf({ kept }: Outputs): KvCache {
  return Object.fromEntries(
    Object.entries(kept).map(([name, tensor]) => [name.replace(/^present\./, 'past_key_values.'), tensor]),
  );
}

export function release(cache: KvCache): void {
  for (const tensor of Object.values(cache)) tensor.release();
}
