/** Zip files, read within bounds and written. Format: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT */
import { Inflate, type Zippable, zipSync } from 'fflate';
import { LabError } from '../errors';

/** A file in a zip, as its directory describes it. */
export interface ZipEntry {
  readonly path: string;
  /** Inflated. */
  readonly bytes: number;
  readonly read: () => Uint8Array<ArrayBuffer>;
}

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const MAX_COMMENT = 65535;
const STORED = 0;
const DEFLATED = 8;
/** Deflate makes at most 1,032 bytes of one: a piece of this size cannot become more than 8.5 MB before it is looked at. */
const PIECE = 8192;

/**
 * Lists what the zip's directory names; nothing is inflated before `read` is called, which ends as soon as a file turns
 * out longer than the directory says. Both throw `adapter-damaged`, and `adapter-unsupported` for encrypted files,
 * other compressions and files beyond 4 GB.
 */
export function readZip(zip: Uint8Array): ZipEntry[] {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
  const end = findEnd(view);
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  const entries: ZipEntry[] = [];
  for (let i = 0; i < count; i++) {
    if (at + 46 > end || view.getUint32(at, true) !== ENTRY) throw damaged('its directory is cut or overwritten');
    const names = [28, 30, 32].map((offset) => view.getUint16(at + offset, true));
    const [nameLength = 0, extraLength = 0, commentLength = 0] = names;
    const path = new TextDecoder().decode(zip.subarray(at + 46, at + 46 + nameLength));
    const head: Head = {
      path,
      encrypted: (view.getUint16(at + 8, true) & 1) === 1,
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      packed: view.getUint32(at + 20, true),
      bytes: view.getUint32(at + 24, true),
      at: view.getUint32(at + 42, true),
    };
    if (!path.endsWith('/')) entries.push({ path, bytes: head.bytes, read: () => inflate(zip, view, head) });
    at += 46 + nameLength + extraLength + commentLength;
  }
  return entries;
}

interface Head {
  readonly path: string;
  readonly encrypted: boolean;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly bytes: number;
  readonly at: number;
}

/** The directory's end is the last thing in the file but for a comment. */
function findEnd(view: DataView): number {
  for (let at = view.byteLength - 22; at >= 0 && at >= view.byteLength - 22 - MAX_COMMENT; at--)
    if (view.getUint32(at, true) === END) return at;
  throw damaged('it is cut off, or no zip file');
}

function inflate(zip: Uint8Array, view: DataView, head: Head): Uint8Array<ArrayBuffer> {
  const { path, at, packed, bytes, method } = head;
  if (head.encrypted) throw unsupported(`${path} in it is encrypted`);
  if (method !== STORED && method !== DEFLATED) throw unsupported(`${path} in it is compressed in an unusual way`);
  if ([at, packed, bytes].includes(0xffffffff)) throw unsupported(`${path} in it is beyond 4 GB`);
  if (at + 30 > zip.length || view.getUint32(at, true) !== LOCAL) throw damaged(`${path} is not where it should be`);
  const start = at + 30 + view.getUint16(at + 26, true) + view.getUint16(at + 28, true);
  if (start + packed > zip.length) throw damaged(`${path} is cut off`);
  if (method === STORED && packed !== bytes) throw damaged(`${path} has another length than its directory says`);
  const data = zip.subarray(start, start + packed);
  const out = method === STORED ? data.slice() : inflated(data, head);
  if (crc32(out) !== head.crc) throw damaged(`${path} does not match its checksum`);
  return out;
}

function inflated(data: Uint8Array, { path, bytes }: Head): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const stream = new Inflate((part) => {
    length += part.length;
    if (length > bytes) throw damaged(`${path} is longer than its directory says`);
    parts.push(part);
  });
  try {
    for (let from = 0; from < data.length; from += PIECE)
      stream.push(data.subarray(from, from + PIECE), from + PIECE >= data.length);
  } catch (error) {
    throw error instanceof LabError ? error : damaged(`${path} cannot be inflated`, error);
  }
  if (length !== bytes) throw damaged(`${path} is shorter than its directory says`);
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

function damaged(what: string, cause?: unknown): LabError {
  return new LabError('adapter-damaged', `The zip file is damaged: ${what}.`, { cause });
}

function unsupported(what: string): LabError {
  return new LabError('adapter-unsupported', `This zip file cannot be read: ${what}.`);
}
