import type { Chunk, Document } from '../../../src/documents/document';
import { READER_CHUNKING, chunkDocument } from '../../../src/documents/chunking';

export interface Chunking {
  readonly name: string;
  readonly cut: (document: Document) => Chunk[];
}

/** The ways of cutting a document that there are; the first is the page's own. One more is a line here. */
export const CHUNKINGS: readonly Chunking[] = [
  { name: 'structure, about 120 words', cut: (document) => chunkDocument(document, READER_CHUNKING) },
  { name: 'structure, about 60 words', cut: (document) => chunkDocument(document, { target: 60, max: 100 }) },
  { name: 'structure, about 240 words', cut: (document) => chunkDocument(document, { target: 240, max: 400 }) },
];
