import type { Chunk } from '../../documents/document';

/** A passage that stands in no document. It has no offsets, since they would lie. */
export interface Made extends Omit<Chunk, 'documentId' | 'ordinal' | 'start' | 'end'> {
  readonly madeFrom: Chunk;
}

/** `how` tells apart what is made from one chunk. */
export function make(from: Chunk, text: string, how: string): Made {
  const { id, documentTitle, headings, title, page } = from;
  return { id: `${id}~${how}`, documentTitle, headings, title, page, text, madeFrom: from };
}

export function isMade(passage: Chunk | Made): passage is Made {
  return 'madeFrom' in passage;
}
