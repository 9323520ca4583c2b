/**
 * Whether a model fits this device, before it is fetched. Everything here is an estimate, and shown as one.
 */
import type { Device } from '../inference/session';
import type { DeviceFacts } from './facts';

export interface Fit {
  readonly verdict: 'fits' | 'tight' | 'too-large' | 'unknown';
  /** Bytes; of storage where `because` is `storage`, of one tensor where it is `tensor`, else of memory. */
  readonly needs: number | null;
  readonly has: number | null;
  /** What the verdict hangs on; null where nothing stands against it, or nothing is known. */
  readonly because: 'memory' | 'storage' | 'tensor' | 'f16' | 'no-gpu' | null;
}

/** Sizes as a decoder's `config.json` gives them, by transformers' names. */
export interface ModelSizes {
  readonly layers: number;
  readonly kvHeads: number;
  readonly headWidth: number;
}

/** An allowance, not a measurement: the runtime, its scratch memory, the tokenizer. */
const RUNTIME_BYTES = 150e6;
/** WebAssembly addresses 4 GiB at most. */
const WASM_BYTES = 4 * 1024 ** 3;
/** Of the machine's memory, what one page can count on beside the browser and everything else. */
const SHARE = 0.5;
/** Browsers refuse before the last byte, and documents need room too. */
const STORAGE_SHARE = 0.95;

/** Null for a config that does not say. Models with several parts keep the decoder's in `text_config`. */
export function sizesOf(config: unknown): ModelSizes | null {
  const outer = config as Record<string, unknown> | null;
  const inner = (outer?.['text_config'] ?? outer) as Record<string, unknown> | null;
  const number = (name: string) => (typeof inner?.[name] === 'number' ? inner[name] : null);
  const heads = number('num_attention_heads');
  const layers = number('num_hidden_layers');
  const hidden = number('hidden_size');
  const kvHeads = number('num_key_value_heads') ?? heads;
  const headWidth = number('head_dim') ?? (hidden !== null && heads ? hidden / heads : null);
  return layers === null || kvHeads === null || headWidth === null ? null : { layers, kvHeads, headWidth };
}

/** Of the text of a config.json; what is no JSON does not say either. */
export function sizesIn(config: string): ModelSizes | null {
  try {
    return sizesOf(JSON.parse(config));
  } catch {
    return null;
  }
}

/** Bytes of one sequence's KV cache: keys and values of every layer, `window` columns of 4 bytes, or 2 with 16-bit floats. */
export function cacheBytes({ layers, kvHeads, headWidth }: ModelSizes, window: number, f16: boolean): number {
  return 2 * layers * kvHeads * headWidth * window * (f16 ? 2 : 4);
}

/**
 * Memory that a model takes, in bytes: its weights, the cache of one sequence as long as its window, and the runtime. In
 * WebAssembly the file is there twice while it is loaded: as it was read, and inside the runtime. Null without the weights'
 * size; without the config's sizes the cache is left out, so that the estimate is too low.
 */
export function memoryNeeded(
  weights: number | null,
  sizes: ModelSizes | null,
  window: number | null,
  device: Device,
  f16: boolean,
): number | null {
  if (weights === null) return null;
  const cache = sizes && window !== null ? cacheBytes(sizes, window, device === 'webgpu' && f16) : 0;
  return weights * (device === 'wasm' ? 2 : 1) + cache + RUNTIME_BYTES;
}

export interface Asked {
  /** Bytes still to be fetched and kept; null is unknown. */
  readonly toKeep: number | null;
  /** As `memoryNeeded` gives it. */
  readonly memory: number | null;
  /** Bytes of its largest tensor; null before its graph is here, since a listing tells files and not tensors. */
  readonly tensor: number | null;
  readonly device: Device;
  readonly needsGpu: boolean;
  readonly needsF16: boolean;
}

/**
 * `tight` is more than half of what a page can count on, or a tensor beyond what the GPU binds at once: the runtime
 * splits some of those (microsoft/onnxruntime#26429) and fails with others.
 */
export function fitOf(asked: Asked, facts: DeviceFacts): Fit {
  const { memory: needs, toKeep } = asked;
  if (asked.needsGpu && facts.gpu === null) return { verdict: 'too-large', needs, has: null, because: 'no-gpu' };
  if (asked.needsF16 && !facts.f16) return { verdict: 'too-large', needs, has: null, because: 'f16' };
  const { used, quota } = facts.storage;
  const room = quota === null ? null : Math.max(0, quota * STORAGE_SHARE - (used ?? 0));
  if (toKeep !== null && room !== null && toKeep > room)
    return { verdict: 'too-large', needs: toKeep, has: room, because: 'storage' };
  const has = budgetOf(facts, asked.device);
  const tensor = judgeTensor(asked, facts);
  if (tensor && (needs === null || has === null || needs <= has)) return tensor;
  if (needs === null) return { verdict: 'unknown', needs, has, because: null };
  if (asked.device === 'wasm' && needs > WASM_BYTES)
    return { verdict: 'too-large', needs, has: WASM_BYTES, because: 'memory' };
  if (has === null) return { verdict: 'unknown', needs, has, because: null };
  if (needs > has) return { verdict: 'too-large', needs, has, because: 'memory' };
  return needs > has / 2
    ? { verdict: 'tight', needs, has, because: 'memory' }
    : { verdict: 'fits', needs, has, because: null };
}

function judgeTensor({ device, tensor }: Asked, { largestBuffer }: DeviceFacts): Fit | null {
  if (device !== 'webgpu' || tensor === null || largestBuffer === null || tensor <= largestBuffer) return null;
  return { verdict: 'tight', needs: tensor, has: largestBuffer, because: 'tensor' };
}

/** Memory that models may take together, in bytes; null where the browser does not say. */
function budgetOf({ memory }: DeviceFacts, device: Device): number | null {
  if (memory === null) return null;
  return device === 'wasm' ? Math.min(WASM_BYTES, memory * SHARE) : memory * SHARE;
}

/** Where nothing is known of the machine, models are held together up to this size: a cautious guess. */
const UNKNOWN_BUDGET = 1.5e9;

/** Whether models of these sizes are held at once; one alone always is. An unknown size stands alone. */
export function holdTogether(sizes: readonly (number | null)[], facts: DeviceFacts): boolean {
  if (sizes.length < 2) return true;
  const total = sizes.reduce((sum: number, size) => sum + (size ?? Infinity), 0);
  return total <= (facts.memory === null ? UNKNOWN_BUDGET : facts.memory * SHARE);
}
