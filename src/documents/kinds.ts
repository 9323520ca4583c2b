/**
 * The kinds of file that can be read, for everybody who names them to people. Who reads them is `formats.ts`, so that
 * the page can name a kind without loading its reader.
 */
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
  plainText: { name: 'plain text', mediaType: 'text/plain', extensions: ['.txt'], maxMegabytes: TEXT_MEGABYTES },
} as const satisfies Record<string, DocumentKind>;

export type DocumentKindId = keyof typeof DOCUMENT_KINDS;
