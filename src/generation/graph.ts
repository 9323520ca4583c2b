/**
 * A decoder's graph made ready for the device that runs it, before adapters are grafted onto it. What a pass does
 * not know it leaves alone, so that any decoder still runs, only slower.
 */
import { type OnnxModel, type OnnxNode, intOf } from '../onnx/model';
import { plainAttention } from './graph/attention';
import { exactProducts } from './graph/exact';
import { lastLogits } from './graph/lastLogits';
import { unpackWeights } from './graph/unpack';

/**
 * What a graph gives back of the KV cache. `whole`: all columns, the new ones right behind the row's own, as
 * GroupQueryAttention does. `behind`: all columns, the new ones behind the padding, as exported plain attention does.
 * `fresh`: the new columns alone, so that the old ones need not be copied for every token. In the last two the mask has
 * the row's own columns, its padding, and after that the new ones. In `fresh` a key's width lies where heads do, [rows,
 * heads x width, columns, 1], as its product with a query reads it.
 */
export type CacheLayout = 'whole' | 'behind' | 'fresh';

export interface DecoderGraph {
  readonly model: OnnxModel;
  readonly layout: CacheLayout;
  /**
   * Whether rows of different lengths may share a pass. Not in int8 decoders, whose rows share a quantisation range and
   * change each other's answers; nor where the graph counts positions by columns, padding included.
   */
  readonly batches: boolean;
}

/** What may be done to a mask to learn a row's length. */
const COUNTS = new Set(['Cast', 'ReduceSum', 'Shape']);
const SHARED_RANGE = new Set(['DynamicQuantizeLinear', 'DynamicQuantizeMatMul', 'MatMulInteger']);

/**
 * In WebAssembly, 4-bit weights are unpacked on every run and GroupQueryAttention is slow; on WebGPU both are fast.
 * Both devices compute in 32-bit floats, so that they answer the same.
 */
export function prepareGraph(model: OnnxModel, device: 'wasm' | 'webgpu'): DecoderGraph {
  const grouped = model.nodes.filter(({ op }) => op === 'GroupQueryAttention');
  const given = givesGroupedCache(model, grouped) ? 'whole' : 'behind';
  const head = lastLogits(model);
  const unpacked = device === 'webgpu' ? head : unpackWeights(head);
  const plain = device === 'webgpu' || given === 'behind' ? null : plainAttention(unpacked);
  const layout = plain ? 'fresh' : given;
  const positioned = model.inputs.some(({ name }) => name === 'position_ids');
  const counted = given === 'whole' && grouped.every((node) => intOf(node, 'do_rotary') === 1);
  const batches =
    (positioned || counted) &&
    (layout !== 'whole' || onlyCountsMask(model)) &&
    !model.nodes.some(({ op }) => SHARED_RANGE.has(op));
  return { model: device === 'webgpu' ? exactProducts(head) : (plain ?? unpacked), layout, batches };
}

/** Whether the mask only says how long each row is: the new tokens of a row need not stand at its end then. */
function onlyCountsMask({ nodes }: OnnxModel): boolean {
  const casts = nodes.filter(({ op, inputs }) => op === 'Cast' && inputs[0] === 'attention_mask');
  const masks = new Set(['attention_mask', ...casts.flatMap(({ outputs }) => outputs)]);
  return nodes.every(({ op, inputs }) => COUNTS.has(op) || !inputs.some((name) => masks.has(name)));
}

/** Whether all keys and values come from these; in 16-bit models a Cast may stand between. */
function givesGroupedCache(model: OnnxModel, grouped: readonly OnnxNode[]): boolean {
  const given = new Set(grouped.flatMap(({ outputs }) => outputs.slice(1)));
  const casts = new Map(
    model.nodes.filter(({ op }) => op === 'Cast').map(({ inputs, outputs }) => [outputs[0], inputs[0]]),
  );
  return model.outputs
    .filter(({ name }) => /^present.*\.(key|value)$/.test(name))
    .every(({ name }) => given.has(name) || given.has(casts.get(name) ?? ''));
}
