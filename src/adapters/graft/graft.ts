/**
 * Grafts LoRA onto an ONNX decoder: every linear y = x W becomes y = x W + ((x A) * gate) B, where A, B and
 * gate are **inputs of the graph**, so that adapters are put on, mixed and taken off with each run and the
 * base weights are never touched. (LoRA: Hu et al. 2021, https://arxiv.org/abs/2106.09685.)
 *
 * How to run the result in ONNX Runtime Web:
 *
 *     const { model, targets } = graft(readModel(bytes));
 *     const { graph, external } = writeModel(model);
 *     const session = await InferenceSession.create(graph, { externalData: external });
 *     checkFits(adapter, targets, baseName);                // once per adapter
 *     const { feeds, gates } = mix(targets, adapters);      // cache per set of adapters
 *     const rows = requests.map(({ wears }) => wears);      // one row per row of the batch
 *     const lora = [...feeds, ...gates(rows)].map(([name, { data, dims }]) => [name, new Tensor('float32', data, dims)]);
 *     await session.run({ ...base, ...Object.fromEntries(lora) });
 *
 * Every input must be fed on every run; `mix(targets, [])` gives zeros of rank 1. All are fp32, and activations
 * must be [batch, tokens, features]. Shapes, R being the rank of the mix and the same in all inputs, and g the number
 * of linears that share an A (1 in the plain form): A [inputs, g R], B [g R, outputs], gate [batch, 1, g R].
 */
import { LabError } from '../../errors';
import { FLOAT, type OnnxModel, type OnnxNode } from '../../onnx/model';
import { newValue } from '../../onnx/write';
import { groupedNodes, plainNodes } from './nodes';
import { type Linear, findLinears } from './targets';

/**
 * A grafted linear: its place, its weights' shape [inputs, outputs], and the names of its inputs. Of the g = `blocks`
 * parts of its A, its B and its gate, each R wide, the part `block` is its own. In A the others belong to the targets
 * of the same `aName`; in B, which is the linear's alone, they must be 0; in the gate they are all the same.
 */
export interface GraftTarget {
  readonly layer: number;
  readonly projection: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly aName: string;
  readonly bName: string;
  readonly gateName: string;
  readonly block: number;
  readonly blocks: number;
}

export interface Graft {
  readonly model: OnnxModel;
  readonly targets: readonly GraftTarget[];
  readonly layers: number;
}

export interface GraftOptions {
  /**
   * `plain`: four nodes for each linear. `grouped`: linears of a layer that read the same input share an A and the
   * product with the gate, and B is added to the base as it is multiplied: half the passes over the GPU, for more
   * multiplications, by zeros. Both compute the same.
   */
  readonly form?: 'plain' | 'grouped';
  /** The linears that are grafted; adapters that change others then do not fit. */
  readonly only?: GraftReach;
}

export type GraftReach = 'all' | 'attention';

const PREFIX = 'lora.';

/** Throws `model-unsupported` where the targets are not layers x projections. */
export function graft(model: OnnxModel, { form = 'plain', only = 'all' }: GraftOptions = {}): Graft {
  if (model.inputs.some(({ name }) => name.startsWith(PREFIX)))
    throw new LabError('model-unsupported', 'The model already has inputs for adapters.');
  const linears = findLinears(model, only);
  const groups = form === 'grouped' ? byInput(model, linears) : linears.map((linear) => [linear]);
  const targets = groups.flatMap(asTargets);
  const nodesOf = form === 'grouped' ? groupedNodes : plainNodes;
  const targetOf = new Map(groups.flat().map(({ node }, i) => [node, targets[i]]));
  const described = new Set([...model.values, ...model.outputs].map(({ name }) => name));
  const grafted: OnnxModel = {
    ...model,
    nodes: model.nodes.flatMap((node: OnnxNode, i) => {
      const target = targetOf.get(i);
      return target ? nodesOf(node, target) : [node];
    }),
    inputs: [...model.inputs, ...inputsOf(targets)],
    values: [
      ...model.values,
      // Attention kernels infer head sizes from this width, which inference cannot carry through the sum.
      ...linears.flatMap(({ node, outputs }) => {
        const output = model.nodes[node]?.outputs[0] ?? '';
        return described.has(output) ? [] : [newValue(output, FLOAT, ['batch_size', 'sequence_length', outputs])];
      }),
    ],
  };
  return { model: grafted, targets, layers: new Set(linears.map(({ layer }) => layer)).size };
}

function byInput(model: OnnxModel, linears: readonly Linear[]): Linear[][] {
  const groups = new Map<string, Linear[]>();
  for (const linear of linears) {
    const key = `${String(linear.layer)} ${model.nodes[linear.node]?.inputs[0] ?? ''}`;
    const group = groups.get(key);
    if (group) group.push(linear);
    else groups.set(key, [linear]);
  }
  return [...groups.values()];
}

function asTargets(group: readonly Linear[]): GraftTarget[] {
  const blocks = group.length;
  const together = group.map(({ projection }) => projection).join('+');
  return group.map(({ layer, projection, inputs, outputs }, block) => {
    const place = `${PREFIX}${String(layer)}.`;
    return {
      layer,
      projection,
      inputs,
      outputs,
      aName: `${place}${together}.A`,
      bName: `${place}${projection}.B`,
      gateName: `${PREFIX}gate${blocks === 1 ? '' : `.${String(blocks)}`}`,
      block,
      blocks,
    };
  });
}

function inputsOf(targets: readonly GraftTarget[]): Iterable<ReturnType<typeof newValue>> {
  const shapes = new Map<string, (number | string)[]>();
  for (const { aName, bName, gateName, inputs, outputs, blocks } of targets) {
    const rank = blocks === 1 ? 'lora_rank' : `lora_rank_${String(blocks)}`;
    shapes.set(aName, [inputs, rank]).set(bName, [rank, outputs]).set(gateName, ['batch_size', 1, rank]);
  }
  return [...shapes].map(([name, shape]) => newValue(name, FLOAT, shape));
}
