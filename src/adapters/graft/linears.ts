/** The forms in which ONNX graphs write a linear y = x W, quantised or not, and where x goes in and y comes out. */
import { FLOAT, type OnnxNode, type OnnxTensor, intOf } from '../../onnx/model';
import type { Wires } from '../../onnx/wires';

/** A linear in the graph. W is [inputs, outputs]; types are those of ONNX. */
export interface Form {
  /** The value that W is multiplied with, as it was before any rounding. */
  readonly x: string;
  readonly xType: number;
  /** The index of the node that multiplies. */
  readonly node: number;
  /** The index of the node that makes y: the same, or one behind it. */
  readonly end: number;
  /** Of y. */
  readonly yType: number;
  readonly inputs: number;
  readonly outputs: number;
  /** Names that may tell which linear it is, the best first. */
  readonly names: readonly string[];
}

/** Operators that multiply by weights: one of them at a linear's place is the linear, or something unknown. */
const PRODUCTS = /MatMul|Gemm|Conv|Einsum|MoE/;

export function isProduct({ op }: OnnxNode): boolean {
  return PRODUCTS.test(op);
}

/**
 * The linear that begins at `node`; null where it is none of those known: `MatMul` and `Gemm` with constant weights,
 * written as they are, turned, cast, or quantised behind a `DequantizeLinear`; `MatMulNBits`; `MatMulInteger` with the
 * steps from integers to floats behind it, or these fused (`MatMulIntegerToFloat`, `DynamicQuantizeMatMul`). Where the
 * tokens of all rows are one matrix, it must lie between two `Reshape`: adapters go row by row.
 * Operators of ONNX Runtime's own: https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md
 */
export function formOf(node: OnnxNode, index: number, wires: Wires): Form | null {
  const core = coreOf(node, index, wires);
  if (!core) return null;
  const flattened = flattenedFrom(core.x, node.op, wires);
  if (node.op === 'Gemm' && flattened === null) return null;
  const names = [node.name, node.scope, ...node.inputs.slice(1)];
  const end = passedOn(core, flattened !== null, wires, names);
  return end === null ? null : { ...core, x: flattened ?? core.x, node: index, end, names };
}

/** `end` is as far as the product alone reaches. */
type Core = Omit<Form, 'names' | 'node'>;

function coreOf(node: OnnxNode, index: number, wires: Wires): Core | null {
  const [x = '', w = ''] = node.inputs;
  const [inputs = 0, outputs = 0] = wires.constant(w)?.dims ?? [];
  switch (node.op) {
    case 'MatMul':
    case 'Gemm': {
      const weights = weightsOf(w, wires);
      if (!weights || intOf(node, 'transA') || (node.floats.get('alpha') ?? 1) !== 1) return null;
      const turned = { inputs: weights.outputs, outputs: weights.inputs };
      const type = { xType: weights.type, yType: weights.type };
      const shape = intOf(node, 'transB') ? turned : { inputs: weights.inputs, outputs: weights.outputs };
      return { x: beforeRounding(x, wires), end: index, ...type, ...shape };
    }
    case 'MatMulNBits': {
      const [K, N] = [intOf(node, 'K'), intOf(node, 'N')];
      const type = wires.constant(node.inputs[2] ?? '')?.type;
      return K && N && type ? { x, xType: type, end: index, yType: type, inputs: K, outputs: N } : null;
    }
    case 'MatMulInteger':
    case 'MatMulIntegerToFloat': {
      const before = wires.maker(x);
      if (before?.op !== 'DynamicQuantizeLinear' || !isMatrix(wires.constant(w))) return null;
      const fused = node.op === 'MatMulIntegerToFloat';
      const made = fused ? { end: index, yType: wires.constant(node.inputs[3] ?? '')?.type } : scaled(node, wires);
      if (made?.yType === undefined) return null;
      return { x: before.inputs[0] ?? '', xType: FLOAT, end: made.end, yType: made.yType, inputs, outputs };
    }
    case 'DynamicQuantizeMatMul':
      return isMatrix(wires.constant(w)) ? { x, xType: FLOAT, end: index, yType: FLOAT, inputs, outputs } : null;
    default:
      return null;
  }
}

