/** From a file's bytes to a Document, whoever reads its kind. */
import { LabError } from '../errors';
import type { Job, Progress } from '../job';
import { sha256 } from './digest';
import type { Document, DocumentReader, FileToRead } from './document';
import {
  baseName,
  DOCUMENT_KINDS,
  type DocumentKind,
  type DocumentKindId,
  extensionOf,
  KIND_IDS,
  kindOf,
} from './kinds';

export type Readers = Partial<Readonly<Record<DocumentKindId, DocumentReader>>>;

/**
 * Reads a file by the extension of its name, and takes its bytes away.
 * Throws `unknown-format`, `document-too-large`, `not-text`, `empty-document`, `document-unreadable`,
 * `document-locked`, `password-needed` or `password-wrong`.
 */
export async function* readWith(readers: Readers, file: FileToRead, signal: AbortSignal): Job<Progress, Document> {
  signal.throwIfAborted();
  const { name, bytes } = file;
  const base = baseName(name);
  const { kind, read } = readerFor(readers, name);
  refuseTooLarge(name, kind, bytes.length);
  const id = await sha256(bytes);
  const { title, text, ...parts } = yield* read(file, signal);
  signal.throwIfAborted();
  if (text.trim() === '') throw new LabError('empty-document', `“${name}” has no text in it.`);
  const stem = base.slice(0, base.length - extensionOf(base).length);
  return { id, title: title ?? stem, mediaType: kind.mediaType, text, ...parts };
}

/** What a name and a length alone rule out, before a byte is read. Throws `unknown-format` and `document-too-large`. */
export function refuseUnread(name: string, bytes: number): void {
  const id = kindOf(name);
  if (!id) throw unknown(name, KIND_IDS);
  refuseTooLarge(name, DOCUMENT_KINDS[id], bytes);
}

function refuseTooLarge(name: string, kind: DocumentKind, bytes: number): void {
  if (bytes <= kind.maxMegabytes * 1e6) return;
  const megabytes = (bytes / 1e6).toFixed(1);
  const why = `“${name}” has ${megabytes} MB; the limit is ${String(kind.maxMegabytes)} MB.`;
  throw new LabError('document-too-large', why);
}

function readerFor(readers: Readers, name: string): { kind: DocumentKind; read: DocumentReader } {
  const among = KIND_IDS.filter((id) => readers[id]);
  const id = kindOf(name, among);
  const read = id && readers[id];
  if (!id || !read) throw unknown(name, among);
  return { kind: DOCUMENT_KINDS[id], read };
}

function unknown(name: string, among: readonly DocumentKindId[]): LabError {
  const known = among.map((id) => DOCUMENT_KINDS[id].name).join(', ');
  return new LabError('unknown-format', `“${name}” is none of the kinds that can be read: ${known}.`);
}
