/**
 * Grafts LoRA onto an ONNX decoder: every linear y = x W becomes y = x W + ((x A) * gate) B, where A, B and
 * gate are **inputs of the graph**, so that adapters are put on, mixed and taken off with each run and the
 * base weights are never touched. (LoRA: Hu et al. 2021, https://arxiv.org/abs/2106.09685.)
 *
 * How to run the result in ONNX Runtime Web:
 *
 *     const { model, targets, gateName } = graft(readModel(bytes));
 *     const { graph, external } = writeModel(model);
 *     const session = await InferenceSession.create(graph, { externalData: external });
 *     checkFits(adapter, targets, baseName);                      // once per adapter
 *     const { feeds, gate } = mix(targets, adapters);       // cache per set of adapters
 *     const lora = Object.fromEntries([...feeds].map(([name, { data, dims }]) => [name, new Tensor('float32', data, dims)]));
 *     const { data, dims } = gate(requests.map(({ wears }) => wears)); // one row per row of the batch
 *     await session.run({ ...base, ...lora, [gateName]: new Tensor('float32', data, dims) });
 *
 * Every input must be fed on every run; `mix(targets, [])` gives zeros of rank 1. Shapes, R being the rank
 * of the mix and the same in all inputs: A `lora.<layer>.<projection>.A` [inputs, R], B
 * `lora.<layer>.<projection>.B` [R, outputs], gate `lora.gate` [batch, 1, R]. All fp32. Activations must be
 * [batch, tokens, features].
 */
import { LabError } from '../../errors';
import { FLOAT, type OnnxModel, type OnnxNode } from '../../onnx/model';
import { newNode, newValue } from '../../onnx/write';
import { type Linear, findLinears } from './targets';

/** A grafted linear: its place, its weights' shape [inputs, outputs], and the names of its two inputs. */
export interface GraftTarget {
  readonly layer: number;
  readonly projection: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly aName: string;
  readonly bName: string;
}

export interface Graft {
  readonly model: OnnxModel;
  readonly gateName: string;
  readonly targets: readonly GraftTarget[];
  readonly layers: number;
}

const PREFIX = 'lora.';
const GATE = `${PREFIX}gate`;
const RANK = 'lora_rank';

/** Throws `model-unsupported` where the targets are not layers x projections. */
export function graft(model: OnnxModel): Graft {
  if (model.inputs.some(({ name }) => name.startsWith(PREFIX)))
    throw new LabError('model-unsupported', 'The model already has inputs for adapters.');
  const linears = findLinears(model);
  const linearAt = new Map(linears.map((linear) => [linear.node, linear]));
  const described = new Set([...model.values, ...model.outputs].map(({ name }) => name));
  const grafted: OnnxModel = {
    ...model,
    nodes: model.nodes.flatMap((node, i) => {
      const linear = linearAt.get(i);
      return linear ? graftedNodes(node, asTarget(linear)) : [node];
    }),
    inputs: [
      ...model.inputs,
      ...linears
        .map(asTarget)
        .flatMap(({ aName, bName, inputs, outputs }) => [
          newValue(aName, FLOAT, [inputs, RANK]),
          newValue(bName, FLOAT, [RANK, outputs]),
        ]),
      newValue(GATE, FLOAT, ['batch_size', 1, RANK]),
    ],
    values: [
      ...model.values,
      // Attention kernels infer head sizes from this width, which inference cannot carry through the Add.
      ...linears.flatMap(({ node, outputs }) => {
        const output = model.nodes[node]?.outputs[0] ?? '';
        return described.has(output) ? [] : [newValue(output, FLOAT, ['batch_size', 'sequence_length', outputs])];
      }),
    ],
  };
  const layers = new Set(linears.map(({ layer }) => layer)).size;
  return { model: grafted, gateName: GATE, targets: linears.map(asTarget), layers };
}

function asTarget({ layer, projection, inputs, outputs }: Linear): GraftTarget {
  const name = `${PREFIX}${String(layer)}.${projection}`;
  return { layer, projection, inputs, outputs, aName: `${name}.A`, bName: `${name}.B` };
}

/** The node with its output renamed, and after it the four nodes that bring LoRA to the old name. */
function graftedNodes(node: OnnxNode, target: GraftTarget): OnnxNode[] {
  const [x = ''] = node.inputs;
  const [y = ''] = node.outputs;
  const place = `/lora/layers.${String(target.layer)}/${target.projection}`;
  const base = `${place}/base`;
  const make = (op: string, step: string, inputs: string[], output: string) =>
    newNode({ op, name: `${place}/${step}`, inputs, outputs: [output] });
  return [
    { ...node, outputs: [base] },
    make('MatMul', 'A', [x, target.aName], `${place}/xA`),
    make('Mul', 'gate', [`${place}/xA`, GATE], `${place}/gated`),
    make('MatMul', 'B', [`${place}/gated`, target.bName], `${place}/delta`),
    make('Add', 'sum', [base, `${place}/delta`], y),
  ];
}
