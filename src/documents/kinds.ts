/**
 * The kinds of file that can be read, for everybody who names them to people. Who reads them is `formats.ts`, so that
 * the page can name a kind without loading its reader.
 */
import { CODE_EXTENSIONS } from './formats/sourceCode/languages';

export interface DocumentKind {
  /** As people call it. */
  readonly name: string;
  readonly mediaType: string;
  /** Lower case, with the dot. */
  readonly extensions: readonly string[];
  readonly maxMegabytes: number;
}

const TEXT_MEGABYTES = 20;

export const DOCUMENT_KINDS = {
  // Mostly pictures and fonts, which are never read.
  pdf: { name: 'PDF', mediaType: 'application/pdf', extensions: ['.pdf'], maxMegabytes: 100 },
  docx: {
    name: 'DOCX',
    mediaType: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    extensions: ['.docx'],
    maxMegabytes: 100,
  },
  epub: { name: 'EPUB', mediaType: 'application/epub+zip', extensions: ['.epub'], maxMegabytes: 100 },
  html: {
    name: 'HTML',
    mediaType: 'text/html',
    extensions: ['.html', '.htm', '.xhtml'],
    maxMegabytes: TEXT_MEGABYTES,
  },
  markdown: {
    name: 'Markdown',
    mediaType: 'text/markdown',
    extensions: ['.md', '.markdown'],
    maxMegabytes: TEXT_MEGABYTES,
  },
  plainText: {
    name: 'plain text',
    mediaType: 'text/plain',
    extensions: ['.txt', '.text', '.log'],
    maxMegabytes: TEXT_MEGABYTES,
  },
  csv: { name: 'CSV', mediaType: 'text/csv', extensions: ['.csv', '.tsv', '.tab'], maxMegabytes: TEXT_MEGABYTES },
  json: {
    name: 'JSON',
    mediaType: 'application/json',
    extensions: ['.json', '.jsonl', '.ndjson', '.geojson'],
    maxMegabytes: TEXT_MEGABYTES,
  },
  sourceCode: {
    name: 'source code',
    mediaType: 'text/x-source',
    extensions: CODE_EXTENSIONS,
    maxMegabytes: TEXT_MEGABYTES,
  },
} as const satisfies Record<string, DocumentKind>;

export type DocumentKindId = keyof typeof DOCUMENT_KINDS;

export const KIND_IDS = Object.keys(DOCUMENT_KINDS) as readonly DocumentKindId[];

/** By the extension of its name, whatever folders stand before it; null for one that is none of these. */
export function kindOf(name: string, among = KIND_IDS): DocumentKindId | null {
  const extension = extensionOf(name);
  return among.find((id) => (DOCUMENT_KINDS[id].extensions as readonly string[]).includes(extension)) ?? null;
}

/** Without the folders before it, whatever system wrote them. */
export function baseName(name: string): string {
  return name.split(/[\\/]/).at(-1) ?? name;
}

/** Lower case, with the dot; empty where there is none. */
export function extensionOf(name: string): string {
  return /\.[^./\\]+$/.exec(name)?.[0].toLowerCase() ?? '';
}
