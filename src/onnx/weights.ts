/**
 * The weights of a linear y = x W as numbers, whatever form the graph keeps them in: [outputs, inputs] row-major fp32.
 * Packed weights come out as what the runtime multiplies by, not as what they were before they were packed.
 */
import { type OnnxModel, type OnnxNode, intOf } from './model';
import { type Constants, constantsOf } from './weights/constants';
import { packedWeights } from './weights/packed';

export interface LinearWeights {
  readonly inputs: number;
  readonly outputs: number;
  readonly data: Float32Array;
}

/** A graph's external data by the names that the graph gives. */
export type ExternalData = ReadonlyMap<string, Uint8Array>;

/**
 * Null for a node whose weights are not constant, or are kept in a form that is not known here. Known are `MatMul` and
 * `Gemm` in fp32 and fp16, also behind `DequantizeLinear`, `Cast` and `Transpose`; `MatMulNBits` of 4 and 8 bits; and
 * `MatMulInteger` with the scale that ONNX Runtime's quantiser names after the weights, or fused with it
 * (`MatMulIntegerToFloat`, `DynamicQuantizeMatMul`).
 */
export function linearWeights(model: OnnxModel, node: OnnxNode, external: ExternalData): LinearWeights | null {
  const constants = constantsOf(model, external);
  if (node.op === 'MatMulNBits') return packedWeights(node, constants);
  const name = node.inputs[1] ?? '';
  if (node.op === 'MatMul') return asRows(constants.matrix(name), false);
  if (node.op === 'Gemm')
    return (node.floats.get('alpha') ?? 1) === 1 ? asRows(constants.matrix(name), intOf(node, 'transB') === 1) : null;
  if (node.op === 'MatMulInteger') return asRows(byNamedScale(constants, name), false);
  if (node.op === 'MatMulIntegerToFloat')
    return asRows(constants.dequantised(name, node.inputs[3] ?? '', node.inputs[5] ?? '', COLUMNS), false);
  if (node.op === 'DynamicQuantizeMatMul')
    return asRows(constants.dequantised(name, node.inputs[2] ?? '', node.inputs[3] ?? '', COLUMNS), false);
  return null;
}

const COLUMNS = { axis: 1, block: 0 } as const;
const QUANTISED = /_quantized$/;

function byNamedScale(constants: Constants, name: string) {
  if (!QUANTISED.test(name)) return null;
  const base = name.replace(QUANTISED, '');
  return constants.dequantised(name, `${base}_scale`, `${base}_zero_point`, COLUMNS);
}

function asRows(matrix: ReturnType<Constants['matrix']>, transposed: boolean): LinearWeights | null {
  if (!matrix) return null;
  const { rows, columns, data } = matrix;
  if (transposed) return { outputs: rows, inputs: columns, data };
  const out = new Float32Array(data.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = data[i * columns + j] ?? 0;
  return { outputs: columns, inputs: rows, data: out };
}
