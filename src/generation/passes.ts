/** What goes into a pass of a decoder and what comes out of it, by the hub's names: tokens, mask, cache, logits. */
import type { Columns } from '../inference/rows';
import type { Feeds, Outputs } from '../inference/session';
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

/** Its parts by the names of the inputs that they are fed to, each [rows, heads, columns, width]. */
export type KvCache = Readonly<Record<string, Resident>>;

/**
 * What a pass is fed: `ids[row]` are the new tokens, alike in number; `columns[row]` those of the cache, the new ones
 * included, that are the row's own. Everything else is masked.
 */
export function passFeeds(
  shape: DecoderShape,
  inputNames: readonly string[],
  ids: readonly (readonly number[])[],
  columns: readonly (readonly Columns[])[],
  cache: KvCache | null,
): Feeds {
  const rows = ids.length;
  const fresh = ids[0]?.length ?? 0;
  const width = (cache ? columnsOf(cache) : 0) + fresh;
  const mask = columns.flatMap((own) => {
    const real = new Array<number>(width).fill(0);
    for (const [from, to] of own) real.fill(1, from, to);
    return real;
  });
  const feeds = {
    ...(cache ?? emptyCache(shape)),
    input_ids: int64(ids.flat(), [rows, fresh]),
    attention_mask: int64(mask, [rows, width]),
  };
  if (!inputNames.includes('position_ids')) return feeds;
  const positions = columns.flatMap((own) => Array.from({ length: fresh }, (_, i) => count(own) - fresh + i));
  return { ...feeds, position_ids: int64(positions, [rows, fresh]) };
}

export function count(columns: readonly Columns[]): number {
  return columns.reduce((sum, [from, to]) => sum + to - from, 0);
}

export function columnsOf(cache: KvCache): number {
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

function emptyCache({ layers, kvHeads, headWidth }: DecoderShape): Record<string, Tensor> {
  const empty: Tensor = { type: 'float32', data: new Float32Array(0), dims: [1, kvHeads, 0, headWidth] };
  return Object.fromEntries(cacheNames(layers).map((name) => [`past_key_values.${name}`, empty]));
}

/** Names of the cache's parts, without their prefix: as inputs `past_key_values.`, as outputs `present.`. */
export function cacheNames(layers: number): string[] {
  return Array.from({ length: layers }, (_, i) => [`${String(i)}.key`, `${String(i)}.value`]).flat();
}

export function cacheOf({ kept }: Outputs): KvCache {
  return Object.fromEntries(
    Object.entries(kept).map(([name, tensor]) => [name.replace(/^present\./, 'past_key_values.'), tensor]),
  );
}

export function release(cache: KvCache): void {
  for (const tensor of Object.values(cache)) tensor.release();
}
