/** Linears that are several in one: what of their output is whose. */
import { intOf } from '../../onnx/model';
import type { Wires } from '../../onnx/wires';
import type { Projection } from '../adapter';

export interface Part {
  readonly projection: Projection;
  readonly outputs: number;
}

/** What is packed, in the order of its columns: Phi-3's, and ONNX Runtime's where it packs what came apart. */
export const PACKED: Readonly<Partial<Record<Projection, readonly Projection[]>>> = {
  qkv_proj: ['q_proj', 'k_proj', 'v_proj'],
  gate_up_proj: ['gate_proj', 'up_proj'],
};

/**
 * The parts of a packed linear whose output is the value `y`, `outputs` wide, where the graph shows their widths: q, k
 * and v before a `GroupQueryAttention` or a `Split`. The whole as its only part where it does not, or where nothing is
 * packed. Exporters pack no gate and up that the model has apart, so these stay the whole that adapters are made for.
 */
export function partsOf(projection: Projection, outputs: number, y: string, wires: Wires): readonly Part[] {
  const widths = projection === 'qkv_proj' ? attentionWidths(y, outputs, wires) : [];
  const [q = 0, k = 0, v = 0] = widths;
  if (q * k * v === 0 || k !== v || widths.length !== 3 || q + k + v !== outputs) return [{ projection, outputs }];
  return [
    { projection: 'q_proj', outputs: q },
    { projection: 'k_proj', outputs: k },
    { projection: 'v_proj', outputs: v },
  ];
}

function attentionWidths(y: string, outputs: number, wires: Wires): readonly number[] {
  const node = wires.onlyReader(y)?.node;
  if (node?.inputs[0] !== y) return [];
  if (node.op === 'Split') {
    const axis = intOf(node, 'axis') ?? 0;
    const listed = node.ints.get('split');
    // A negative axis, counted from the last, reads as one beyond 2^53.
    if (axis !== 2 && axis < 2 ** 53) return [];
    return typeof listed === 'object' ? listed : (wires.wholeNumbers(node.inputs[1] ?? '') ?? []);
  }
  // Given no keys and values of their own, it reads them behind the queries.
  if (node.op !== 'GroupQueryAttention' || node.inputs[1] || node.inputs[2]) return [];
  const [heads, kvHeads] = [intOf(node, 'num_heads') ?? 0, intOf(node, 'kv_num_heads') ?? 0];
  const width = outputs / (heads + 2 * kvHeads);
  return Number.isInteger(width) ? [heads * width, kvHeads * width, kvHeads * width] : [];
}
