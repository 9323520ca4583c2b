/** From a file's bytes to a Document, whoever reads its kind. */
import { LabError } from '../errors';
import type { Job, Progress } from '../job';
import { sha256 } from './digest';
import type { Document, DocumentReader, FileToRead } from './document';
import { DOCUMENT_KINDS, type DocumentKind, type DocumentKindId } from './kinds';

export type Readers = Partial<Readonly<Record<DocumentKindId, DocumentReader>>>;

/**
 * Reads a file by the extension of its name, and takes its bytes away.
 * Throws `unknown-format`, `document-too-large`, `not-text`, `empty-document`, `document-unreadable`,
 * `password-needed` or `password-wrong`.
 */
export async function* readWith(readers: Readers, file: FileToRead, signal: AbortSignal): Job<Progress, Document> {
  signal.throwIfAborted();
  const { name, bytes } = file;
  const base = name.split(/[\\/]/).at(-1) ?? name;
  const extension = /\.[^.]+$/.exec(base)?.[0] ?? '';
  const { kind, read } = readerFor(readers, name, extension.toLowerCase());
  if (bytes.length > kind.maxMegabytes * 1e6) {
    const megabytes = (bytes.length / 1e6).toFixed(1);
    throw new LabError(
      'document-too-large',
      `“${name}” has ${megabytes} MB; the limit is ${String(kind.maxMegabytes)} MB.`,
    );
  }
  const id = await sha256(bytes);
  const { title, text, ...parts } = yield* read(file, signal);
  signal.throwIfAborted();
  if (text.trim() === '') throw new LabError('empty-document', `“${name}” has no text in it.`);
  const stem = base.slice(0, base.length - extension.length);
  return { id, title: title ?? stem, mediaType: kind.mediaType, text, ...parts };
}

function readerFor(readers: Readers, name: string, extension: string): { kind: DocumentKind; read: DocumentReader } {
  const kinds = Object.entries(DOCUMENT_KINDS) as [DocumentKindId, DocumentKind][];
  for (const [id, kind] of kinds) {
    const read = readers[id];
    if (read && kind.extensions.includes(extension)) return { kind, read };
  }
  const known = kinds.flatMap(([id, { extensions }]) => (readers[id] ? extensions : [])).join(', ');
  throw new LabError('unknown-format', `“${name}” is none of the kinds that can be read: ${known}.`);
}
