import { decodeText } from '../decoding';
import type { DocumentFormat } from '../document';
import { markdownSections } from '../sections';

/** The title is the first heading of the first level. */
export const markdown: DocumentFormat = {
  extensions: ['.md', '.markdown'],
  mediaType: 'text/markdown',
  read: (name, bytes) =>
    Promise.resolve().then(() => {
      const text = decodeText(name, bytes);
      return { title: markdownSections(text).find(({ level }) => level === 1)?.heading ?? null, text };
    }),
};
