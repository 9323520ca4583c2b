/** What a graph says of its inputs and outputs. Field numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto */
import type { OnnxValue } from './model';
import { type Span, fields } from './protobuf';

export interface ValueShape {
  /** TensorProto.DataType; 0 where the graph says nothing. */
  readonly type: number;
  /** Null for a dimension that is a name, or not said. */
  readonly dims: readonly (number | null)[];
}

export function shapeOf({ message }: OnnxValue): ValueShape {
  let type = 0;
  const dims: (number | null)[] = [];
  const whole = { start: 0, end: message.length };
  for (const tensor of within(message, within(message, [whole], 2), 1)) {
    for (const field of fields(message, tensor)) if (field.number === 1) type = field.value;
    for (const dim of within(message, within(message, [tensor], 2), 1)) {
      const values = [...fields(message, dim)].filter(({ number }) => number === 1);
      dims.push(values[0]?.value ?? null);
    }
  }
  return { type, dims };
}

/** The fields of that number in each of the messages. */
function within(bytes: Uint8Array, messages: readonly Span[], number: number): Span[] {
  return messages.flatMap((message) => [...fields(bytes, message)].filter((field) => field.number === number));
}
