import { decodeText } from '../decoding';
import type { DocumentReader } from '../document';
import { markdownSections } from '../sections';

/** The title is the first heading of the first level. */
// eslint-disable-next-line require-yield -- read in one step
export const readMarkdown: DocumentReader = async function* ({ name, bytes }) {
  const text = decodeText(name, bytes);
  return { title: markdownSections(text).find(({ level }) => level === 1)?.heading ?? null, text };
};
