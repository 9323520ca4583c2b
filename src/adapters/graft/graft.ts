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
 * Every input must be fed on every run; `mix(targets, [])` gives zeros of rank 1. All are fp32, whatever the model
 * computes in: in a half-precision graph x and y are widened around the sum, which is then rounded once. Activations
 * must be [batch, tokens, features]. Shapes, R being the rank of the mix and the same in all inputs, and g the number
 * of linears that share an A: A [inputs, g R], B [g R, outputs], gate [batch, 1, g R]. A packed linear whose parts the
 * graph tells apart (q, k and v in one product) is one target for each part, which share its A and its B: so adapters
 * of single parts and of the whole both fit, exactly.
 */
import { LabError } from '../../errors';
import { FLOAT, type OnnxModel, type OnnxNode } from '../../onnx/model';
import { newValue } from '../../onnx/write';
import { groupedNodes, plainNodes } from './nodes';
import { type Linear, findLinears } from './targets';

/**
 * A grafted linear: its place, its weights' shape [inputs, outputs], and the names of its inputs. Of the g = `blocks`
 * parts of its A, its B and its gate, each R wide, the part `block` is its own. In A the others belong to the targets
 * of the same `aName`, in the gate they are all the same. B has `columns` columns, of which those from `column` are its
 * own; in these the rows of other blocks must be 0.
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
  readonly column: number;
  readonly columns: number;
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

/** Throws `model-unsupported` where the targets are not layers x projections, or one of them is in an unknown form. */
export function graft(model: OnnxModel, { form = 'plain', only = 'all' }: GraftOptions = {}): Graft {
  if (model.inputs.some(({ name }) => name.startsWith(PREFIX)))
    throw new LabError('model-unsupported', 'The model already has inputs for adapters.');
  const linears = findLinears(model, only);
  const groups = form === 'grouped' ? byInput(linears) : linears.map((linear) => [linear]);
  const grafts = groups.flatMap(asGrafts);
  const targets = grafts.flatMap(({ targets }) => targets);
  const nodesOf = form === 'grouped' ? groupedNodes : plainNodes;
  const graftOf = new Map(grafts.map((one) => [one.linear.end, one]));
  const described = new Set([...model.values, ...model.outputs].map(({ name }) => name));
  const grafted: OnnxModel = {
    ...model,
    nodes: model.nodes.flatMap((node: OnnxNode, i) => {
      const one = graftOf.get(i);
      return one ? nodesOf(node, one) : [node];
    }),
    inputs: [...model.inputs, ...inputsOf(targets)],
    values: [
      ...model.values,
      // Attention kernels infer head sizes from this width, which inference cannot carry through the sum.
      ...linears.flatMap(({ end, outputs, yType }) => {
        const output = model.nodes[end]?.outputs[0] ?? '';
        return described.has(output) ? [] : [newValue(output, yType, ['batch_size', 'sequence_length', outputs])];
      }),
    ],
  };
  return { model: grafted, targets, layers: new Set(linears.map(({ layer }) => layer)).size };
}

function byInput(linears: readonly Linear[]): Linear[][] {
  const groups = new Map<string, Linear[]>();
  for (const linear of linears) {
    const key = `${String(linear.layer)} ${linear.x}`;
    const group = groups.get(key);
    if (group) group.push(linear);
    else groups.set(key, [linear]);
  }
  return [...groups.values()];
}

/** A linear and its targets, of which it has as many as parts. */
export interface GraftedLinear {
  readonly linear: Linear;
  readonly targets: readonly GraftTarget[];
}

/** Of linears that share an A. */
function asGrafts(group: readonly Linear[]): GraftedLinear[] {
  const together = group.map(({ projection }) => projection).join('+');
  const blocks = group.reduce((count, { parts }) => count + parts.length, 0);
  let block = 0;
  return group.map((linear) => {
    const place = `${PREFIX}${String(linear.layer)}.`;
    let column = 0;
    const targets = linear.parts.map(({ projection, outputs }): GraftTarget => {
      const target = {
        layer: linear.layer,
        projection,
        inputs: linear.inputs,
        outputs,
        aName: `${place}${together}.A`,
        bName: `${place}${linear.projection}.B`,
        gateName: `${PREFIX}gate${blocks === 1 ? '' : `.${String(blocks)}`}`,
        block,
        blocks,
        column,
        columns: linear.outputs,
      };
      block++;
      column += outputs;
      return target;
    });
    return { linear, targets };
  });
}

function inputsOf(targets: readonly GraftTarget[]): Iterable<ReturnType<typeof newValue>> {
  const shapes = new Map<string, (number | string)[]>();
  for (const { aName, bName, gateName, inputs, columns, blocks } of targets) {
    const rank = blocks === 1 ? 'lora_rank' : `lora_rank_${String(blocks)}`;
    shapes.set(aName, [inputs, rank]).set(bName, [rank, columns]).set(gateName, ['batch_size', 1, rank]);
  }
  return [...shapes].map(([name, shape]) => newValue(name, FLOAT, shape));
}
