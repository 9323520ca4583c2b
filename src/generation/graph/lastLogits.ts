import { INT64, type OnnxModel } from '../../onnx/model';
import { newNode, newTensor } from '../../onnx/write';

/** What may stand between the head and the logits: each value there depends on its own position alone. */
const BETWEEN = new Set(['Cast', 'Div', 'Mul', 'Tanh']);
const HEADS = new Set(['MatMul', 'MatMulNBits']);
/** Slice takes it for "to the end". */
const END = 0x7fffffffffffffffn;

/**
 * Has the head read the last position alone, so that `logits` are [batch, 1, vocabulary]: a prompt's other logits,
 * vocabulary x tokens of them, are never looked at.
 */
export function lastLogits(model: OnnxModel): OnnxModel {
  const at = headOf(model);
  const head = model.nodes[at];
  const [x, ...weights] = head?.inputs ?? [];
  // Operators before version 10 took the ends of a slice as attributes.
  if (!head || x === undefined || model.opset < 10) return model;
  const constant = (name: string, value: bigint) => newTensor(`/last/${name}`, INT64, [1], BigInt64Array.of(value));
  const constants = [constant('starts', -1n), constant('ends', END), constant('axes', 1n)];
  const slice = newNode({
    op: 'Slice',
    name: '/last/Slice',
    inputs: [x, ...constants.map(({ name }) => name)],
    outputs: ['/last/output_0'],
  });
  return {
    ...model,
    nodes: model.nodes.toSpliced(at, 1, slice, { ...head, inputs: ['/last/output_0', ...weights] }),
    initializers: [...model.initializers, ...constants],
  };
}

/** Index of the node; -1 where it is not found. */
function headOf({ nodes }: OnnxModel): number {
  const makers = new Map(nodes.flatMap(({ outputs }, i) => outputs.map((name) => [name, i] as const)));
  for (
    let at = makers.get('logits') ?? -1, node = nodes[at];
    node;
    at = makers.get(node.inputs[0] ?? '') ?? -1, node = nodes[at]
  ) {
    if (HEADS.has(node.op)) return at;
    if (!BETWEEN.has(node.op)) break;
  }
  return -1;
}
