/**
 * pdf.js's own tables of Chinese, Japanese and Korean character codes, served by the page itself. Imports nothing that
 * the worker's script holds too (see `workersRunOnce` in `vite.config.ts`); of errors pdf.js tells only the message.
 */

const ADDRESSES: Readonly<Record<string, string>> = import.meta.glob('/node_modules/pdfjs-dist/cmaps/*.bcmap', {
  eager: true,
  query: '?url',
  import: 'default',
});

export async function characterMap(name: string): Promise<Uint8Array> {
  const address = ADDRESSES[`/node_modules/pdfjs-dist/cmaps/${name}.bcmap`];
  if (address === undefined) throw new Error(`There is no character map “${name}”.`);
  const response = await fetch(new URL(address, import.meta.url));
  if (!response.ok) throw new Error(`The character map “${name}” could not be fetched.`);
  return new Uint8Array(await response.arrayBuffer());
}
