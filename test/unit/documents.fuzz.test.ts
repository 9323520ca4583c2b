/** Files that were cut, mixed up and made up: read or refused in a typed way, and what is read holds together. */
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { useCharacterMaps } from '../../src/documents/formats/pdf';
import { readingOrder } from '../../src/documents/formats/pdf/columns';
import { flow } from '../../src/documents/formats/pdf/flow';
import { withoutFurniture } from '../../src/documents/formats/pdf/furniture';
import { toSegments } from '../../src/documents/formats/pdf/segments';
import { LabError } from '../../src/errors';
import { seededRandom } from '../../src/random';
import { readZip, writeZip } from '../../src/zip';
import { characterMap, chunksOf, fixture, letters, read } from '../fixtures/documents/read';

const VARIANTS = 40;
const CODES = [
  'document-unreadable',
  'document-too-large',
  'document-locked',
  'empty-document',
  'password-needed',
  'not-text',
];
/** A hang guard for one file, as the page has one. */
const PATIENCE_MS = 60_000;

function damaged(bytes: Uint8Array<ArrayBuffer>, random: () => number): Uint8Array<ArrayBuffer> {
  const at = () => Math.floor(random() * bytes.length);
  const [from, to] = [at(), at()].sort((a, b) => a - b);
  switch (Math.floor(random() * 5)) {
    case 0: // flipped
      for (let i = 0; i < 1 + bytes.length / 100; i++) bytes[at()] = Math.floor(random() * 256);
      return bytes;
    case 1: // cut
      return bytes.slice(0, at());
    case 2: // a part lost
      return Uint8Array.from([...bytes.subarray(0, from), ...bytes.subarray(to)]);
    case 3: // a part repeated
      return Uint8Array.from([...bytes.subarray(0, to), ...bytes.subarray(from)]);
    default: // numbers changed: lengths, counts, references
      return bytes.map((byte) => (byte >= 0x30 && byte <= 0x39 && random() < 0.05 ? 0x30 + (byte % 10) : byte));
  }
}

async function outcome(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  let guard: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    guard = setTimeout(() => {
      reject(new Error(`${name} hangs.`));
    }, PATIENCE_MS);
  });
  try {
    chunksOf(await Promise.race([read(name, bytes), late]));
    return 'read';
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    return error.code;
  } finally {
    clearTimeout(guard);
  }
}

beforeAll(async () => {
  useCharacterMaps(characterMap);
  // pdf.js is 2 MB of script to load.
  await read('mixed.pdf');
}, 120_000);

test.each(['two-columns.pdf', 'furniture.pdf', 'hyphens.pdf', 'locked.pdf', 'bad-xref.pdf', 'japanese.pdf'])(
  `${String(VARIANTS)} damaged copies of %s`,
  { timeout: 300_000 },
  async (name) => {
    const random = seededRandom(name.length);
    const seen = new Set<string>();
    for (let i = 0; i < VARIANTS; i++) seen.add(await outcome(name, damaged(fixture(name), random)));
    expect([...CODES, 'read']).toEqual(expect.arrayContaining([...seen]));
    expect(seen.size).toBeGreaterThan(1);
  },
);

const TEXTS: Readonly<Record<string, string>> = {
  'page.html': '<title>T</title><h1>Rules</h1><ul><li>one<li>two</ul><table><tr><td>a<td>b</table><p>Gates &amp; keys.',
  'notes.md': '# Rules\n\n## Gates\n\nThey close at 9.\n\n- one\n- two\n\n```\ncode\n```\n',
  'notes.txt': 'Gates close at 9. “Keys” hang by the door – 5 €.\n\nSecond paragraph.',
  'fares.csv': 'Route,Fare,Note\n"Keld, Mora",9,"says ""no"""\nMora,11,\n\nHald,12,"two\nlines"\n',
  'fares.tsv': 'Route\tFare\nKeld\t9\nMora\t11\n',
  'crew.json': '{"name":"crew","ships":[{"id":1,"crew":["Ida","Olaf"]},{"id":2,"crew":[]}],"port":{"of":"Keld"}}',
  'crew.jsonl': '{"name":"Ida","age":3}\n{"name":"Olaf"}\n[1,2]\n',
  'gate.ts': '/** Why. */\nexport function gate(at: number) {\n  return at;\n}\n\nconst a = 1;\nclass B {}\n',
  'gate.c': '#include <x.h>\n\nstatic int gate(int at)\n{\n  return at;\n}\n',
};