function isMatrix(tensor: OnnxTensor | undefined): boolean {
  return tensor?.dims.length === 2 && !tensor.dims.includes(0);
}

/** What the weights are once they are read: [inputs, outputs], and their type. */
function weightsOf(name: string, wires: Wires): { inputs: number; outputs: number; type: number } | null {
  const tensor = wires.constant(name);
  if (tensor) {
    const [inputs = 0, outputs = 0] = tensor.dims;
    return isMatrix(tensor) ? { inputs, outputs, type: tensor.type } : null;
  }
  const maker = wires.maker(name);
  const source = maker && weightsOf(maker.inputs[0] ?? '', wires);
  if (!source) return null;
  const perm = maker.ints.get('perm');
  switch (maker.op) {
    case 'Identity':
      return source;
    case 'Cast':
      return { ...source, type: intOf(maker, 'to') ?? 0 };
    case 'DequantizeLinear':
      return { ...source, type: wires.constant(maker.inputs[1] ?? '')?.type ?? 0 };
    case 'Transpose':
      if (typeof perm === 'object' && perm.join() !== '1,0') return null;
      return { ...source, inputs: source.outputs, outputs: source.inputs };
    default:
      return null;
  }
}

/** What a value was before it became a matrix of the tokens of all rows; null where it did not. */
function flattenedFrom(x: string, op: string, wires: Wires): string | null {
  const before = wires.maker(x);
  if (before?.op !== 'Reshape') return null;
  const [whole = '', shape = ''] = before.inputs;
  const maker = wires.maker(shape);
  const rank = wires.wholeNumbers(shape)?.length ?? (maker?.op === 'Concat' ? maker.inputs.length : null);
  return op === 'Gemm' || rank === 2 ? whole : null;
}

/** Activations of graphs in QDQ form are rounded and read back; adapters were trained on what they were before. */
function beforeRounding(x: string, wires: Wires): string {
  const read = wires.maker(x);
  const rounded = read?.op === 'DequantizeLinear' ? wires.maker(read.inputs[0] ?? '') : undefined;
  return rounded?.op === 'QuantizeLinear' ? (rounded.inputs[0] ?? x) : x;
}

/** The cast and the scaling behind a product of integers. */
function scaled(node: OnnxNode, wires: Wires): { end: number; yType: number } | null {
  const cast = wires.onlyReader(node.outputs[0] ?? '');
  const scale = cast?.node.op === 'Cast' ? wires.onlyReader(cast.node.outputs[0] ?? '') : null;
  const yType = cast && intOf(cast.node, 'to');
  return scale?.node.op === 'Mul' && yType ? { end: scale.index, yType } : null;
}

/**
 * The node that makes y, behind rounding and the bias. Before the bias the sum would be the same, but what reads a
 * packed linear, and the name of one that torch's newer exporter wrote, are found behind it. Null for a matrix of all
 * rows that is not put back into rows of a batch.
 */
function passedOn({ end: made, outputs }: Core, flattened: boolean, wires: Wires, names: string[]): number | null {
  let end = made;
  let flat = flattened;
  for (let next = wires.onlyReader(wires.outputOf(end)); next; next = wires.onlyReader(wires.outputOf(end))) {
    const { node: step, index } = next;
    if (step.op === 'QuantizeLinear') {
      const read = wires.onlyReader(step.outputs[0] ?? '');
      if (read?.node.op !== 'DequantizeLinear') break;
      end = read.index;
    } else if (step.op === 'Add' && step.inputs.some((name) => isBias(wires.constant(name), outputs))) {
      names.push(step.name, step.scope, ...step.inputs);
      end = index;
    } else if (flat && step.op === 'Reshape') {
      end = index;
      flat = false;
    } else break;
  }
  return flat ? null : end;
}

function isBias(tensor: OnnxTensor | undefined, width: number): boolean {
  return tensor?.dims.length === 1 && tensor.dims[0] === width;
}
