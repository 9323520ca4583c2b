/** How large a model's largest tensor is, without reading its weights. */
import { LabError } from '../errors';
import { GRAPH_INITIALIZER, MODEL_GRAPH } from './model';
import { BYTES, type Field, type Span, fields, readNumbers } from './protobuf';

/** Reads a file from `at`: `length` bytes, fewer only at the file's end. */
export type ReadAt = (at: number, length: number) => Promise<Uint8Array>;

/** Read at once: the nodes of a graph are many and small. */
const WINDOW = 64 * 1024;
/** The longest that a field's head gets: two varints. */
const HEAD = 20;
/** Packed dimensions are no longer than this; all else of that length is weights. */
const SMALL = 1024;

/** Bytes of one element by TensorProto.DataType; 4-bit ones share a byte. Strings are no weights. */
const ELEMENT: Readonly<Record<number, number>> = {
  ...{ 1: 4, 2: 1, 3: 1, 4: 2, 5: 2, 6: 4, 7: 8, 9: 1, 10: 2, 11: 8, 12: 4, 13: 8, 14: 8, 15: 16, 16: 2 },
  ...{ 17: 1, 18: 1, 19: 1, 20: 1, 21: 0.5, 22: 0.5 },
};

/**
 * Bytes of the largest initializer of an ONNX file of `size` bytes; its values may lie in another file. Constants among
 * the nodes are not counted. Only the heads of fields are read, in windows of 64 KiB. Throws `model-corrupt`.
 */
export async function largestTensor(read: ReadAt, size: number): Promise<number> {
  const windowed = inWindows(read);
  let largest = 0;
  for await (const model of walk(windowed, { start: 0, end: size })) {
    if (model.number !== MODEL_GRAPH || model.wire !== BYTES) continue;
    for await (const part of walk(windowed, model))
      if (part.number === GRAPH_INITIALIZER) largest = Math.max(largest, await tensorBytes(windowed, part));
  }
  return largest;
}

async function tensorBytes(read: ReadAt, tensor: Span): Promise<number> {
  let count = 1;
  let element = 0;
  for await (const field of walk(read, tensor)) {
    if (field.number === 1 && field.end - field.start < SMALL) {
      const dims = await read(field.start, field.end - field.start);
      for (const dim of readNumbers(dims, { ...field, start: 0, end: dims.length })) count *= dim;
    } else if (field.number === 2) element = ELEMENT[field.value] ?? 0;
  }
  return Math.ceil(count * element);
}

/** As `fields`, over a file that is not in memory. */
async function* walk(read: ReadAt, { start, end }: Span): AsyncGenerator<Field> {
  for (let at = start; at < end;) {
    const head = await read(at, Math.min(HEAD, end - at));
    if (head.length === 0) throw new LabError('model-corrupt', `The model file ends at byte ${String(at)}.`);
    // Its payload lies beyond what was read: the limit that it is held to is the message's.
    const [field] = fields(head, { start: 0, end: end - at });
    if (!field) return;
    yield { ...field, from: at, start: at + field.start, end: at + field.end };
    at += field.end;
  }
}

function inWindows(read: ReadAt): ReadAt {
  let from = 0;
  let bytes: Uint8Array = new Uint8Array();
  return async (at, length) => {
    if (at < from || at + length > from + bytes.length) [from, bytes] = [at, await read(at, Math.max(length, WINDOW))];
    return bytes.subarray(at - from, at - from + length);
  };
}
