/**
 * The parts of an ONNX model that grafting looks at, each with the span of bytes it came from, and writers
 * for the few messages that grafting adds. Field numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */
import { LabError } from '../../errors';
import { BYTES, type Field, MessageWriter, type Span, fields, readVarint } from './protobuf';

export const FLOAT = 1;

export const MODEL_GRAPH = 7;
export const GRAPH_NODE = 1;
export const GRAPH_INITIALIZER = 5;
export const GRAPH_INPUT = 11;
export const GRAPH_OUTPUT = 12;
export const GRAPH_VALUE_INFO = 13;
export const NODE_OUTPUT = 2;

export interface OnnxNode {
  readonly span: Span;
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Integer attributes by name. */
  readonly ints: ReadonlyMap<string, number>;
}

export interface OnnxTensor {
  readonly span: Span;
  readonly name: string;
  readonly type: number;
  readonly dims: readonly number[];
  /** Where the values lie in this file; null when they are stored another way. */
  readonly raw: Span | null;
  /** The file that holds the values; null when they are in this one. */
  readonly location: string | null;
}

export interface OnnxValue {
  readonly span: Span;
  readonly name: string;
}

export interface OnnxModel {
  readonly bytes: Uint8Array;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly values: readonly OnnxValue[];
  /** Fields (tags included) of the graph, and of the model, that are none of the above. */
  readonly graphRest: readonly Span[];
  readonly modelRest: readonly Span[];
}

/** Throws `model-corrupt`. */
export function readModel(bytes: Uint8Array): OnnxModel {
  const nodes: OnnxNode[] = [];
  const initializers: OnnxTensor[] = [];
  const inputs: OnnxValue[] = [];
  const outputs: OnnxValue[] = [];
  const values: OnnxValue[] = [];
  const graphRest: Span[] = [];
  const modelRest: Span[] = [];
  let graphs = 0;
  for (const field of fields(bytes, { start: 0, end: bytes.length })) {
    if (field.number !== MODEL_GRAPH) {
      modelRest.push({ start: field.from, end: field.end });
      continue;
    }
    graphs++;
    for (const part of fields(bytes, field)) {
      if (part.number === GRAPH_NODE) nodes.push(readNode(bytes, part));
      else if (part.number === GRAPH_INITIALIZER) initializers.push(readTensor(bytes, part));
      else if (part.number === GRAPH_INPUT) inputs.push(readValue(bytes, part));
      else if (part.number === GRAPH_OUTPUT) outputs.push(readValue(bytes, part));
      else if (part.number === GRAPH_VALUE_INFO) values.push(readValue(bytes, part));
      else graphRest.push({ start: part.from, end: part.end });
    }
  }
  if (graphs !== 1 || nodes.length === 0) throw new LabError('model-corrupt', 'The model file holds no ONNX graph.');
  return { bytes, nodes, initializers, inputs, outputs, values, graphRest, modelRest };
}

const decoder = new TextDecoder();

function text(bytes: Uint8Array, { start, end }: Span): string {
  return decoder.decode(bytes.subarray(start, end));
}

function readNode(bytes: Uint8Array, span: Field): OnnxNode {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const ints = new Map<string, number>();
  let name = '';
  let op = '';
  for (const field of fields(bytes, span)) {
    if (field.number === 1) inputs.push(text(bytes, field));
    else if (field.number === NODE_OUTPUT) outputs.push(text(bytes, field));
    else if (field.number === 3) name = text(bytes, field);
    else if (field.number === 4) op = text(bytes, field);
    else if (field.number === 5) {
      let key = '';
      for (const part of fields(bytes, field)) {
        if (part.number === 1) key = text(bytes, part);
        else if (part.number === 3) ints.set(key, part.value);
      }
    }
  }
  return { span, name, op, inputs, outputs, ints };
}

function readTensor(bytes: Uint8Array, span: Field): OnnxTensor {
  const dims: number[] = [];
  let type = 0;
  let name = '';
  let raw: Span | null = null;
  let location: string | null = null;
  for (const field of fields(bytes, span)) {
    if (field.number === 1) dims.push(...readDims(bytes, field));
    else if (field.number === 2) type = field.value;
    else if (field.number === 8) name = text(bytes, field);
    else if (field.number === 9) raw = field;
    else if (field.number === 13) {
      let key = '';
      for (const part of fields(bytes, field)) {
        if (part.number === 1) key = text(bytes, part);
        else if (part.number === 2 && key === 'location') location = text(bytes, part);
      }
    }
  }
  return { span, name, type, dims, raw, location };
}

/** Dimensions come one by one, or packed into one field. */
function readDims(bytes: Uint8Array, field: Field): number[] {
  if (field.wire !== BYTES) return [field.value];
  const dims: number[] = [];
  for (let at = field.start; at < field.end;) {
    const { value, end } = readVarint(bytes, at, field.end);
    dims.push(value);
    at = end;
  }
  return dims;
}

function readValue(bytes: Uint8Array, span: Field): OnnxValue {
  let name = '';
  for (const field of fields(bytes, span)) if (field.number === 1) name = text(bytes, field);
  return { span, name };
}

/** A NodeProto without attributes. */
export function writeNode(op: string, name: string, inputs: readonly string[], output: string): MessageWriter {
  const node = new MessageWriter();
  for (const input of inputs) node.text(1, input);
  return node.text(NODE_OUTPUT, output).text(3, name).text(4, op);
}

/** A ValueInfoProto; a named dimension is a string. */
export function writeValue(name: string, type: number, shape: readonly (number | string)[]): MessageWriter {
  const dims = new MessageWriter();
  for (const dim of shape)
    dims.message(1, typeof dim === 'number' ? new MessageWriter().int(1, dim) : new MessageWriter().text(2, dim));
  const tensor = new MessageWriter().int(1, type).message(2, dims);
  return new MessageWriter().text(1, name).message(2, new MessageWriter().message(1, tensor));
}

/** A TensorProto whose values are `length` bytes at `offset` of another file. */
export function writeExternalTensor(tensor: OnnxTensor, location: string, { start, end }: Span): MessageWriter {
  const out = new MessageWriter();
  for (const dim of tensor.dims) out.int(1, dim);
  out.int(2, tensor.type).text(8, tensor.name);
  const where = { location, offset: String(start), length: String(end - start) };
  for (const [key, value] of Object.entries(where)) out.message(13, new MessageWriter().text(1, key).text(2, value));
  return out.int(14, 1);
}
