/** What a graph's constants hold, and what `DequantizeLinear`, `Cast` and `Transpose` make of them. */
import { type OnnxModel, type OnnxNode, type OnnxTensor, intOf } from '../model';
import type { ExternalData } from '../weights';
import { bytesOf, valuesOf } from './stored';

/** Row-major. */
export interface ConstantMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float32Array;
}

export interface Constants {
  readonly tensor: (name: string) => OnnxTensor | undefined;
  /** The bytes of a tensor; null when they are not at hand. */
  readonly bytes: (tensor: OnnxTensor) => Uint8Array | null;
  /** Floats of 32 or 16 bits, or whole numbers of 8 or 4; null for others. */
  readonly values: (tensor: OnnxTensor) => Float32Array | null;
  /** A constant of two dimensions, or what nodes make of one. */
  readonly matrix: (name: string) => ConstantMatrix | null;
  /**
   * (q - zero) scale; scale and zero are single values, or one for each place along `axis`, or, where there is a
   * `block`, [rows, columns] with one for so many places there. `zero` is '' where there is none.
   */
  readonly dequantised: (
    quants: string,
    scale: string,
    zero: string,
    along: { readonly axis: 0 | 1; readonly block: number },
  ) => ConstantMatrix | null;
}

export function constantsOf(model: OnnxModel, external: ExternalData): Constants {
  let tensors: Map<string, OnnxTensor> | null = null;
  const tensor = (name: string) => (tensors ??= new Map(model.initializers.map((one) => [one.name, one]))).get(name);
  const bytes = (one: OnnxTensor) => bytesOf(model, one, external);
  const values = (one: OnnxTensor) => valuesOf(model, one, external);
  const byName = (name: string): ConstantMatrix | null => {
    const one = tensor(name);
    const data = one && values(one);
    const [rows, columns, more] = one?.dims ?? [];
    return data && rows && columns && more === undefined && data.length === rows * columns
      ? { rows, columns, data }
      : null;
  };
  const dequantised: Constants['dequantised'] = (name, scaleName, zeroName, along) => {
    const quants = byName(name);
    const scale = valuesNamed(scaleName);
    if (!quants || !scale) return null;
    const zero = zeroName === '' ? null : valuesNamed(zeroName);
    if (zeroName !== '' && !zero) return null;
    return scaled(quants, scale, zero, along);
  };
  const valuesNamed = (name: string): Float32Array | null => {
    const one = tensor(name);
    return one ? values(one) : null;
  };
  const matrix = (name: string, depth = 0): ConstantMatrix | null => {
    if (tensor(name)) return byName(name);
    const node = depth < 4 ? model.nodes.find(({ outputs }) => outputs.includes(name)) : undefined;
    if (!node) return null;
    const [from = '', scale = '', zero = ''] = node.inputs;
    if (node.op === 'Cast') return matrix(from, depth + 1);
    if (node.op === 'Transpose') return turned(matrix(from, depth + 1));
    return node.op === 'DequantizeLinear' ? dequantised(from, scale, zero, alongOf(node)) : null;
  };
  return { tensor, bytes, values, matrix: (name) => matrix(name), dequantised };
}

/** An axis below 0, which counts from the end, is read as a very large number: -1. */
function alongOf(node: OnnxNode): { axis: 0 | 1; block: number } {
  return { axis: intOf(node, 'axis') === 0 ? 0 : 1, block: intOf(node, 'block_size') ?? 0 };
}

function scaled(
  { rows, columns, data }: ConstantMatrix,
  scale: Float32Array,
  zero: Float32Array | null,
  { axis, block }: { readonly axis: 0 | 1; readonly block: number },
): ConstantMatrix | null {
  const blocks = block > 0 ? Math.ceil((axis === 0 ? rows : columns) / block) : 0;
  const expected = block > 0 ? blocks * (axis === 0 ? columns : rows) : axis === 0 ? rows : columns;
  if (scale.length !== expected && (block > 0 || scale.length !== 1)) return null;
  if (zero && zero.length !== scale.length) return null;
  const place = (i: number, j: number): number => {
    if (block > 0) return axis === 0 ? Math.floor(i / block) * columns + j : i * blocks + Math.floor(j / block);
    return scale.length === 1 ? 0 : axis === 0 ? i : j;
  };
  const out = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) {
      const at = place(i, j);
      out[i * columns + j] = ((data[i * columns + j] ?? 0) - (zero?.[at] ?? 0)) * (scale[at] ?? 0);
    }
  return { rows, columns, data: out };
}

function turned(matrix: ConstantMatrix | null): ConstantMatrix | null {
  if (!matrix) return null;
  const { rows, columns, data } = matrix;
  const out = new Float32Array(data.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = data[i * columns + j] ?? 0;
  return { rows: columns, columns: rows, data: out };
}
