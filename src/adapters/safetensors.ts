/**
 * The safetensors format: 8 bytes of header length, a JSON header, one buffer of tensors.
 * Specification: https://github.com/huggingface/safetensors#format
 */
import * as v from 'valibot';
import { LabError } from '../errors';
import { fromHalf } from '../onnx/weights/half';

/** Row-major, widened to fp32. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const entrySchema = v.object({
  dtype: v.string(),
  shape: v.pipe(v.array(count), v.maxLength(8)),
  data_offsets: v.tuple([count, count]),
});
type Entry = v.InferOutput<typeof entrySchema> & { readonly name: string };

/** What the header says of a tensor. */
export type TensorHead = Pick<Entry, 'dtype' | 'shape'>;

/** The limit that the format's own reader sets. */
const MAX_HEADER_BYTES = 100_000_000;
const BYTES_PER_VALUE: Readonly<Record<string, number>> = { F32: 4, F16: 2, BF16: 2 };

/**
 * Throws `adapter-damaged` where the header is not what the format asks for (tensors must follow one another
 * without gap or overlap and fill the file), `adapter-unsupported` for values that are not F32, F16 or BF16.
 */
export function readSafetensors(bytes: Uint8Array): ReadonlyMap<string, Tensor> {
  const { entries, start } = readEntries(bytes);
  return new Map(entries.map((entry) => [entry.name, readTensor(bytes, start, entry)]));
}

/** Names, kinds and shapes without the values; checked and refused alike. */
export function readHeads(bytes: Uint8Array): ReadonlyMap<string, TensorHead> {
  return new Map(readEntries(bytes).entries.map(({ name, dtype, shape }) => [name, { dtype, shape }]));
}

function readEntries(bytes: Uint8Array): { entries: readonly Entry[]; start: number } {
  const { entries, start } = readHeader(bytes);
  const inOrder = entries.toSorted(
    (a, b) => a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1],
  );
  let at = 0;
  for (const entry of inOrder) {
    const [from, to] = entry.data_offsets;
    if (from !== at || to < from) throw damaged(`the values of ${entry.name} do not follow those before them`);
    checkSize(entry);
    at = to;
  }
  if (start + at !== bytes.length)
    throw damaged(`it should be ${String(start + at)} bytes long and is ${String(bytes.length)}`);
  return { entries: inOrder, start };
}

function readHeader(bytes: Uint8Array): { entries: Entry[]; start: number } {
  if (bytes.length < 8) throw damaged('it is cut off before its header');
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  if (length > MAX_HEADER_BYTES || 8 + length > bytes.length)
    throw damaged('it is cut off within its header, or is no safetensors file');
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, 8 + length)));
  } catch (cause) {
    throw damaged('its header cannot be read', cause);
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    throw damaged('its header lists no tensors');
  const entries = Object.entries(header).flatMap(([name, value]) => {
    if (name === '__metadata__') return [];
    const entry = v.safeParse(entrySchema, value);
    if (!entry.success) throw damaged(`its header does not describe ${name} as the format asks`);
    return [{ name, ...entry.output }];
  });
  return { entries, start: 8 + length };
}

function checkSize({ name, dtype, shape, data_offsets: [from, to] }: Entry): void {
  const width = BYTES_PER_VALUE[dtype];
  if (width === undefined)
    throw new LabError('adapter-unsupported', `The values of ${name} are ${dtype}; F32, F16 and BF16 can be read.`);
  const values = countOf(shape);
  if (values * width !== to - from) throw damaged(`${name} should hold ${String(values)} values and does not`);
}

function countOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function readTensor(bytes: Uint8Array, start: number, { dtype, shape, data_offsets: [from, to] }: Entry): Tensor {
  const values = countOf(shape);
  const view = new DataView(bytes.buffer, bytes.byteOffset + start + from, to - from);
  const data = new Float32Array(values);
  if (dtype === 'F32') for (let i = 0; i < values; i++) data[i] = view.getFloat32(4 * i, true);
  else if (dtype === 'F16') for (let i = 0; i < values; i++) data[i] = fromHalf(view.getUint16(2 * i, true));
  else {
    const bits = new Uint32Array(data.buffer);
    for (let i = 0; i < values; i++) bits[i] = view.getUint16(2 * i, true) << 16;
  }
  return { shape, data };
}

function damaged(what: string, cause?: unknown): LabError {
  return new LabError('adapter-damaged', `The adapter’s weights file is damaged: ${what}.`, { cause });
}
