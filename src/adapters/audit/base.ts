/** The weights that an adapter was laid upon, out of the graph that runs: [outputs, inputs] row-major fp32. */
import { LabError } from '../../errors';
import { type OnnxModel, type OnnxNode } from '../../onnx/model';
import { type ExternalData, linearWeights } from '../../onnx/weights';
import type { LoraPair } from '../adapter';
import { findLinears } from '../graft/targets';

export interface BaseWeights {
  readonly layers: number;
  /** Throws `adapter-mismatch` where the base has no such linear, `model-unsupported` where its weights cannot be read. */
  readonly of: (pair: Pick<LoraPair, 'layer' | 'projection' | 'inputs' | 'outputs'>) => Float32Array;
}

/** Linears that share one matrix in packed graphs, and the parts of it. */
const PACKED: Readonly<Record<string, string>> = {
  q_proj: 'qkv_proj',
  k_proj: 'qkv_proj',
  v_proj: 'qkv_proj',
  gate_proj: 'gate_up_proj',
  up_proj: 'gate_up_proj',
};

/** Throws `model-unsupported` where grafting would. */
export function baseWeights(model: OnnxModel, external: ExternalData): BaseWeights {
  const linears = findLinears(model, 'all');
  const nodeOf = (layer: number, projection: string): OnnxNode | undefined => {
    const found = linears.find((one) => one.layer === layer && one.projection === projection);
    return found && model.nodes[found.node];
  };
  return {
    layers: new Set(linears.map(({ layer }) => layer)).size,
    of: ({ layer, projection, inputs, outputs }) => {
      const place = `layer ${String(layer)}, ${projection}`;
      const own = nodeOf(layer, projection);
      const node = own ?? nodeOf(layer, PACKED[projection] ?? '');
      if (!node) throw new LabError('adapter-mismatch', `The model has no ${place}.`);
      const weights = linearWeights(model, node, external);
      if (!weights)
        throw new LabError('model-unsupported', `The weights of ${place} are kept in a way that cannot be read.`);
      const from = own ? 0 : rowOf(projection, weights.outputs, outputs);
      if (weights.inputs !== inputs || (own ? weights.outputs !== outputs : from === null))
        throw new LabError(
          'adapter-mismatch',
          `The adapter’s ${place} is ${String(inputs)} × ${String(outputs)}, the model’s ${String(weights.inputs)} × ${String(weights.outputs)}.`,
        );
      return weights.data.subarray((from ?? 0) * inputs, ((from ?? 0) + outputs) * inputs);
    },
  };
}

/** Where a part begins: q, k and v lie one after the other, k and v of one size; gate and up are halves. */
function rowOf(projection: string, all: number, outputs: number): number | null {
  if (projection === 'q_proj') return outputs < all && (all - outputs) % 2 === 0 ? 0 : null;
  if (projection === 'k_proj') return 2 * outputs < all ? all - 2 * outputs : null;
  if (projection === 'v_proj') return 2 * outputs < all ? all - outputs : null;
  if (2 * outputs !== all) return null;
  return projection === 'gate_proj' ? 0 : outputs;
}
