/**
 * The table of document formats. A format turns a file's bytes into text once; every offset in the lab counts
 * in that text.
 */
import { LabError } from '../errors';
import { sha256 } from './digest';
import type { Document, DocumentFormat } from './document';
import { markdown } from './formats/markdown';
import { plainText } from './formats/plainText';

const FORMATS: readonly DocumentFormat[] = [markdown, plainText];

const MAX_MEGABYTES = 20;

/**
 * Reads a file by the extension of its name.
 * Throws `unknown-format`, `document-too-large`, `not-text` or `empty-document`.
 */
export async function readDocument(
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
  signal: AbortSignal,
): Promise<Document> {
  signal.throwIfAborted();
  const file = name.split(/[\\/]/).at(-1) ?? name;
  const extension = /\.[^.]+$/.exec(file)?.[0] ?? '';
  const format = FORMATS.find(({ extensions }) => extensions.includes(extension.toLowerCase()));
  if (!format) {
    const known = FORMATS.flatMap(({ extensions }) => extensions).join(', ');
    throw new LabError('unknown-format', `“${name}” is none of the kinds that can be read: ${known}.`);
  }
  if (bytes.length > MAX_MEGABYTES * 1e6) {
    const megabytes = (bytes.length / 1e6).toFixed(1);
    throw new LabError(
      'document-too-large',
      `“${name}” has ${megabytes} MB; the limit is ${String(MAX_MEGABYTES)} MB.`,
    );
  }
  const { title, text } = await format.read(name, bytes, signal);
  if (text.trim() === '') throw new LabError('empty-document', `“${name}” has no text in it.`);
  const id = await sha256(bytes);
  signal.throwIfAborted();
  return { id, title: title ?? file.slice(0, file.length - extension.length), mediaType: format.mediaType, text };
}
