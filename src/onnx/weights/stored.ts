/** The values of a tensor, wherever the file keeps them: as bytes, as lists of numbers, or in another file. */
import { FLOAT, type OnnxModel, type OnnxTensor } from '../model';
import { type Span, fields, readVarint } from '../protobuf';
import type { ExternalData } from '../weights';
import { halves } from './half';

const UINT8 = 2;
const INT8 = 3;
const FLOAT16 = 10;
const UINT4 = 21;
const INT4 = 22;
const FLOAT_DATA = 4;
const INT32_DATA = 5;
const DATA_LOCATION = 13;

/** Null when they are not at hand, or not stored as bytes. */
export function bytesOf(model: OnnxModel, tensor: OnnxTensor, external: ExternalData): Uint8Array | null {
  if (tensor.values) return tensor.values;
  if (tensor.raw) return model.bytes.subarray(tensor.raw.start, tensor.raw.end);
  const file = tensor.location === null ? undefined : external.get(tensor.location);
  if (!file || !tensor.span) return null;
  const { offset, length } = placeIn(model.bytes, tensor.span);
  const end = length === null ? file.length : offset + length;
  return end <= file.length ? file.subarray(offset, end) : null;
}

/** Where a tensor lies in its external file: `external_data` is a list of keys and values in words. */
function placeIn(bytes: Uint8Array, span: NonNullable<OnnxTensor['span']>): { offset: number; length: number | null } {
  const found = new Map<string, number>();
  const decoder = new TextDecoder();
  for (const field of fields(bytes, span)) {
    if (field.number !== DATA_LOCATION) continue;
    let key = '';
    for (const part of fields(bytes, field)) {
      const text = decoder.decode(bytes.subarray(part.start, part.end));
      if (part.number === 1) key = text;
      else if (part.number === 2) found.set(key, Number(text));
    }
  }
  return { offset: found.get('offset') ?? 0, length: found.get('length') ?? null };
}

/** Null for numbers of other kinds than floats of 32 or 16 bits and whole ones of 8 or 4. */
export function valuesOf(model: OnnxModel, tensor: OnnxTensor, external: ExternalData): Float32Array | null {
  const { type, dims, span } = tensor;
  const bytes = bytesOf(model, tensor, external);
  if (!bytes) return span && tensor.location === null ? typedValues(model.bytes, span, type) : null;
  if (type === FLOAT) return new Float32Array(bytes.slice(0, bytes.length & ~3).buffer);
  if (type === FLOAT16) return halves(bytes);
  if (type === UINT8) return Float32Array.from(bytes);
  if (type === INT8) return Float32Array.from(new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  if (type === UINT4 || type === INT4) {
    const count = dims.reduce((product, size) => product * size, 1);
    return nibbles(bytes, count, type === INT4);
  }
  return null;
}

/** Small tensors are often written as lists of numbers: `float_data` or `int32_data`. */
function typedValues(bytes: Uint8Array, span: Span, type: number): Float32Array | null {
  if (type !== FLOAT && type !== INT8 && type !== UINT8) return null;
  const wanted = type === FLOAT ? FLOAT_DATA : INT32_DATA;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values: number[] = [];
  for (const field of fields(bytes, span)) {
    if (field.number !== wanted) continue;
    for (let at = field.start; at < field.end;) {
      if (type === FLOAT) {
        values.push(view.getFloat32(at, true));
        at += 4;
      } else {
        const end = readVarint(bytes, at, field.end).end;
        values.push(lowBits(bytes, at, end));
        at = end;
      }
    }
  }
  return Float32Array.from(values);
}

/** The lower 32 bits of a varint, as a signed number. */
function lowBits(bytes: Uint8Array, from: number, end: number): number {
  let value = 0;
  for (let i = 0; i < Math.min(5, end - from); i++) value |= ((bytes[from + i] ?? 0) & 127) << (7 * i);
  return value;
}

/** Two a byte, the lower half first. */
function nibbles(bytes: Uint8Array, count: number, signed: boolean): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => {
    const pair = bytes[i >> 1] ?? 0;
    const value = i % 2 === 0 ? pair & 15 : pair >> 4;
    return signed && value > 7 ? value - 16 : value;
  });
}
