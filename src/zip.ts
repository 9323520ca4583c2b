/** Zip files, read within bounds and written. Format: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT */
import { Inflate, type Zippable, zipSync } from 'fflate';
import { type ErrorCode, LabError } from './errors';

/** A file in a zip, as its directory describes it; `packed` and `bytes` are its length before and after inflating. */
export interface ZipHead {
  readonly path: string;
  readonly encrypted: boolean;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly bytes: number;
  /** Where its own head lies. */
  readonly at: number;
}

export interface ZipEntry extends ZipHead {
  readonly read: () => Uint8Array<ArrayBuffer>;
}

/** Anything that gives its bytes by place, `to` being exclusive: a zip on disk need not be read whole. */
export interface ZipSource {
  readonly length: number;
  readonly slice: (from: number, to: number) => Promise<Uint8Array>;
}

/** A zip on disk, so that a large one is not read whole. */
export function blobSource(zip: Blob): ZipSource {
  return {
    length: zip.size,
    slice: async (from, to) => new Uint8Array(await zip.slice(from, to).arrayBuffer()),
  };
}

/** What a zip that cannot be read is called where it is read. */
export interface ZipRefusals {
  readonly damaged: ErrorCode;
  /** Encrypted, compressed in an unusual way, or beyond 4 GB. */
  readonly unsupported: ErrorCode;
}

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const MAX_COMMENT = 65535;
const STORED = 0;
const DEFLATED = 8;
/** Deflate makes at most 1,032 bytes of one. */
const MOST_OF_ONE = 1032;
/** No piece becomes more than 8.5 MB before it is looked at, and the last ones 66 kB. */
const [SMALLEST_PIECE, LARGEST_PIECE] = [64, 8192];
const HEAD = 30;
/** Room for 65,535 files with paths of 200 characters. */
const MAX_DIRECTORY = 16_000_000;

/**
 * Lists what the zip's directory names; nothing is inflated before `read` is called, which ends as soon as a file turns
 * out longer than the directory says. Both throw what `refusals` names.
 */
export function readZip(zip: Uint8Array, refusals: ZipRefusals): ZipEntry[] {
  const { at, end, count } = findDirectory(viewOf(zip), 0, refusals);
  if (at > end) throw damaged(refusals, 'its directory is cut or overwritten');
  return headsIn(zip.subarray(at, end), count, refusals).map((head) => ({
    ...head,
    read: () => {
      const start = startOf(zip.subarray(head.at, head.at + HEAD), head, refusals);
      return inflate(zip.subarray(start, start + head.packed), head, refusals);
    },
  }));
}

/** As `readZip`, of a zip that is read in parts. */
export async function listZip(source: ZipSource, refusals: ZipRefusals): Promise<ZipHead[]> {
  const from = Math.max(0, source.length - MAX_COMMENT - 22);
  const { at, end, count } = findDirectory(viewOf(await source.slice(from, source.length)), from, refusals);
  if (at > end || end - at > MAX_DIRECTORY) throw damaged(refusals, 'its directory is cut or overwritten');
  return headsIn(await source.slice(at, end), count, refusals);
}

/** One file of it. Throws what `refusals` names. */
export async function unpack(
  source: ZipSource,
  head: ZipHead,
  refusals: ZipRefusals,
): Promise<Uint8Array<ArrayBuffer>> {
  const start = startOf(await source.slice(head.at, head.at + HEAD), head, refusals);
  return inflate(await source.slice(start, start + head.packed), head, refusals);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Its end is the last thing in the file but for a comment. `tail` begins at `from`. */
function findDirectory(tail: DataView, from: number, refusals: ZipRefusals) {
  for (let at = tail.byteLength - 22; at >= 0 && at >= tail.byteLength - 22 - MAX_COMMENT; at--)
    if (tail.getUint32(at, true) === END)
      return { at: tail.getUint32(at + 16, true), end: from + at, count: tail.getUint16(at + 10, true) };
  throw damaged(refusals, 'it is cut off, or no zip file');
}

function headsIn(directory: Uint8Array, count: number, refusals: ZipRefusals): ZipHead[] {
  const view = viewOf(directory);
  const heads: ZipHead[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > view.byteLength || view.getUint32(at, true) !== ENTRY)
      throw damaged(refusals, 'its directory is cut or overwritten');
    const names = [28, 30, 32].map((offset) => view.getUint16(at + offset, true));
    const [nameLength = 0, extraLength = 0, commentLength = 0] = names;
    const head: ZipHead = {
      path: new TextDecoder().decode(directory.subarray(at + 46, at + 46 + nameLength)),
      encrypted: (view.getUint16(at + 8, true) & 1) === 1,
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      packed: view.getUint32(at + 20, true),
      bytes: view.getUint32(at + 24, true),
      at: view.getUint32(at + 42, true),
    };
    if (!head.path.endsWith('/')) heads.push(head);
    at += 46 + nameLength + extraLength + commentLength;
  }
  return heads;
}

