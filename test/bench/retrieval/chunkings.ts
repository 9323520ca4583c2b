import type { Chunk, Document } from '../../../src/documents/document';
import { type ChunkSettings, type CutWith, DEFAULT_CHUNKING, chunkDocument } from '../../../src/documents/chunking';
import { WORDS, tokenMeasure } from '../../../src/documents/measure';

const NAMES = {
  structure: 'structure, about',
  paragraphs: 'paragraphs,',
  sentences: 'sentences,',
  recursive: 'recursive,',
  fixed: 'fixed windows,',
} as const;

export interface Chunking {
  readonly name: string;
  readonly cut: (document: Document) => Chunk[];
}

/** The ways of cutting a document that there are; the first is the page's own. `countTokens` is the finder's. */
export function chunkings(tokenizer: string, countTokens: (text: string) => number): Chunking[] {
  const tokens = tokenMeasure(countTokens);
  const chunking = (change: Partial<ChunkSettings>): Chunking => {
    const settings = { ...DEFAULT_CHUNKING, ...change };
    const { strategy, size, unit, overlap, header } = settings;
    const cutWith: CutWith =
      unit === 'tokens'
        ? { measure: tokens, tokenizer, summary: null }
        : { measure: WORDS, tokenizer: null, summary: null };
    const shared = overlap > 0 ? `, ${String(overlap)} shared` : '';
    const headed = header === 'title' ? '' : `, header: ${header}`;
    return {
      name: `${NAMES[strategy]} ${String(size)} ${unit}${shared}${headed}`,
      cut: (document) => chunkDocument(document, settings, cutWith),
    };
  };
  return [
    chunking({}),
    chunking({ size: 60 }),
    chunking({ size: 240 }),
    chunking({ unit: 'tokens', size: 200 }),
    chunking({ strategy: 'paragraphs', unit: 'tokens', size: 200 }),
    chunking({ strategy: 'sentences', unit: 'tokens', size: 200 }),
    chunking({ strategy: 'sentences', unit: 'tokens', size: 200, overlap: 40 }),
    // As in Chroma's evaluation: 200 without, 400 with half of it shared.
    chunking({ strategy: 'recursive', unit: 'tokens', size: 200 }),
    chunking({ strategy: 'recursive', unit: 'tokens', size: 400, overlap: 200 }),
    chunking({ strategy: 'fixed', unit: 'tokens', size: 200 }),
    chunking({ strategy: 'fixed', unit: 'tokens', size: 400, overlap: 200 }),
  ];
}
