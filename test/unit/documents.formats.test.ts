import { describe, expect, test } from 'vitest';
import { readDocument } from '../../src/documents/formats';

const signal = new AbortController().signal;
const utf8 = (text: string) => new TextEncoder().encode(text);

function utf16(text: string, littleEndian: boolean): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(2 + 2 * text.length));
  view.setUint16(0, 0xfeff, littleEndian);
  for (let i = 0; i < text.length; i++) view.setUint16(2 + 2 * i, text.charCodeAt(i), littleEndian);
  return new Uint8Array(view.buffer);
}

describe('reading', () => {
  test('the id is the SHA-256 of the bytes, line ends become one character', async () => {
    const read = await readDocument('folder/Notes.MD', utf8('a\r\nb\rc'), signal);
    expect(read).toEqual({
      id: '03b1360e770ce9cd95ee7db455c6bcd6237688889d5d46a3ca8dfcae6db63242',
      title: 'Notes',
      mediaType: 'text/markdown',
      text: 'a\nb\nc',
    });
    const abc = await readDocument('abc.txt', utf8('abc'), signal);
    expect(abc.id).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(abc.mediaType).toBe('text/plain');
  });

  test.each([
    ['# One\n## Two', 'One'],
    ['intro\n\nTitle here\n=====\ntext', 'Title here'],
    ['```\n# code\n```\ntext', 'file'],
    ['## Two\ntext', 'file'],
  ])('title of %j', async (text, title) => {
    expect((await readDocument('file.markdown', utf8(text), signal)).title).toBe(title);
  });

  test.each([
    ['UTF-8 with a byte order mark', utf8('\uFEFFcafé 😀')],
    ['UTF-16 LE', utf16('café 😀', true)],
    ['UTF-16 BE', utf16('café 😀', false)],
  ])('%s', async (_, bytes) => {
    expect((await readDocument('a.txt', bytes, signal)).text).toBe('café 😀');
  });

  test('windows-1252 where it is not UTF-8', async () => {
    const bytes = new Uint8Array([
      0x93, 0x63, 0x61, 0x66, 0xe9, 0x94, 0x20, 0x35, 0x30, 0x20, 0x80, 0x20, 0x61, 0x20, 0x62,
    ]);
    expect((await readDocument('a.txt', bytes, signal)).text).toBe('“café” 50 € a b');
  });
});

describe('refusals', () => {
  const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d]);
  const noise = Uint8Array.from({ length: 3000 }, (_, i) => ((i * 7919) % 255) + 1);
  test.each([
    ['photo.txt', png, 'not-text'],
    ['noise.txt', noise, 'not-text'],
    ['nul.txt', utf8('text\0text'), 'not-text'],
    ['escapes.txt', utf8('\x1b[31m\x07\x08'.repeat(9)), 'not-text'],
    ['cyrillic.txt', new Uint8Array([0xcf, 0xf0, 0xe8, 0xe2, 0xe5, 0xf2, 0x20, 0xec, 0xe8, 0xf0]), 'not-text'],
    ['half.txt', new Uint8Array([0xff, 0xfe, 0x41, 0, 0x42]), 'not-text'],
    ['empty.md', new Uint8Array(0), 'empty-document'],
    ['blank.md', utf8(' \r\n\t\u00a0'), 'empty-document'],
    ['report.docx', utf8('text'), 'document-unreadable'],
    ['locked.docx', new Uint8Array([0xd0, 0xcf, 0x11, 0xe0, 0xa1]), 'document-locked'],
    ['book.epub', utf8('PK'), 'document-unreadable'],
    ['report.doc', utf8('text'), 'unknown-format'],
    ['report.pdf', utf8('text'), 'document-unreadable'],
    ['empty.pdf', new Uint8Array(0), 'document-unreadable'],
    ['photo.html', png, 'not-text'],
    ['empty.html', utf8('<title>T</title><script>x</script>'), 'empty-document'],
    ['README', utf8('text'), 'unknown-format'],
    ['.md', utf8('text'), null],
    ['big.txt', new Uint8Array(20_000_001), 'document-too-large'],
  ])('%s', async (name, bytes, code) => {
    const outcome = await readDocument(name, bytes, signal).catch((error: unknown) => error);
    if (code === null) expect(outcome).toHaveProperty('text', 'text');
    else expect(outcome).toMatchObject({ name: 'LabError', code });
    if (code === 'document-too-large') expect(outcome).toHaveProperty('message', expect.stringContaining('20 MB'));
  });

  test('a stopped read rejects with AbortError', async () => {
    await expect(readDocument('a.txt', utf8('a'), AbortSignal.abort())).rejects.toHaveProperty('name', 'AbortError');
  });
});