test.each(['ferry.docx', 'ferry.epub', ...Object.keys(TEXTS)])(
  `${String(VARIANTS)} damaged copies of %s, and as many of its bytes mixed`,
  { timeout: 300_000 },
  async (name) => {
    const random = seededRandom(name.length + name.charCodeAt(name.length - 1));
    const text = TEXTS[name];
    const whole = text === undefined ? fixture(name) : new TextEncoder().encode(text);
    const seen = new Set<string>([await outcome(name, whole.slice())]);
    expect(seen).toContain('read');
    for (let i = 0; i < VARIANTS; i++) {
      seen.add(await outcome(name, damaged(whole.slice(), random)));
      const mixed = Uint8Array.from({ length: 200 }, () => whole[Math.floor(random() * whole.length)] ?? 0);
      seen.add(await outcome(name, mixed));
    }
    expect([...CODES, 'read']).toEqual(expect.arrayContaining([...seen]));
  },
);

// Damaged inside a sound zip, so that no checksum gives it away.
test.each([
  ['ferry.docx', 'word/document.xml'],
  ['ferry.docx', 'word/styles.xml'],
  ['ferry.docx', 'word/numbering.xml'],
  ['ferry.docx', 'word/footnotes.xml'],
  ['ferry.epub', 'META-INF/container.xml'],
  ['ferry.epub', 'OEBPS/content.opf'],
  ['ferry.epub', 'OEBPS/toc.ncx'],
])(`${String(VARIANTS)} copies of %s with a damaged %s`, { timeout: 300_000 }, async (name, part) => {
  const random = seededRandom(part.length);
  const refusals = { damaged: 'document-unreadable', unsupported: 'document-locked' } as const;
  const entries = new Map(readZip(fixture(name), refusals).map((entry) => [entry.path, entry.read()]));
  const sound = entries.get(part);
  if (!sound) throw new Error(`${name} has no ${part}.`);
  const seen = new Set<string>();
  for (let i = 0; i < VARIANTS; i++) {
    entries.set(part, damaged(sound.slice(), random));
    seen.add(await outcome(name, writeZip(entries)));
  }
  expect([...CODES, 'read']).toEqual(expect.arrayContaining([...seen]));
});

const piece = fc.oneof(
  fc.constantFrom(
    ...['<p>', '</p>', '<div>', '<h1>', '</h1>', '<h2>', '</h2>', '<ul>', '<li>', '</ul>', '<table>', '<tr>', '<td>'],
    ...['</td>', '</table>', '<pre>', '</pre>', '<br>', '<script>', '</script>', '<!--', '-->', '<main>', '</main>'],
    ...[
      '<article>',
      '<svg>',
      '<math>',
      '<template>',
      '<title>',
      '</title>',
      '<a b="',
      '">',
      '&amp;',
      '&#0;',
      '&#xd800;',
    ],
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.lorem({ maxCount: 3 }),
  fc.constantFrom('\n', '\n\n', '  ', '\t', '\u00a0', '\u00ad'),
);

test('whatever is written as HTML is text that holds together', { timeout: 120_000 }, async () => {
  const { seed, numRuns } = { seed: 20_261_128, numRuns: 400 };
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 60 }), async (pieces) => {
      const code = await outcome('page.html', new TextEncoder().encode(pieces.join('')));
      expect(['read', 'empty-document', 'not-text']).toContain(code);
    }),
    { seed, numRuns },
  );
});

const place = fc.record({
  str: fc.oneof(
    fc.lorem({ maxCount: 6 }),
    fc.string({ unit: 'grapheme', maxLength: 12 }),
    fc.constantFrom('12', '3 of 9', 'two-', ' ', '•', '。日本'),
  ),
  dir: fc.constantFrom('ltr', 'ltr', 'ltr', 'rtl'),
  width: fc.nat(400),
  transform: fc.tuple(
    ...[fc.constantFrom(10, 10, 8, 14, 0), fc.constantFrom(0, 0, 0, 10), fc.constantFrom(0, 0, 0, -10)],
    ...[fc.constantFrom(10, 10, 8, 14, 0), fc.nat(600), fc.nat(80).map((row) => 10 * row)],
  ),
});

test('wherever pieces stand on paper, no letter is lost and pages and sections hold together', () => {
  const paper = { width: 600, height: 800 };
  fc.assert(
    fc.property(fc.array(fc.array(place, { maxLength: 50 }), { minLength: 1, maxLength: 5 }), (pages) => {
      const lines = pages.map((pieces) => ({
        lines: readingOrder(toSegments(pieces, [1, 0, 0, -1, 0, paper.height], paper)),
        height: paper.height,
      }));
      const { text, sections, pages: starts } = flow(lines);
      expect(lines.flatMap((page) => page.lines)).toEqual(
        expect.arrayContaining(withoutFurniture(lines).flatMap((page) => [...page.lines])),
      );
      chunksOf({
        id: 'd',
        title: 'T',
        mediaType: 'application/pdf',
        text,
        sections: sections ?? [],
        pages: starts ?? [],
      });
      expect(starts).toHaveLength(pages.length);
      expect(letters(text)).toBe(letters(lines.flatMap((page) => page.lines.map((line) => line.text)).join('')));
    }),
    { seed: 20_261_128, numRuns: 300 },
  );
});
