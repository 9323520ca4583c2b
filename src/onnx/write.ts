/** Makes new parts of a model, and writes the whole. */
import * as onnx from './model';
import type { OnnxModel, OnnxNode, OnnxTensor, OnnxValue } from './model';
import { MessageWriter, fields } from './protobuf';

export interface NewNode {
  readonly op: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly domain?: string;
  readonly ints?: Readonly<Record<string, number | readonly number[]>>;
  readonly floats?: Readonly<Record<string, number>>;
}

export function newNode({ op, name, inputs, outputs, domain = '', ints = {}, floats = {} }: NewNode): OnnxNode {
  const numbers = { ints: new Map(Object.entries(ints)), floats: new Map(Object.entries(floats)) };
  return { span: null, name, op, domain, scope: '', inputs, outputs, ...numbers, tensors: new Map() };
}

export function newTensor(
  name: string,
  type: number,
  dims: readonly number[],
  { buffer, byteOffset, byteLength }: ArrayBufferView,
): OnnxTensor {
  const values = new Uint8Array(buffer, byteOffset, byteLength);
  return { span: null, name, type, dims, raw: null, location: null, values };
}

/** A named dimension is a string. */
export function newValue(name: string, type: number, shape: readonly (number | string)[]): OnnxValue {
  const dims = new MessageWriter();
  for (const dim of shape)
    dims.message(1, typeof dim === 'number' ? new MessageWriter().int(1, dim) : new MessageWriter().text(2, dim));
  const tensor = new MessageWriter().int(1, type).message(2, dims);
  const message = new MessageWriter().text(1, name).message(2, new MessageWriter().message(1, tensor));
  return { name, message: message.finish() };
}

/** A file that the graph asks for by name. */
export interface ExternalFile {
  readonly path: string;
  readonly data: Uint8Array;
}

export interface WrittenModel {
  /** Without the large weights. */
  readonly graph: Uint8Array<ArrayBuffer>;
  /** Holds the original file itself, whose weights are neither copied nor written anew. */
  readonly external: readonly ExternalFile[];
}

/** Smaller constants stay in the graph: the runtime reads shapes from them before external data is mounted. */
const SMALL_BYTES = 1024;

/** Values of fewer bytes than `inlineBelow` stay in the graph; `Infinity` makes one file of the whole. */
export function writeModel(model: OnnxModel, inlineBelow = SMALL_BYTES): WrittenModel {
  const original = { path: freeName(model), data: model.bytes };
  const external: ExternalFile[] = [original];
  const graph = new MessageWriter();
  for (const node of model.nodes) graph.message(onnx.GRAPH_NODE, writeNode(model.bytes, node));
  for (const { start, end } of model.graphRest) graph.raw(model.bytes.subarray(start, end));
  for (const tensor of model.initializers) {
    const { span, raw, values } = tensor;
    if (raw && raw.end - raw.start >= inlineBelow)
      graph.message(onnx.GRAPH_INITIALIZER, externalTensor(tensor, original.path, raw.start, raw.end - raw.start));
    else if (span) graph.bytes(onnx.GRAPH_INITIALIZER, model.bytes.subarray(span.start, span.end));
    else if (values && values.length >= inlineBelow) {
      const path = `${original.path}.${String(external.length)}`;
      external.push({ path, data: values });
      graph.message(onnx.GRAPH_INITIALIZER, externalTensor(tensor, path, 0, values.length));
    } else graph.message(onnx.GRAPH_INITIALIZER, tensorHead(tensor).bytes(9, values ?? new Uint8Array()));
  }
  for (const { message } of model.inputs) graph.bytes(onnx.GRAPH_INPUT, message);
  for (const { message } of model.outputs) graph.bytes(onnx.GRAPH_OUTPUT, message);
  for (const { message } of model.values) graph.bytes(onnx.GRAPH_VALUE_INFO, message);

  const out = new MessageWriter();
  for (const { start, end } of model.modelRest) out.raw(model.bytes.subarray(start, end));
  return { graph: out.message(onnx.MODEL_GRAPH, graph).finish(), external };
}

function freeName(model: OnnxModel): string {
  const taken = new Set(model.initializers.map(({ location }) => location));
  let name = 'original.onnx';
  while (taken.has(name)) name = `_${name}`;
  return name;
}

/** AttributeProto.AttributeType */
const TYPES = { float: 1, int: 2, ints: 7 };
const WIRES = new Set([onnx.NODE_INPUT, onnx.NODE_OUTPUT]);

/** The NodeProto; everything but its wires is copied from the file where it comes from there. */
function writeNode(
  bytes: Uint8Array,
  { span, op, name, inputs, outputs, domain, ints, floats }: OnnxNode,
): MessageWriter {
  const node = new MessageWriter();
  for (const input of inputs) node.text(onnx.NODE_INPUT, input);
  for (const output of outputs) node.text(onnx.NODE_OUTPUT, output);
  if (span) {
    for (const field of fields(bytes, span))
      if (!WIRES.has(field.number)) node.raw(bytes.subarray(field.from, field.end));
    return node;
  }
  node.text(3, name).text(4, op);
  for (const [key, value] of ints) {
    const attribute = new MessageWriter().text(1, key);
    if (typeof value === 'number') attribute.int(3, value).int(20, TYPES.int);
    else {
      for (const one of value) attribute.int(8, one);
      attribute.int(20, TYPES.ints);
    }
    node.message(5, attribute);
  }
  for (const [key, value] of floats)
    node.message(5, new MessageWriter().text(1, key).float(2, value).int(20, TYPES.float));
  return domain ? node.text(7, domain) : node;
}

function tensorHead({ name, type, dims }: OnnxTensor): MessageWriter {
  const head = new MessageWriter();
  for (const dim of dims) head.int(1, dim);
  return head.int(2, type).text(8, name);
}

function externalTensor(tensor: OnnxTensor, location: string, offset: number, length: number): MessageWriter {
  const out = tensorHead(tensor);
  const where = { location, offset: String(offset), length: String(length) };
  for (const [key, value] of Object.entries(where)) out.message(13, new MessageWriter().text(1, key).text(2, value));
  return out.int(14, 1);
}
