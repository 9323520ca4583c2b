/** The weights that an adapter was laid upon, out of the graph that runs: [outputs, inputs] row-major fp32. */
import { LabError } from '../../errors';
import type { OnnxModel } from '../../onnx/model';
import { type ExternalData, type LinearWeights, linearWeights } from '../../onnx/weights';
import type { LoraPair } from '../adapter';
import { findLinears } from '../graft/targets';

export interface BaseWeights {
  readonly layers: number;
  /** Throws `adapter-mismatch` where the base has no such linear, `model-unsupported` where its weights cannot be read. */
  readonly of: (pair: Pick<LoraPair, 'layer' | 'projection' | 'inputs' | 'outputs'>) => Float32Array;
}

/** Parts that may lie in one matrix, in the order in which they lie there. */
const WHOLE: Readonly<Record<string, string>> = {
  q_proj: 'qkv_proj',
  k_proj: 'qkv_proj',
  v_proj: 'qkv_proj',
  gate_proj: 'gate_up_proj',
  up_proj: 'gate_up_proj',
};

/** Throws `model-unsupported` where grafting would. */
export function baseWeights(model: OnnxModel, external: ExternalData): BaseWeights {
  const linears = findLinears(model, 'all');
  const weightsAt = (layer: number, projection: string): LinearWeights | null => {
    const found = linears.find((one) => one.layer === layer && one.projection === projection);
    const node = found && model.nodes[found.node];
    if (!node) return null;
    const weights = linearWeights(model, node, external);
    if (!weights)
      throw new LabError('model-unsupported', `The weights of ${node.name} are kept in a way that cannot be read.`);
    return weights;
  };
  return {
    layers: new Set(linears.map(({ layer }) => layer)).size,
    of: ({ layer, projection, inputs, outputs }) => {
      const place = `layer ${String(layer)}, ${projection}`;
      const own = weightsAt(layer, projection) ?? joined(layer, projection, weightsAt);
      const weights = own ?? weightsAt(layer, WHOLE[projection] ?? '');
      if (!weights) throw new LabError('adapter-mismatch', `The model has no ${place}.`);
      const from = own ? (own.outputs === outputs ? 0 : null) : rowOf(projection, weights.outputs, outputs);
      if (weights.inputs !== inputs || from === null)
        throw new LabError(
          'adapter-mismatch',
          `The adapter’s ${place} is ${String(inputs)} × ${String(outputs)}, the model’s ${String(weights.inputs)} × ${String(weights.outputs)}.`,
        );
      return weights.data.subarray(from * inputs, (from + outputs) * inputs);
    },
  };
}

/** A packed linear of a model that keeps its parts apart: their rows, one part after the other. */
function joined(
  layer: number,
  projection: string,
  weightsAt: (layer: number, projection: string) => LinearWeights | null,
): LinearWeights | null {
  const names = Object.keys(WHOLE).filter((part) => WHOLE[part] === projection);
  const parts = names.flatMap((part) => weightsAt(layer, part) ?? []);
  const [first] = parts;
  if (!first || parts.length !== names.length || parts.some(({ inputs }) => inputs !== first.inputs)) return null;
  const outputs = parts.reduce((sum, part) => sum + part.outputs, 0);
  const data = new Float32Array(outputs * first.inputs);
  let at = 0;
  for (const part of parts) {
    data.set(part.data, at);
    at += part.data.length;
  }
  return { inputs: first.inputs, outputs, data };
}

/** Where a part begins: q, k and v lie one after the other, k and v of one size; gate and up are halves. */
function rowOf(projection: string, all: number, outputs: number): number | null {
  if (projection === 'q_proj') return outputs < all && (all - outputs) % 2 === 0 ? 0 : null;
  if (projection === 'k_proj') return 2 * outputs < all ? all - 2 * outputs : null;
  if (projection === 'v_proj') return 2 * outputs < all ? all - outputs : null;
  if (2 * outputs !== all) return null;
  return projection === 'gate_proj' ? 0 : outputs;
}
