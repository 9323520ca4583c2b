/** The values of constants, however a file keeps them. */
import { FLOAT, INT8, type OnnxModel, type OnnxTensor, UINT8 } from './model';
import { BYTES, type Field, fields } from './protobuf';

const FLOAT_DATA = 4;
const INT32_DATA = 5;

/** Row-major values of a 32-bit float or 8-bit tensor inside this file; null for others. */
export function numbersOf({ bytes }: OnnxModel, tensor: OnnxTensor): Float32Array | Int8Array | Uint8Array | null {
  const raw = tensor.values ?? (tensor.raw && bytes.slice(tensor.raw.start, tensor.raw.end));
  if (!raw && (!tensor.span || tensor.location !== null)) return null;
  // Float32Array wants its bytes aligned.
  if (tensor.type === FLOAT)
    return raw
      ? new Float32Array(raw.slice().buffer)
      : Float32Array.from(listed(bytes, tensor, FLOAT_DATA, readFloats));
  const narrow = tensor.type === INT8 ? Int8Array : tensor.type === UINT8 ? Uint8Array : null;
  if (!narrow) return null;
  return raw ? new narrow(raw.slice().buffer) : narrow.from(listed(bytes, tensor, INT32_DATA, readInts));
}

type Reader = (bytes: Uint8Array, field: Field) => number[];

function listed(bytes: Uint8Array, { span }: OnnxTensor, number: number, read: Reader): number[] {
  const found: number[] = [];
  if (span) for (const field of fields(bytes, span)) if (field.number === number) found.push(...read(bytes, field));
  return found;
}

/** One by one or packed, the bytes are the same. */
function readFloats(bytes: Uint8Array, { start, end }: Field): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, end - start);
  return Array.from({ length: (end - start) / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

/** The lowest 32 bits of each varint: negative ones are written with 64, beyond what a number holds. */
function readInts(bytes: Uint8Array, { wire, value, start, end }: Field): number[] {
  if (wire !== BYTES) return [value];
  const found: number[] = [];
  for (let at = start; at < end;) {
    let low = 0;
    for (let shift = 0; at < end; shift += 7) {
      const byte = bytes[at++] ?? 0;
      if (shift < 32) low |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    found.push(low);
  }
  return found;
}
