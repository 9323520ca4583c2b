/**
 * The table of document formats: who reads which kind. A reader turns a file's bytes into text once; every offset in
 * the lab counts in that text.
 */
import { finish, type Job, type Progress } from '../job';
import type { Document, DocumentReader, FileToRead } from './document';
import { readCsv } from './formats/csv';
import { readDocx } from './formats/docx';
import { readEpub } from './formats/epub';
import { readHtml } from './formats/html';
import { readJson } from './formats/json';
import { readMarkdown } from './formats/markdown';
import { readPdf } from './formats/pdf';
import { readPlainText } from './formats/plainText';
import { readSourceCode } from './formats/sourceCode';
import type { DocumentKindId } from './kinds';
import { readWith } from './reading';

const READERS: Readonly<Record<DocumentKindId, DocumentReader>> = {
  pdf: readPdf,
  docx: readDocx,
  epub: readEpub,
  html: readHtml,
  markdown: readMarkdown,
  plainText: readPlainText,
  csv: readCsv,
  json: readJson,
  sourceCode: readSourceCode,
};

/** Reads a file of any kind; throws what `readWith` throws. */
export function readFile(file: FileToRead, signal: AbortSignal): Job<Progress, Document> {
  return readWith(READERS, file, signal);
}

/** For those who watch no progress. */
export function readDocument(name: string, bytes: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<Document> {
  return finish(readFile({ name, bytes }, signal));
}
