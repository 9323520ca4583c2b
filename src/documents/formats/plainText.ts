import { decodeText } from '../decoding';
import type { DocumentReader } from '../document';

// eslint-disable-next-line require-yield -- read in one step
export const readPlainText: DocumentReader = async function* ({ name, bytes }) {
  return { title: null, text: decodeText(name, bytes) };
};