/** Where a file's compressed bytes begin; `own` is the head that stands before them. */
function startOf(
  own: Uint8Array,
  { path, encrypted, method, at, packed, bytes }: ZipHead,
  refusals: ZipRefusals,
): number {
  if (encrypted) throw unsupported(refusals, `${path} in it is encrypted`);
  if (method !== STORED && method !== DEFLATED)
    throw unsupported(refusals, `${path} in it is compressed in an unusual way`);
  if ([at, packed, bytes].includes(0xffffffff)) throw unsupported(refusals, `${path} in it is beyond 4 GB`);
  const view = viewOf(own);
  if (own.length < HEAD || view.getUint32(0, true) !== LOCAL)
    throw damaged(refusals, `${path} is not where it should be`);
  if (method === STORED && packed !== bytes)
    throw damaged(refusals, `${path} has another length than its directory says`);
  return at + HEAD + view.getUint16(26, true) + view.getUint16(28, true);
}

function inflate(data: Uint8Array, head: ZipHead, refusals: ZipRefusals): Uint8Array<ArrayBuffer> {
  if (data.length < head.packed) throw damaged(refusals, `${head.path} is cut off`);
  const out = head.method === STORED ? data.slice() : inflated(data, head, refusals);
  if (crc32(out) !== head.crc) throw damaged(refusals, `${head.path} does not match its checksum`);
  return out;
}

function inflated(data: Uint8Array, { path, bytes }: ZipHead, refusals: ZipRefusals): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const stream = new Inflate((part) => {
    length += part.length;
    if (length > bytes) throw damaged(refusals, `${path} is longer than its directory says`);
    parts.push(part);
  });
  try {
    for (let from = 0; from < data.length;) {
      // What is left to be made bounds what is looked at next.
      const enough = Math.ceil((bytes - length) / MOST_OF_ONE);
      const to = from + Math.min(LARGEST_PIECE, Math.max(SMALLEST_PIECE, enough));
      stream.push(data.subarray(from, to), to >= data.length);
      from = to;
    }
  } catch (error) {
    throw error instanceof LabError ? error : damaged(refusals, `${path} cannot be inflated`, error);
  }
  if (length !== bytes) throw damaged(refusals, `${path} is shorter than its directory says`);
  // Not before: the directory may promise gigabytes.
  const out = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

let table: Uint32Array | null = null;

function crc32(bytes: Uint8Array): number {
  table ??= Uint32Array.from({ length: 256 }, (_, n) => {
    let crc = n;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    return crc;
  });
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (table[(crc ^ byte) & 255] ?? 0);
  return (crc ^ 0xffffffff) >>> 0;
}

/** Text is compressed, weights are not: floating-point noise does not shrink. The same files make the same zip. */
export function writeZip(files: ReadonlyMap<string, string | Uint8Array>): Uint8Array<ArrayBuffer> {
  const entries: Zippable = {};
  for (const [path, content] of files) {
    const text = typeof content === 'string';
    const data = text ? new TextEncoder().encode(content) : content;
    entries[path] = [data, { level: text ? 6 : 0, mtime: '1980-01-01T12:00:00' }];
  }
  return zipSync(entries);
}

function damaged({ damaged: code }: ZipRefusals, what: string, cause?: unknown): LabError {
  return new LabError(code, `The zip file is damaged: ${what}.`, { cause });
}

function unsupported({ unsupported: code }: ZipRefusals, what: string): LabError {
  return new LabError(code, `This zip file cannot be read: ${what}.`);
}
