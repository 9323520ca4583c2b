/** Small files that would become large ones: refused before 20 MB of them were inflated. */
import type * as Fflate from 'fflate';
import { beforeEach, expect, test, vi } from 'vitest';
import { gather } from '../../src/lab/library/incoming';
import type { Restartable } from '../../src/lab/worker';
import { ZIP_REFUSALS } from '../../src/documents/bundle';
import type { ParseJobs } from '../../src/workers/jobs';
import { blobSource, unpack } from '../../src/zip';
import { forge, zip } from '../fixtures/adapters/zips';
import { epub, p } from '../fixtures/documents/packages';
import { read } from '../fixtures/documents/read';

/** What the inflater has handed over. */
const inflated = vi.hoisted(() => ({ bytes: 0 }));
vi.mock('fflate', async (original) => {
  const real = await original<typeof Fflate>();
  return {
    ...real,
    Inflate: class extends real.Inflate {
      constructor(ondata: Fflate.FlateStreamHandler) {
        super((part, final) => {
          inflated.bytes += part.length;
          ondata(part, final);
        });
      }
    },
  };
});

const MOST = 20_000_000;
const signal = new AbortController().signal;
const SIZE = 24;
const parse = {
  ask: (_: string, { zip, head }: Parameters<ParseJobs['unpack']>[0]) => unpack(blobSource(zip), head, ZIP_REFUSALS),
} as unknown as Restartable<ParseJobs>;

beforeEach(() => {
  inflated.bytes = 0;
});

const zeros = new Uint8Array(60_000_000);
const spaces = new Uint8Array(60_000_000).fill(0x20);
const honest: Readonly<Record<string, () => Uint8Array<ArrayBuffer>>> = {
  'one part.docx': () => zip({ 'word/document.xml': spaces }),
  'many parts.docx': () =>
    zip({
      'word/document.xml': `<document>${' '.repeat(7_000_000)}<body/></document>`,
      'word/styles.xml': `<styles>${' '.repeat(7_000_000)}</styles>`,
      'word/numbering.xml': `<numbering>${' '.repeat(7_000_000)}</numbering>`,
    }),
  'one chapter.epub': () => epub({ 'a.xhtml': ' '.repeat(60_000_000) }),
  'many chapters.epub': () =>
    epub(Object.fromEntries(Array.from('abcdef', (name) => [`${name}.xhtml`, `<p>${'x'.repeat(6_000_000)}</p>`]))),
};

test.each(Object.keys(honest))('%s', { timeout: 60_000 }, async (name) => {
  const bytes = honest[name]?.() ?? new Uint8Array();
  expect(bytes.length).toBeLessThan(200_000);
  await expect(read(name, bytes)).rejects.toMatchObject({ code: 'document-too-large' });
  expect(inflated.bytes).toBeLessThan(MOST);
});

test.each([
  ['a.docx', 'word/document.xml', () => zip({ 'word/document.xml': spaces })],
  ['a.epub', 'OPS/a.xhtml', () => epub({ 'a.xhtml': ' '.repeat(60_000_000) })],
] as const)('%s that lies about the length of its text', { timeout: 60_000 }, async (name, path, make) => {
  await expect(read(name, forge(make(), path, [[SIZE, 32, 5_000]]))).rejects.toMatchObject({
    code: 'document-unreadable',
  });
  expect(inflated.bytes).toBeLessThan(200_000);
});

test('pictures of a document are never inflated, however large', async () => {
  const entries = {
    'word/media/a.bmp': zeros,
    'word/document.xml': `<w:document><w:body>${p('x')}</w:body></w:document>`,
  };
  expect((await read('a.docx', zip(entries))).text).toBe('x');
  expect(inflated.bytes).toBeLessThan(1_000);
});

async function outcomes(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<[string, string][]> {
  const told: [string, string][] = [];
  for (const file of await gather([new File([bytes], name)], parse)) {
    const read = file.read(signal).then(
      (content) => `${String(content.length)} bytes`,
      (error: unknown) => (error as { code: string }).code,
    );
    told.push([file.name, await read]);
  }
  return told;
}

test('a zip: what no document shrinks to is refused unread, the rest is read', { timeout: 60_000 }, async () => {
  const text = 'Gates close 12 minutes before sailing.';
  const inner = zip({ 'b.txt': text });
  expect(
    await outcomes('a.zip', zip({ 'bomb.txt': zeros.subarray(0, 19_000_000), 'a.md': text, 'in.zip': inner })),
  ).toEqual([
    ['a.zip/bomb.txt', 'document-too-large'],
    ['a.zip/a.md', '38 bytes'],
    ['a.zip/in.zip', 'unknown-format'],
  ]);
  expect(inflated.bytes).toBe(38);
});

test('a zip whose files overlap, or lie about their length', { timeout: 60_000 }, async () => {
  const entries = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`${String(i)}.txt`, `text ${String(i)}`]));
  let overlapping = zip(entries);
  for (const path of Object.keys(entries)) overlapping = forge(overlapping, path, [[SIZE, 32, 19_000_000]]);
  expect(await outcomes('a.zip', overlapping)).toEqual([['a.zip', 'document-too-large']]);
  const lying = forge(zip({ 'a.txt': spaces }), 'a.txt', [[SIZE, 32, 900_000]]);
  expect(await outcomes('b.zip', lying)).toEqual([['b.zip/a.txt', 'document-unreadable']]);
  expect(inflated.bytes).toBeLessThan(1_100_000);
});
