/** Bytes to text for formats that are plain text inside. */
import { LabError } from '../errors';
import { decodeLegacy, unmarkedUtf16 } from './decoding/undeclared';

/** Shares of characters above which decoded bytes are taken for something other than text. */
const CONTROL_SHARE = 0.02;
/** Western European prose stays below a tenth; other alphabets read as windows-1252 are nearly all accents. */
const ACCENT_SHARE = 0.3;
/** Characters of the bytes 0x80 to 0x9f: Node 20 decodes windows-1252 as Latin-1, which has controls there. */
const WINDOWS_1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';

/**
 * Strict UTF-8 (a byte order mark is dropped), else UTF-16 where a byte order mark or its zeros say so, else windows-1252,
 * or where that gives nearly all accents, an older Japanese or Cyrillic encoding.
 * Line ends become `\n`, so that offsets count in the text that is kept. Throws `not-text`.
 * `declared` is the encoding the file names itself, believed where no byte order mark says otherwise.
 */
export function decodeText(name: string, bytes: Uint8Array, declared: string | null = null): string {
  const text = (decodeDeclared(bytes, declared) ?? decode(name, bytes)).replace(/\r\n?/g, '\n');
  if (text.includes('\0') || share(text, isControl) > CONTROL_SHARE)
    throw new LabError('not-text', `“${name}” holds binary data, not text.`);
  return text;
}

function decodeDeclared(bytes: Uint8Array, declared: string | null): string | null {
  const [first, second] = bytes;
  if (declared === null || (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return null;
  try {
    const decoder = new TextDecoder(declared, { fatal: true });
    // These two are what is tried without a declaration, and a page that is read as bytes is not UTF-16.
    return /^(?:utf-|windows-1252)/.test(decoder.encoding) ? null : decoder.decode(bytes);
  } catch {
    return null;
  }
}

function decode(name: string, bytes: Uint8Array): string {
  // As UTF-8 this is valid, too.
  const utf16 = unmarkedUtf16(bytes);
  if (utf16) return decodeUtf16(name, bytes, utf16);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const [first, second] = bytes;
    if (first === 0xff && second === 0xfe) return decodeUtf16(name, bytes, 'utf-16le');
    if (first === 0xfe && second === 0xff) return decodeUtf16(name, bytes, 'utf-16be');
  }
  const text = new TextDecoder('windows-1252')
    .decode(bytes)
    .replace(/[\x80-\x9f]/g, (c) => WINDOWS_1252[c.charCodeAt(0) - 0x80] ?? c);
  if (share(text, (code) => code >= 0x80) <= ACCENT_SHARE) return text;
  const legacy = decodeLegacy(bytes);
  if (legacy !== null) return legacy;
  throw new LabError('not-text', `“${name}” is binary data, or text in an encoding that is not known here.`);
}

function decodeUtf16(name: string, bytes: Uint8Array, encoding: 'utf-16le' | 'utf-16be'): string {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new LabError('not-text', `“${name}” begins like UTF-16 text but is not.`, { cause });
  }
}

function share(text: string, counts: (code: number) => boolean): number {
  let found = 0;
  for (let i = 0; i < text.length; i++) if (counts(text.charCodeAt(i))) found++;
  return text.length === 0 ? 0 : found / text.length;
}

function isControl(code: number): boolean {
  const white = code >= 0x09 && code <= 0x0d;
  return (code < 0x20 && !white) || (code >= 0x7f && code <= 0x9f) || code === 0xfffd;
}
