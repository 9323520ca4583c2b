import { FLOAT, type OnnxModel, type OnnxNode, type OnnxTensor, intOf } from './model';
import { numbersOf } from './numbers';
import { newNode, newTensor } from './write';

/** Above this the weights stay 8-bit: as 32-bit floats they have to fit into a phone's share of 32-bit memory. */
const MAX_FLOAT_BYTES = 192 * 2 ** 20;
const EIGHT_BIT = /Integer|Quantize|^QLinear|^QGemm|^QAttention/;

/** A constant of 8-bit weights, and the float node that gives what `last` gave. */
interface Quantised {
  readonly quants: OnnxTensor;
  readonly scale: OnnxTensor;
  /** 0 where there is none. */
  readonly zero: OnnxTensor | null;
  readonly last: OnnxNode;
  made(weights: string): OnnxNode;
}

/**
 * Turns a graph of 8-bit weights, as ONNX Runtime's `quantize_dynamic` writes them, into one of 32-bit floats:
 * w = (q - zero) * scale is computed once, and activations are no longer rounded to 8 bits. For runtimes without
 * products of 8-bit integers, as ONNX Runtime's on WebGPU. Null where anything 8-bit would be left, or grow too large.
 * Source: https://onnx.ai/onnx/operators/onnx__DequantizeLinear.html, onnx__MatMulInteger.html
 */
export function dequantise(model: OnnxModel): OnnxModel | null {
  const wires = new Wires(model);
  const weights = new Map<string, OnnxTensor>();
  const replaced = new Map<OnnxNode, OnnxNode>();
  let bytes = 0;
  for (const node of model.nodes) {
    const found = node.op === 'MatMulInteger' ? productOf(node, wires) : tableOf(node, wires);
    if (!found) continue;
    const name = `/float/${found.quants.name}`;
    if (!weights.has(name)) {
      bytes += 4 * found.quants.dims.reduce((size, dim) => size * dim, 1);
      const values = bytes <= MAX_FLOAT_BYTES ? floatsOf(model, found) : null;
      if (!values) return null;
      weights.set(name, newTensor(name, FLOAT, found.quants.dims, values));
    }
    replaced.set(found.last, found.made(name));
  }
  const all = model.nodes.map((node) => replaced.get(node) ?? node);
  const nodes = withoutUnread(all, new Set(model.outputs.map(({ name }) => name)));
  if (nodes.some(({ op }) => EIGHT_BIT.test(op))) return null;
  const read = new Set(nodes.flatMap(({ inputs }) => inputs));
  const initializers = [...model.initializers.filter(({ name }) => read.has(name)), ...weights.values()];
  return { ...model, nodes, initializers, values: model.values.filter(({ name }) => read.has(name)) };
}

/** Who makes a value, and who alone reads it. */
class Wires {
  readonly #constants: ReadonlyMap<string, OnnxTensor>;
  readonly #makers = new Map<string, OnnxNode>();
  readonly #readers = new Map<string, OnnxNode[]>();

  constructor(model: OnnxModel) {
    this.#constants = new Map(model.initializers.map((tensor) => [tensor.name, tensor]));
    for (const node of model.nodes) {
      for (const output of node.outputs) this.#makers.set(output, node);
      for (const input of node.inputs) this.#readers.set(input, [...(this.#readers.get(input) ?? []), node]);
    }
  }

  constant(name = ''): OnnxTensor | null {
    return this.#constants.get(name) ?? null;
  }

  maker(name = '', op: string): OnnxNode | null {
    const maker = this.#makers.get(name);
    return maker?.op === op ? maker : null;
  }

  onlyReader(name = '', op: string): OnnxNode | null {
    const [reader, another] = this.#readers.get(name) ?? [];
    return reader?.op === op && !another ? reader : null;
  }
}

/** DynamicQuantizeLinear(x) -> MatMulInteger -> Cast -> Mul by (the scale of x * the scale of w) gives x w. */
function productOf(node: OnnxNode, wires: Wires): Quantised | null {
  const [given, weights, , zeroName] = node.inputs;
  const rounded = wires.maker(given, 'DynamicQuantizeLinear');
  const cast = wires.onlyReader(node.outputs[0], 'Cast');
  const last = wires.onlyReader(cast?.outputs[0], 'Mul');
  const by = last?.inputs.find((name) => name !== cast?.outputs[0]);
  const scales = wires.maker(by, 'Mul')?.inputs;
  const ofInput = rounded?.outputs[1] ?? '';
  const scale = wires.constant(scales?.find((name) => name !== ofInput));
  const quants = wires.constant(weights);
  if (!rounded || !last || !scales?.includes(ofInput) || !scale || quants?.dims.length !== 2) return null;
  if (rounded.outputs[0] !== given || rounded.outputs[2] !== node.inputs[2]) return null;
  const zero = wires.constant(zeroName);
  if (zeroName && !zero) return null;
  const [x = ''] = rounded.inputs;
  return {
    quants,
    scale,
    zero,
    last,
    made: (name) => newNode({ op: 'MatMul', name: node.name, inputs: [x, name], outputs: last.outputs }),
  };
}

/** Gather from a table of 8-bit rows -> DequantizeLinear by one scale gives rows of floats. */
function tableOf(node: OnnxNode, wires: Wires): Quantised | null {
  if (node.op !== 'DequantizeLinear') return null;
  const [given, scaleName, zeroName] = node.inputs;
  const gather = wires.maker(given, 'Gather');
  const quants = wires.constant(gather?.inputs[0]);
  const [scale, zero] = [wires.constant(scaleName), wires.constant(zeroName)];
  if (!gather || !quants || !scale || (zeroName && !zero)) return null;
  // Another axis, or a scale for each row, is no word table.
  if ((intOf(gather, 'axis') ?? 0) !== 0 || scale.dims.some((dim) => dim !== 1)) return null;
  const indices = gather.inputs[1] ?? '';
  return {
    quants,
    scale,
    zero,
    last: node,
    made: (name) => newNode({ op: 'Gather', name: gather.name, inputs: [name, indices], outputs: node.outputs }),
  };
}

/** Scale and zero are one, or one for each column. Null where the values are not those of the shape. */
function floatsOf(model: OnnxModel, { quants, scale, zero }: Quantised): Float32Array | null {
  const values = numbersOf(model, quants);
  const scales = numbersOf(model, scale);
  const zeros = zero ? numbersOf(model, zero) : Int8Array.of(0);
  const columns = quants.dims.at(-1) ?? 0;
  if (!values || !scales || !zeros || values.length !== quants.dims.reduce((size, dim) => size * dim, 1)) return null;
  if ([scales, zeros].some(({ length }) => length !== 1 && length !== columns)) return null;
  const at = (list: ArrayLike<number>, i: number) => list[list.length === 1 ? 0 : i % columns] ?? 0;
  return Float32Array.from(values, (q, i) => (q - at(zeros, i)) * at(scales, i));
}

/** Nodes come after those that they read. */
function withoutUnread(nodes: readonly OnnxNode[], outputs: ReadonlySet<string>): OnnxNode[] {
  const read = new Set(outputs);
  const kept: OnnxNode[] = [];
  for (const node of nodes.toReversed()) {
    if (!node.outputs.some((name) => read.has(name))) continue;
    kept.push(node);
    for (const input of node.inputs) read.add(input);
  }
  return kept.reverse();
}
