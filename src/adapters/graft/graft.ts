/**
 * Grafts LoRA onto an ONNX decoder: every linear y = x W becomes y = x W + ((x A) * gate) B, where A, B and
 * gate are **inputs of the graph**, so that adapters are put on, mixed and taken off with each run and the
 * base weights are never touched. (LoRA: Hu et al. 2021, https://arxiv.org/abs/2106.09685.)
 *
 * How to run the result in ONNX Runtime Web:
 *
 *     const { graph, externalName, targets, gateName } = graft(modelBytes);
 *     const session = await InferenceSession.create(graph, {
 *       externalData: [{ path: externalName, data: modelBytes }, ...the model's own external files],
 *     });
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
import * as onnx from './onnx';
import { MessageWriter, fields } from './protobuf';
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
  /** The patched graph, without the large weights. */
  readonly graph: Uint8Array<ArrayBuffer>;
  /** The name under which the graph asks for the bytes of the original file as external data. */
  readonly externalName: string;
  readonly gateName: string;
  readonly targets: readonly GraftTarget[];
  readonly layers: number;
}

const PREFIX = 'lora.';
const GATE = `${PREFIX}gate`;
const RANK = 'lora_rank';
/** Smaller constants stay in the graph: the runtime reads shapes from them before external data is mounted. */
const SMALL_BYTES = 1024;

/** Throws `model-corrupt`, or `model-unsupported` where the targets are not layers x projections. */
export function graft(modelBytes: Uint8Array): Graft {
  const model = onnx.readModel(modelBytes);
  if (model.inputs.some(({ name }) => name.startsWith(PREFIX)))
    throw new LabError('model-unsupported', 'The model already has inputs for adapters.');
  const linears = findLinears(model);
  const externalName = freeName(model);
  const out = new MessageWriter();
  for (const { start, end } of model.modelRest) out.raw(modelBytes.subarray(start, end));
  out.message(onnx.MODEL_GRAPH, writeGraph(model, linears, externalName));
  return {
    graph: out.finish(),
    externalName,
    gateName: GATE,
    targets: linears.map(asTarget),
    layers: new Set(linears.map(({ layer }) => layer)).size,
  };
}

function asTarget({ layer, projection, inputs, outputs }: Linear): GraftTarget {
  const name = `${PREFIX}${String(layer)}.${projection}`;
  return { layer, projection, inputs, outputs, aName: `${name}.A`, bName: `${name}.B` };
}

function freeName(model: onnx.OnnxModel): string {
  const taken = new Set(model.initializers.map(({ location }) => location));
  let name = 'original.onnx';
  while (taken.has(name)) name = `_${name}`;
  return name;
}

function writeGraph(model: onnx.OnnxModel, linears: readonly Linear[], externalName: string): MessageWriter {
  const graph = new MessageWriter();
  const copy = (field: number, { start, end }: { start: number; end: number }) =>
    graph.bytes(field, model.bytes.subarray(start, end));
  const linearAt = new Map(linears.map((linear) => [linear.node, linear]));
  const described = new Set([...model.values, ...model.outputs].map(({ name }) => name));

  model.nodes.forEach((node, i) => {
    const linear = linearAt.get(i);
    if (linear) writeGrafted(graph, model.bytes, node, asTarget(linear));
    else copy(onnx.GRAPH_NODE, node.span);
  });
  for (const { start, end } of model.graphRest) graph.raw(model.bytes.subarray(start, end));
  for (const tensor of model.initializers) {
    const { raw } = tensor;
    if (raw && raw.end - raw.start >= SMALL_BYTES)
      graph.message(onnx.GRAPH_INITIALIZER, onnx.writeExternalTensor(tensor, externalName, raw));
    else copy(onnx.GRAPH_INITIALIZER, tensor.span);
  }
  for (const input of model.inputs) copy(onnx.GRAPH_INPUT, input.span);
  for (const output of model.outputs) copy(onnx.GRAPH_OUTPUT, output.span);
  for (const value of model.values) copy(onnx.GRAPH_VALUE_INFO, value.span);

  for (const linear of linears) {
    const { aName, bName, inputs, outputs } = asTarget(linear);
    graph.message(onnx.GRAPH_INPUT, onnx.writeValue(aName, onnx.FLOAT, [inputs, RANK]));
    graph.message(onnx.GRAPH_INPUT, onnx.writeValue(bName, onnx.FLOAT, [RANK, outputs]));
    // Attention kernels infer head sizes from this width, which inference cannot carry through the Add.
    const output = model.nodes[linear.node]?.outputs[0] ?? '';
    if (!described.has(output))
      graph.message(
        onnx.GRAPH_VALUE_INFO,
        onnx.writeValue(output, onnx.FLOAT, ['batch_size', 'sequence_length', outputs]),
      );
  }
  return graph.message(onnx.GRAPH_INPUT, onnx.writeValue(GATE, onnx.FLOAT, ['batch_size', 1, RANK]));
}

/** The node with its output renamed, and after it the four nodes that bring LoRA to the old name. */
function writeGrafted(graph: MessageWriter, bytes: Uint8Array, node: onnx.OnnxNode, target: GraftTarget): void {
  const [x = ''] = node.inputs;
  const [y = ''] = node.outputs;
  const place = `/lora/layers.${String(target.layer)}/${target.projection}`;
  const base = `${place}/base`;
  const renamed = new MessageWriter();
  for (const field of fields(bytes, node.span)) {
    if (field.number === onnx.NODE_OUTPUT) renamed.text(onnx.NODE_OUTPUT, base);
    else renamed.raw(bytes.subarray(field.from, field.end));
  }
  graph.message(onnx.GRAPH_NODE, renamed);
  const add = (op: string, step: string, inputs: string[], output: string) =>
    graph.message(onnx.GRAPH_NODE, onnx.writeNode(op, `${place}/${step}`, inputs, output));
  add('MatMul', 'A', [x, target.aName], `${place}/xA`);
  add('Mul', 'gate', [`${place}/xA`, GATE], `${place}/gated`);
  add('MatMul', 'B', [`${place}/gated`, target.bName], `${place}/delta`);
  add('Add', 'sum', [base, `${place}/delta`], y);
}
