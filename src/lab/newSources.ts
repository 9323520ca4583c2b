import { DEFAULT_CUT } from '../documents/chunking';
import type { Document } from '../documents/document';
import { hex } from '../hex';
import type { Source } from '../storage/library';
import type { ReadDocument } from './reading';

/** Makes the records of what is added. */
export class NewSources {
  #lastAddedAt = 0;

  of(name: string, collection: string, { document, chunks, cut }: ReadDocument, bytes: number): Source {
    // Told apart by a millisecond each, so that they keep their order.
    this.#lastAddedAt = Math.max(Date.now(), this.#lastAddedAt + 1);
    return {
      id: newId(),
      name,
      collection,
      addedAt: this.#lastAddedAt,
      documentId: document.id,
      title: document.title,
      mediaType: document.mediaType,
      bytes,
      inUse: true,
      replacedBy: null,
      chunkCount: chunks.length,
      ...(cut !== DEFAULT_CUT && { cut }),
      ...pagesOf(document),
    };
  }
}

// `randomUUID` is kept from pages served by plain http.
export function newId(): string {
  return hex(crypto.getRandomValues(new Uint8Array(16)));
}

/** A page without text is a picture, or damaged: the visitor should know that it is never found. */
function pagesOf({ pages, text }: Document): Pick<Source, 'pages' | 'blankPages'> {
  if (!pages) return {};
  const blank = pages.filter((start, i) => text.slice(start, pages[i + 1]).trim() === '');
  return { pages: pages.length, blankPages: blank.length };
}
