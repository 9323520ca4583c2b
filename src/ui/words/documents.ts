import type { DocumentKindId } from '../../documents/kinds';

/** What is read of each kind, for people. */
export const KIND_WORDS: Readonly<Record<DocumentKindId, string>> = {
  pdf: 'Text in reading order, with page numbers. Locked ones ask for their password. Scans have no text to read.',
  docx: 'Headings, lists, tables and footnotes, without what was deleted or hidden.',
  epub: 'Chapters in reading order. Books that are protected against copying are refused.',
  html: 'The readable part. Nothing in it runs or is loaded.',
  markdown: 'As it stands, cut at its headings.',
  plainText: 'UTF-8, UTF-16, windows-1252, and older Japanese and Cyrillic encodings.',
  csv: 'Each row is a passage with the names of its columns. Commas, semicolons, tabs or bars.',
  json: 'Each record is a passage, each value beside the path to it.',
  sourceCode: 'As it stands, cut at its declarations.',
};
