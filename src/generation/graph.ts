/**
 * A decoder's graph made ready for the device that runs it, before adapters are grafted onto it. What a pass does
 * not know it leaves alone, so that any decoder still runs, only slower.
 */
import type { OnnxModel } from '../onnx/model';
import { plainAttention } from './graph/attention';
import { lastLogits } from './graph/lastLogits';
import { unpackWeights } from './graph/unpack';

/**
 * What a graph gives back of the KV cache. `whole`: all columns, the new ones right behind the row's own, as
 * GroupQueryAttention does. `fresh`: the new columns alone, so that the old ones need not be copied for every token;
 * the mask then has the row's own columns, its padding, and after that the new ones. A key's width then lies where heads
 * do, [rows, heads x width, columns, 1], as its product with a query reads it.
 */
export type CacheLayout = 'whole' | 'fresh';

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
  if (device === 'webgpu') return { model: head, layout: 'whole', batches };
  const unpacked = unpackWeights(head);
  const plain = plainAttention(unpacked);
  return { model: plain ?? unpacked, layout: plain ? 'fresh' : 'whole', batches };
}
