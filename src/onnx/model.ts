/**
 * ONNX files as bytes: the parts of a model that rewriting looks at, each with the span it came from. Refuses to
 * know: how a model is run, and what it is for. Field numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */
import { LabError } from '../errors';
import { type Field, type Span, fields, readNumbers } from './protobuf';

export const FLOAT = 1;
export const UINT8 = 2;
export const INT8 = 3;
export const INT64 = 7;
export const FLOAT16 = 10;

export const MODEL_GRAPH = 7;
export const GRAPH_NODE = 1;
export const GRAPH_INITIALIZER = 5;
export const GRAPH_INPUT = 11;
export const GRAPH_OUTPUT = 12;
export const GRAPH_VALUE_INFO = 13;
export const NODE_INPUT = 1;
export const NODE_OUTPUT = 2;
const MODEL_OPSETS = 8;

export interface OnnxNode {
  /** Where its attributes are copied from; null for a node that was made here. */
  readonly span: Span | null;
  readonly name: string;
  readonly op: string;
  /** Operators of ONNX Runtime's own are of `com.microsoft`. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Where in the exported program it comes from, as torch's newer exporter notes it; else empty. Read, but not written. */
  readonly scope: string;
  /** Whole-number attributes from 0 to 2^53 by name. */
  readonly ints: ReadonlyMap<string, number | readonly number[]>;
  /** 32-bit float attributes by name. */
  readonly floats: ReadonlyMap<string, number>;
  /** Tensor attributes by name; read, but not written. */
  readonly tensors: ReadonlyMap<string, OnnxTensor>;
}

/** A single whole-number attribute; undefined when the node has none of that name. */
export function intOf(node: OnnxNode, name: string): number | undefined {
  const value = node.ints.get(name);
  return typeof value === 'number' ? value : undefined;
}

export interface OnnxTensor {
  readonly name: string;
  readonly type: number;
  readonly dims: readonly number[];
  /** Null for a tensor that was made here, which has `values`. */
  readonly span: Span | null;
  /** Where the values lie in this file; null when they are stored another way. */
  readonly raw: Span | null;
  /** The file that holds the values; null when they are in this one. */
  readonly location: string | null;
  readonly values: Uint8Array | null;
}

/** An input, an output, or the described shape of a value between nodes; `message` is its ValueInfoProto. */
export interface OnnxValue {
  readonly name: string;
  readonly message: Uint8Array;
}

export interface OnnxModel {
  readonly bytes: Uint8Array;
  /** Version of ONNX's own operators; 0 where the file names none. */
  readonly opset: number;
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
  let opset = 0;
  for (const field of fields(bytes, { start: 0, end: bytes.length })) {
    if (field.number !== MODEL_GRAPH) {
      modelRest.push({ start: field.from, end: field.end });
      if (field.number === MODEL_OPSETS) opset = Math.max(opset, readOpset(bytes, field));
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
  return { bytes, opset, nodes, initializers, inputs, outputs, values, graphRest, modelRest };
}

const decoder = new TextDecoder();

function text(bytes: Uint8Array, { start, end }: Span): string {
  return decoder.decode(bytes.subarray(start, end));
}

/** 0 for the operators of other domains. */
function readOpset(bytes: Uint8Array, span: Field): number {
  let domain = '';
  let version = 0;
  for (const field of fields(bytes, span)) {
    if (field.number === 1) domain = text(bytes, field);
    else if (field.number === 2) version = field.value;
  }
  return domain === '' || domain === 'ai.onnx' ? version : 0;
}

function readNode(bytes: Uint8Array, span: Field): OnnxNode {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const ints = new Map<string, number | readonly number[]>();
  const floats = new Map<string, number>();
  const tensors = new Map<string, OnnxTensor>();
  let scope = '';
  let name = '';
  let op = '';
  let domain = '';
  for (const field of fields(bytes, span)) {
    if (field.number === 1) inputs.push(text(bytes, field));
    else if (field.number === NODE_OUTPUT) outputs.push(text(bytes, field));
    else if (field.number === 3) name = text(bytes, field);
    else if (field.number === 4) op = text(bytes, field);
    else if (field.number === 7) domain = text(bytes, field);
    else if (field.number === 9) scope = readScope(bytes, field) ?? scope;
    else if (field.number === 5) {
      let key = '';
      const list: number[] = [];
      for (const part of fields(bytes, field)) {
        if (part.number === 1) key = text(bytes, part);
        else if (part.number === 2) floats.set(key, readFloat(bytes, part));
        else if (part.number === 3) ints.set(key, part.value);
        else if (part.number === 5) tensors.set(key, readTensor(bytes, part));
        else if (part.number === 8) list.push(...readNumbers(bytes, part));
      }
      if (list.length > 0) ints.set(key, list);
    }
  }
  return { span, name, op, domain, scope, inputs, outputs, ints, floats, tensors };
}

/** https://docs.pytorch.org/docs/stable/onnx_export.html: `namespace` among the metadata of a node. */
function readScope(bytes: Uint8Array, span: Span): string | undefined {
  const entry = new Map<number, string>();
  for (const field of fields(bytes, span)) entry.set(field.number, text(bytes, field));
  return entry.get(1) === 'namespace' ? entry.get(2) : undefined;
}

function readFloat(bytes: Uint8Array, { start }: Span): number {
  return new DataView(bytes.buffer, bytes.byteOffset + start, 4).getFloat32(0, true);
}

function readTensor(bytes: Uint8Array, span: Field): OnnxTensor {
  const dims: number[] = [];
  let type = 0;
  let name = '';
  let raw: Span | null = null;
  let location: string | null = null;
  for (const field of fields(bytes, span)) {
    if (field.number === 1) dims.push(...readNumbers(bytes, field));
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
  return { span, name, type, dims, raw, location, values: null };
}

function readValue(bytes: Uint8Array, span: Field): OnnxValue {
  let name = '';
  for (const field of fields(bytes, span)) if (field.number === 1) name = text(bytes, field);
  return { name, message: bytes.subarray(span.start, span.end) };
}
