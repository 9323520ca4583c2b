/** Whatever a file says: every chunk is its slice of the text, in order, and nothing that was written is lost. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LabError } from '../../src/errors';
import { docx, epub, p } from '../fixtures/documents/packages';
import { chunksOf, letters, read } from '../fixtures/documents/read';

const settings = { seed: 20_261_128, numRuns: 100 };
const utf8 = (text: string) => new TextEncoder().encode(text);
const word = fc.oneof(
  fc.lorem({ maxCount: 12 }),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.constantFrom('', ' ', '# one', '😀', '"', "it's", '<b>', '&amp;', '=1+1', '12,5', '。日本', 'two\n\nlines'),
);
/** XML holds no control characters and no halves of pairs. */
const plain = word.map((text) => text.toWellFormed().replace(/\p{Cc}|[\ufffe\uffff]/gu, ' '));

/** Null for what is refused as it should be. */
async function cut(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<string | null> {
  try {
    return chunksOf(await read(name, bytes))
      .map(({ headings, text }) => `${headings.join(' ')} ${text}`)
      .join(' ');
  } catch (error) {
    if (error instanceof LabError && ['empty-document', 'not-text'].includes(error.code)) return null;
    throw error;
  }
}

const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;

test.each([
  ['a.csv', ','],
  ['a.csv', ';'],
  ['a.tsv', '\t'],
])('%s, parted by %j: each value stands once in the passages', { timeout: 60_000 }, async (name, separator) => {
  const row = fc.array(plain, { minLength: 3, maxLength: 3 });
  const property = fc.asyncProperty(fc.array(row, { minLength: 2, maxLength: 12 }), async (rows) => {
    // Without a header that is none by chance.
    const all = [['1', '2', '3'], ...rows];
    const text = await cut(name, utf8(all.map((one) => one.map(quoted).join(separator)).join('\r\n')));
    if (text === null) return;
    const names = (text.match(/Row \d+|Column \d+: /g) ?? []).join(' ');
    expect(letters(text)).toBe(letters(rows.flat().join(' ') + names));
  });
  await fc.assert(property, settings);
});

test('JSON and JSONL', { timeout: 60_000 }, async () => {
  const property = fc.asyncProperty(fc.array(fc.jsonValue({ maxDepth: 4 }), { maxLength: 8 }), async (values) => {
    await cut('a.json', utf8(JSON.stringify(values)));
    await cut('a.json', utf8(JSON.stringify({ values, first: values[0] ?? null })));
    await cut('a.jsonl', utf8(values.map((value) => JSON.stringify(value)).join('\n')));
  });
  await fc.assert(property, settings);
});

test('source code: no sign is lost between its sections', { timeout: 60_000 }, async () => {
  const line = fc.oneof(
    fc.constantFrom('function a() {', '}', 'class B {', '  return 1;', '', '// why', 'def f():', 'int main(void)', '{'),
    plain,
  );
  const names = fc.constantFrom('a.ts', 'a.py', 'a.c', 'a.go', 'a.rs', 'a.sql', 'a.yaml', 'a.lua', 'a.java', 'a.sh');
  const property = fc.asyncProperty(names, fc.array(line, { maxLength: 60 }), async (name, lines) => {
    const document = await read(name, utf8(`x\n${lines.join('\n')}`));
    const whole = chunksOf(document).map(({ text }) => text);
    expect(whole.join('').replace(/\s/g, '')).toBe(document.text.replace(/\s/g, ''));
  });
  await fc.assert(property, settings);
});

test('DOCX and EPUB', { timeout: 60_000 }, async () => {
  const escaped = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');
  const property = fc.asyncProperty(fc.array(plain, { maxLength: 30 }), async (words) => {
    const level = (i: number) => (i % 4 === 1 ? `<w:outlineLvl w:val="${String(i % 3)}"/>` : '');
    await cut('a.docx', docx(words.map((text, i) => p(text, level(i))).join('')));
    const tag = (i: number) => (i % 4 === 1 ? `h${String(1 + (i % 3))}` : 'p');
    const chapter = words.map((text, i) => `<${tag(i)}>${escaped(text)}</${tag(i)}>`).join('');
    await cut('a.epub', epub({ 'a.xhtml': chapter, 'b.xhtml': `<p>end</p>${chapter}` }));
  });
  await fc.assert(property, settings);
});

test('a part with more attributes than anybody writes is read or refused', { timeout: 60_000 }, async () => {
  const many = Array.from({ length: 300_000 }, (_, i) => ` a${String(i)}="x"`).join('');
  const outcome = await cut('a.docx', docx(`<w:p${many}><w:r><w:t>x</w:t></w:r></w:p>`)).catch(
    (error: unknown) => error,
  );
  expect(outcome === ' x' || outcome instanceof LabError).toBe(true);
});

test('a row of as many columns as are read, and one more', async () => {
  const row = (n: number) => utf8(`${'a,'.repeat(n - 1)}a\n${'1,'.repeat(n - 1)}1`);
  await expect(cut('a.csv', row(1_000))).resolves.toContain('Column 1000: 1');
  await expect(cut('a.csv', row(1_001))).rejects.toMatchObject({ code: 'document-too-large' });
});
