/** Folders and zips, one document at a time. */
import { expect, test } from 'vitest';
import { MAX_FILES, ZIP_REFUSALS } from '../../src/documents/bundle';
import { gather, type Incoming } from '../../src/lab/library/incoming';
import type { Restartable } from '../../src/lab/worker';
import { fileOfPasted } from '../../src/ui/library/pasted';
import type { ParseJobs } from '../../src/workers/jobs';
import { blobSource, unpack } from '../../src/zip';
import { forge, zip } from '../fixtures/adapters/zips';

const { signal } = new AbortController();
const parse = {
  ask: (_: string, { zip, head }: Parameters<ParseJobs['unpack']>[0]) => unpack(blobSource(zip), head, ZIP_REFUSALS),
} as unknown as Restartable<ParseJobs>;

/** As a browser gives it, of a folder. */
function inFolder(path: string, text = 'text'): File {
  const file = new File([text], path.slice(path.lastIndexOf('/') + 1));
  return Object.defineProperty(file, 'webkitRelativePath', { value: path });
}
const told = (all: readonly Incoming[]) => all.map(({ name, passed }) => (passed ? `(${name})` : name));
const textOf = async (one: Incoming | undefined) => new TextDecoder().decode(await one?.read(signal));

test('a folder: names with their places, hidden files left out, other kinds passed by', async () => {
  const files = ['a/b.md', 'a/.git/config.json', 'a/.hidden.md', 'a/photo.jpg', 'a/in/c.txt', 'a/node_modules/x/d.js'];
  const all = await gather([...files.map((path) => inFolder(path)), new File(['x'], 'alone.jpg')], parse);
  expect(told(all)).toEqual(['a/b.md', '(a/photo.jpg)', 'a/in/c.txt', 'alone.jpg']);
  expect(await textOf(all[0])).toBe('text');
  await expect(all[3]?.read(signal)).rejects.toMatchObject({ code: 'unknown-format' });
});

test('a zip among files takes its place, with the folders in it, whatever system wrote them', async () => {
  const bytes = zip({
    'r/a.md': 'one',
    '__MACOSX/r/._a.md': 'x',
    'r\\b.csv': 'two',
    '../c.txt': 'three',
    'd.png': 'x',
  });
  const all = await gather([new File(['x'], 'z.md'), new File([bytes], 'rules.zip'), new File(['y'], 'y.md')], parse);
  expect(told(all)).toEqual(['z.md', 'rules.zip/r/a.md', 'rules.zip/r/b.csv', '(rules.zip/d.png)', 'y.md']);
  expect(await Promise.all(all.slice(1, 3).map(textOf))).toEqual(['one', 'two']);
});

test('one in a zip can be given again alone', async () => {
  const [entry] = await gather([new File([zip({ 'r/a.pdf': 'locked' })], 'rules.zip')], parse);
  const file = await entry?.alone(signal);
  expect([file?.name, file?.webkitRelativePath, await file?.text()]).toEqual(['a.pdf', 'rules.zip/r/a.pdf', 'locked']);
  const [again] = await gather(file ? [file] : [], parse);
  expect([again?.name, again?.bytes]).toEqual(['rules.zip/r/a.pdf', 6]);
});

test.each([
  ['cut off', zip({ 'a.md': 'text' }).slice(0, 40), 'document-unreadable'],
  ['no zip', new TextEncoder().encode('text'), 'document-unreadable'],
  ['without documents', zip({ 'a.png': 'x' }), 'unknown-format'],
  ['empty', zip({}), 'unknown-format'],
  [
    'of too many files',
    zip(Object.fromEntries(Array.from({ length: MAX_FILES + 1 }, (_, i) => [`${String(i)}.md`, '']))),
    'too-many-files',
  ],
] as const)('a zip that is %s stands for itself, and the others are read', async (_, bytes, code) => {
  const [broken, sound] = await gather([new File([bytes], 'a.zip'), new File(['text'], 'b.md')], parse);
  expect(broken?.name).toBe('a.zip');
  await expect(broken?.read(signal)).rejects.toMatchObject({ code });
  expect(await textOf(sound)).toBe('text');
});

test('a locked file in a zip is refused by name', async () => {
  const [entry] = await gather([new File([forge(zip({ 'a.md': 'text' }), 'a.md', [[8, 16, 1]])], 'a.zip')], parse);
  await expect(entry?.read(signal)).rejects.toMatchObject({ code: 'document-locked' });
});

test('too many files are refused before any is read', async () => {
  const files = Array.from({ length: MAX_FILES + 1 }, (_, i) => inFolder(`a/${String(i)}.md`));
  await expect(gather(files, parse)).rejects.toMatchObject({ code: 'too-many-files' });
  expect(await gather(files.slice(1), parse)).toHaveLength(MAX_FILES);
});

test('a file too large for its kind is refused unread', async () => {
  const large = Object.defineProperty(new File(['x'], 'a.txt'), 'size', { value: 200_000_000 });
  Object.defineProperty(large, 'arrayBuffer', { value: () => Promise.reject(new Error('It was read.')) });
  const [entry] = await gather([large], parse);
  await expect(entry?.read(signal)).rejects.toMatchObject({
    code: 'document-too-large',
    message: '“a.txt” has 200.0 MB; the limit is 20 MB.',
  });
});

test.each([
  ['', 'Pool rules: 1/2\nTwo towels.', 'plainText', 'Pool rules 1 2.txt'],
  ['My table.v2', 'a,b\n1,2', 'csv', 'My table v2.csv'],
  ['', '### ', 'markdown', 'Pasted text.md'],
  ['', `${'x'.repeat(59)}😀`, 'json', `${'x'.repeat(59)}\ufffd.json`],
] as const)('pasted text is a file named by its title or first line: %j, %j', async (title, text, kind, name) => {
  const file = fileOfPasted(title, text, kind);
  expect([file.name, await file.text()]).toEqual([name, text]);
});
