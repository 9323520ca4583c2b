/** https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.MatMulNBits */
import { type OnnxNode, intOf } from '../model';
import type { LinearWeights } from '../weights';
import type { Constants } from './constants';

const UINT8 = 2;

/**
 * w[n, k] = (q[n, k] - zero[n, k / block]) scale[n, k / block]. Quants are [outputs, blocks, block bits / 8], the lower
 * half of a byte first; zeros are packed alike within a row, or numbers like the scales, or the middle.
 */
export function packedWeights(node: OnnxNode, constants: Constants): LinearWeights | null {
  const [bits, inputs, outputs, block] = ['bits', 'K', 'N', 'block_size'].map((name) => intOf(node, name));
  const [quants, scales, zeros, order] = node.inputs.slice(1, 5).map((name) => constants.tensor(name));
  if ((bits !== 4 && bits !== 8) || !inputs || !outputs || !block || !quants || !scales || order) return null;
  const packed = constants.bytes(quants);
  const scale = constants.values(scales);
  const blocks = Math.ceil(inputs / block);
  const rowBytes = (blocks * block * bits) / 8;
  if (!packed || !scale || packed.length !== outputs * rowBytes || scale.length !== outputs * blocks) return null;

  const zeroBytes = zeros?.type === UINT8 ? constants.bytes(zeros) : null;
  const zeroValues = zeros && !zeroBytes ? constants.values(zeros) : null;
  if (zeros && !zeroBytes && !zeroValues) return null;
  const zeroRow = Math.ceil((blocks * bits) / 8);
  const middle = 2 ** (bits - 1);
  const zeroOf = (n: number, at: number): number => {
    if (zeroBytes) return number(zeroBytes, n * zeroRow, at, bits);
    return zeroValues?.[n * blocks + at] ?? middle;
  };

  const data = new Float32Array(outputs * inputs);
  for (let n = 0; n < outputs; n++)
    for (let at = 0; at < blocks; at++) {
      const zero = zeroOf(n, at);
      const by = scale[n * blocks + at] ?? 0;
      const end = Math.min(inputs, (at + 1) * block);
      for (let k = at * block; k < end; k++) data[n * inputs + k] = (number(packed, n * rowBytes, k, bits) - zero) * by;
    }
  return { inputs, outputs, data };
}

/** The number at place `at` of a row that begins at byte `start`. */
function number(bytes: Uint8Array, start: number, at: number, bits: 4 | 8): number {
  if (bits === 8) return bytes[start + at] ?? 0;
  const pair = bytes[start + (at >> 1)] ?? 0;
  return at % 2 === 0 ? pair & 15 : pair >> 4;
}
