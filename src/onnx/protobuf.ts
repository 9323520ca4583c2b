/**
 * The protobuf wire format, as far as ONNX needs it. Nothing is copied while reading: a message is a span
 * of the file, so that patching a model of hundreds of megabytes touches only its graph.
 * Source: https://protobuf.dev/programming-guides/encoding/
 */
import { LabError } from '../errors';

/** Byte offsets into the file, `end` exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** `start..end` is the payload, `from` the first byte of the tag. `value` is set for varints only. */
export interface Field extends Span {
  readonly number: number;
  readonly wire: number;
  readonly from: number;
  readonly value: number;
}

const VARINT = 0;
const FIXED64 = 1;
export const BYTES = 2;
const FIXED32 = 5;

/** Throws `model-corrupt` where a field reaches beyond its message. */
export function* fields(bytes: Uint8Array, span: Span): Generator<Field> {
  let at = span.start;
  while (at < span.end) {
    const from = at;
    const tag = readVarint(bytes, at, span.end);
    const number = Math.floor(tag.value / 8);
    const wire = tag.value % 8;
    let start = tag.end;
    let end: number;
    let value = 0;
    if (wire === VARINT) ({ value, end } = readVarint(bytes, start, span.end));
    else if (wire === FIXED64) end = start + 8;
    else if (wire === FIXED32) end = start + 4;
    else if (wire === BYTES) {
      const length = readVarint(bytes, start, span.end);
      start = length.end;
      end = start + length.value;
    } else throw corrupt(from);
    if (end > span.end) throw corrupt(from);
    yield { number, wire, from, start, end, value };
    at = end;
  }
}

/** Exact up to 2^53; a negative int64 comes out as a large positive number, which no caller reads. */
export function readVarint(bytes: Uint8Array, start: number, limit: number): { value: number; end: number } {
  let value = 0;
  let factor = 1;
  for (let at = start; at < Math.min(limit, start + 10); at++) {
    const byte = bytes[at] ?? 0;
    value += (byte & 127) * factor;
    if (byte < 128) return { value, end: at + 1 };
    factor *= 128;
  }
  throw corrupt(start);
}

/** Whole numbers come one by one, or packed into one field. */
export function readNumbers(bytes: Uint8Array, field: Field): number[] {
  if (field.wire !== BYTES) return [field.value];
  const numbers: number[] = [];
  for (let at = field.start; at < field.end;) {
    const { value, end } = readVarint(bytes, at, field.end);
    numbers.push(value);
    at = end;
  }
  return numbers;
}

function corrupt(at: number): LabError {
  return new LabError('model-corrupt', `The model file is not valid ONNX: it cannot be read at byte ${String(at)}.`);
}

const encoder = new TextEncoder();

/** Builds one message. Parts are kept by reference until `finish`. */
export class MessageWriter {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  /** Bytes that are already encoded fields. */
  raw(bytes: Uint8Array): this {
    this.#parts.push(bytes);
    this.#length += bytes.length;
    return this;
  }

  /** `value` is a whole number from 0 to 2^53. */
  int(field: number, value: number): this {
    return this.#varint(field * 8 + VARINT).#varint(value);
  }

  float(field: number, value: number): this {
    return this.#varint(field * 8 + FIXED32).raw(new Uint8Array(Float32Array.of(value).buffer));
  }

  bytes(field: number, bytes: Uint8Array): this {
    return this.#varint(field * 8 + BYTES)
      .#varint(bytes.length)
      .raw(bytes);
  }

  text(field: number, text: string): this {
    return this.bytes(field, encoder.encode(text));
  }

  message(field: number, message: MessageWriter): this {
    this.#varint(field * 8 + BYTES).#varint(message.#length);
    for (const part of message.#parts) this.raw(part);
    return this;
  }

  finish(): Uint8Array<ArrayBuffer> {
    const out = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  }

  #varint(value: number): this {
    const bytes: number[] = [];
    for (let rest = value; ; rest = Math.floor(rest / 128)) {
      if (rest < 128) {
        bytes.push(rest);
        return this.raw(Uint8Array.from(bytes));
      }
      bytes.push((rest % 128) | 128);
    }
  }
}
