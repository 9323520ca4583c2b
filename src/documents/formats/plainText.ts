import { decodeText } from '../decoding';
import type { DocumentFormat } from '../document';

export const plainText: DocumentFormat = {
  extensions: ['.txt'],
  mediaType: 'text/plain',
  read: (name, bytes) => Promise.resolve().then(() => ({ title: null, text: decodeText(name, bytes) })),
};
