import { FLOAT, type OnnxModel, type OnnxNode, type OnnxTensor, UINT8, intOf } from '../../onnx/model';
import { newNode, newTensor } from '../../onnx/write';

/** Above this the weights stay packed: 4 bytes a weight have to fit into a phone's share of 32-bit memory. */
const MAX_UNPACKED_BYTES = 192 * 2 ** 20;

/** w[n, k] = (q[n, k] - zero) * scale[n, k / block], two weights a byte, the lower half first. */
interface Packed {
  readonly inputs: number;
  readonly outputs: number;
  readonly block: number;
  readonly quants: OnnxTensor;
  readonly scales: OnnxTensor;
}

/**
 * Turns every `MatMulNBits` into a `MatMul` with 32-bit weights. ONNX Runtime's WebAssembly has no kernel that reads
 * packed weights: it unpacks a whole matrix on each run, which for one token costs ten times the product itself.
 * Layout: https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.MatMulNBits
 */
export function unpackWeights(model: OnnxModel): OnnxModel {
  const constants = new Map(model.initializers.map((tensor) => [tensor.name, tensor]));
  const found = model.nodes.map((node) => packedOf(node, constants));
  const bytes = found.reduce((sum, packed) => sum + (packed ? packed.inputs * packed.outputs * 4 : 0), 0);
  if (bytes === 0 || bytes > MAX_UNPACKED_BYTES) return model;

  const unpacked: OnnxTensor[] = [];
  const nodes = model.nodes.map((node, i) => {
    const packed = found[i];
    if (!packed) return node;
    const name = `/unpacked/${String(i)}`;
    unpacked.push(newTensor(name, FLOAT, [packed.inputs, packed.outputs], unpack(model.bytes, packed)));
    return newNode({ op: 'MatMul', name: node.name, inputs: [node.inputs[0] ?? '', name], outputs: node.outputs });
  });
  const replaced = new Set(found.flatMap((packed) => (packed ? [packed.quants.name, packed.scales.name] : [])));
  const read = new Set(nodes.flatMap(({ inputs }) => inputs));
  const kept = model.initializers.filter(({ name }) => !replaced.has(name) || read.has(name));
  return { ...model, nodes, initializers: [...kept, ...unpacked] };
}

/** Null for whatever is not 4 bits with 32-bit scales around the middle, inside this file. */
function packedOf(node: OnnxNode, constants: ReadonlyMap<string, OnnxTensor>): Packed | null {
  if (node.op !== 'MatMulNBits' || intOf(node, 'bits') !== 4 || node.inputs.length !== 3) return null;
  const [inputs, outputs, block] = [intOf(node, 'K'), intOf(node, 'N'), intOf(node, 'block_size')];
  const [quants, scales] = node.inputs.slice(1).map((name) => constants.get(name));
  if (!inputs || !outputs || !block || inputs % block !== 0) return null;
  if (quants?.type !== UINT8 || scales?.type !== FLOAT || !quants.raw || !scales.raw) return null;
  const fits =
    quants.raw.end - quants.raw.start === (inputs * outputs) / 2 &&
    scales.raw.end - scales.raw.start === ((inputs * outputs) / block) * 4;
  return fits ? { inputs, outputs, block, quants, scales } : null;
}

const MIDDLE = 8;

/** [inputs, outputs] row-major. */
function unpack(bytes: Uint8Array, { inputs, outputs, block, quants, scales }: Packed): Float32Array {
  const out = new Float32Array(inputs * outputs);
  const packed = bytes.subarray(quants.raw?.start, quants.raw?.end);
  const scale = new Float32Array(bytes.slice(scales.raw?.start, scales.raw?.end).buffer);
  for (let n = 0; n < outputs; n++)
    for (let k = 0; k < inputs; k += 2) {
      const pair = packed[(n * inputs + k) >> 1] ?? 0;
      const by = scale[((n * inputs + k) / block) | 0] ?? 0;
      out[k * outputs + n] = ((pair & 15) - MIDDLE) * by;
      out[(k + 1) * outputs + n] = ((pair >> 4) - MIDDLE) * by;
    }
  return out;
}
