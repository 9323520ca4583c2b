/** Finds the linears of a decoder that LoRA can be grafted onto. */
import { LabError } from '../../errors';
import { ATTENTION, PROJECTIONS } from '../adapter';
import { FLOAT, type OnnxModel, type OnnxNode, type OnnxTensor, intOf } from '../../onnx/model';
import type { GraftReach } from './graft';

/** A linear y = x W with W [inputs, outputs]; `node` is its index among the graph's nodes. */
export interface Linear {
  readonly node: number;
  readonly layer: number;
  readonly projection: string;
  readonly inputs: number;
  readonly outputs: number;
}

const BLOCKS = 'self_attn|attn|attention|mlp|feed_forward';
const named = (projections: readonly string[]) =>
  new RegExp(`layers[./](\\d+)[./](?:${BLOCKS})[./](${projections.join('|')})(?:[./]|$)`);
const NAMES: Readonly<Record<GraftReach, RegExp>> = { all: named(PROJECTIONS), attention: named(ATTENTION) };

/**
 * Every `MatMulNBits`, and every `MatMul` with constant weights, that is named after a decoder layer and a
 * projection, as exporters name them: `/model/layers.0/attn/q_proj/MatMul`. Throws `model-unsupported`
 * unless they are layers x projections: layers 0 to n-1, each with the same projections, once each. Only linears
 * within `reach` are looked at.
 */
export function findLinears(model: OnnxModel, reach: GraftReach): readonly Linear[] {
  const constants = new Map(model.initializers.map((tensor) => [tensor.name, tensor]));
  const linears = model.nodes.flatMap((node, i) => {
    const linear = asLinear(node, constants, NAMES[reach]);
    return linear ? [{ node: i, ...linear }] : [];
  });
  checkGrid(linears);
  return linears;
}

function asLinear(
  node: OnnxNode,
  constants: ReadonlyMap<string, OnnxTensor>,
  names: RegExp,
): Omit<Linear, 'node'> | null {
  const shape = shapeOf(node, constants);
  const found = [node.name, ...node.inputs.slice(1)].map((name) => names.exec(name)).find((match) => match !== null);
  if (!shape || !found) return null;
  if (shape.type !== FLOAT)
    throw new LabError('model-unsupported', `${node.name} does not compute in 32-bit floats, which adapters need.`);
  return { layer: Number(found[1]), projection: found[2] ?? '', inputs: shape.inputs, outputs: shape.outputs };
}

/** `type` is that of the activations: of the scales where the weights are in 4 bits, else of the weights. */
function shapeOf(
  node: OnnxNode,
  constants: ReadonlyMap<string, OnnxTensor>,
): { inputs: number; outputs: number; type: number } | null {
  if (node.op === 'MatMulNBits') {
    const [inputs, outputs] = [intOf(node, 'K'), intOf(node, 'N')];
    const type = constants.get(node.inputs[2] ?? '')?.type;
    return inputs && outputs && type ? { inputs, outputs, type } : null;
  }
  if (node.op !== 'MatMul') return null;
  const weights = constants.get(node.inputs[1] ?? '');
  const [inputs, outputs, more] = weights?.dims ?? [];
  return weights && inputs && outputs && more === undefined ? { inputs, outputs, type: weights.type } : null;
}

function checkGrid(linears: readonly Linear[]): void {
  if (linears.length === 0)
    throw new LabError(
      'model-unsupported',
      'No decoder projections (q_proj, v_proj, down_proj and the like) were found in the model.',
    );
  const cells = new Set(linears.map(({ layer, projection }) => `${String(layer)} ${projection}`));
  const layers = Math.max(...linears.map(({ layer }) => layer)) + 1;
  for (let layer = 0; layer < layers; layer++)
    for (const projection of new Set(linears.map((linear) => linear.projection)))
      if (!cells.has(`${String(layer)} ${projection}`))
        throw new LabError(
          'model-unsupported',
          `Layer ${String(layer)} of the model has no ${projection} that adapters could be added to.`,
        );
  const twice = linears.find(
    (a, i) => linears.findIndex((b) => b.layer === a.layer && b.projection === a.projection) !== i,
  );
  if (twice)
    throw new LabError(
      'model-unsupported',
      `Layer ${String(twice.layer)} of the model has more than one ${twice.projection}.`,
    );
}
