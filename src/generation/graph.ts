/**
 * A decoder's graph made ready for the device that runs it, before adapters are grafted onto it. What a pass does
 * not know it leaves alone, so that any decoder still runs, only slower.
 */
import type { OnnxModel } from '../onnx/model';
import { plainAttention } from './graph/attention';
import { lastLogits } from './graph/lastLogits';
import { unpackWeights } from './graph/unpack';

/**
 * Where a new token's key stands in the padded cache of a batch. `compact`: right behind the row's own keys, as
 * GroupQueryAttention puts it, with the row's padding after it. `appended`: in a new last column of all rows, with
 * a row's padding before it; the attention mask tells which columns are real.
 */
export type CacheLayout = 'compact' | 'appended';

export interface DecoderGraph {
  readonly model: OnnxModel;
  readonly layout: CacheLayout;
  /** False for int8 decoders: rows of a batch share a quantisation range there and change each other's answers. */
  readonly batches: boolean;
}

const SHARED_RANGE = new Set(['DynamicQuantizeLinear', 'DynamicQuantizeMatMul', 'MatMulInteger']);

/** In WebAssembly, 4-bit weights are unpacked on every run and GroupQueryAttention is slow; on WebGPU both are fast. */
export function prepareGraph(model: OnnxModel, device: 'wasm' | 'webgpu'): DecoderGraph {
  const batches = !model.nodes.some(({ op }) => SHARED_RANGE.has(op));
  const head = lastLogits(model);
  if (device === 'webgpu') return { model: head, layout: 'compact', batches };
  const unpacked = unpackWeights(head);
  const plain = plainAttention(unpacked);
  return { model: plain ?? unpacked, layout: plain ? 'appended' : 'compact', batches };
}
