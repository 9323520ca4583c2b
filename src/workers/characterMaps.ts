/** pdf.js's own tables of Chinese, Japanese and Korean character codes, served by the page itself. */
import { LabError } from '../errors';

const ADDRESSES: Readonly<Record<string, string>> = import.meta.glob('/node_modules/pdfjs-dist/cmaps/*.bcmap', {
  eager: true,
  query: '?url',
  import: 'default',
});

export async function characterMap(name: string): Promise<Uint8Array> {
  const address = ADDRESSES[`/node_modules/pdfjs-dist/cmaps/${name}.bcmap`];
  if (address === undefined) throw new LabError('document-unreadable', `There is no character map “${name}”.`);
  const response = await fetch(new URL(address, import.meta.url));
  if (!response.ok) throw new LabError('unexpected', `The character map “${name}” could not be fetched.`);
  return new Uint8Array(await response.arrayBuffer());
}
