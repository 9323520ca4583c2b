import { beforeAll, describe, expect, test } from 'vitest';
import { readFile } from '../../src/documents/formats';
import { useCharacterMaps } from '../../src/documents/formats/pdf';
import { hyphenBefore, Vocabulary } from '../../src/documents/formats/pdf/hyphens';
import { finish } from '../../src/job';
import { characterMap, chunksOf, fixture, read } from '../fixtures/documents/read';

const JAPANESE = '地下室の鍵は青い扉の後ろに掛かっています。毎朝六時に門番が確かめます。';

/** A page in Latin letters and one in Japanese. */
function twoScripts(): Uint8Array<ArrayBuffer> {
  const page = (content: number) =>
    `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents ${String(content)} 0 R /Resources << /Font << /L 7 0 R /J 8 0 R >> >> >>`;
  const shown = (content: string) => `<< /Length ${String(content.length)} >>\nstream\n${content}\nendstream`;
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R 5 0 R] /Count 2 >>',
    page(4),
    shown('BT /L 12 Tf 60 760 Td (The key is blue.) Tj ET'),
    page(6),
    shown('BT /J 12 Tf 60 760 Td <9375306F97523044 3002> Tj ET'),
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    '<< /Type /Font /Subtype /Type0 /BaseFont /HeiseiMin-W3 /Encoding /UniJIS-UCS2-H /DescendantFonts [9 0 R] >>',
    '<< /Type /Font /Subtype /CIDFontType0 /BaseFont /HeiseiMin-W3 /FontDescriptor 10 0 R ' +
      '/CIDSystemInfo << /Registry (Adobe) /Ordering (Japan1) /Supplement 2 >> >>',
    '<< /Type /FontDescriptor /FontName /HeiseiMin-W3 /Flags 4 /ItalicAngle 0 /Ascent 800 /Descent -200 >>',
  ].map((object, i) => `${String(i + 1)} 0 obj\n${object}\nendobj\n`);
  // The table of contents is left out, which pdf.js mends.
  return new TextEncoder().encode(`%PDF-1.7\n${objects.join('')}trailer\n<< /Size 11 /Root 1 0 R >>\n%%EOF\n`);
}

beforeAll(async () => {
  // pdf.js is 2 MB of script to load.
  await read('mixed.pdf');
}, 120_000);

describe('reading order', () => {
  test('columns one after the other, what spans both in its place, headings as sections', async () => {
    const document = await read('two-columns.pdf');
    expect(document.title).toBe('The piers of Keld');
    expect(document.mediaType).toBe('application/pdf');
    expect(chunksOf(document).map(({ headings }) => headings)).toEqual([[], ['North pier'], ['South pier']]);
    const at = (words: string) => {
      expect(document.text).toContain(words);
      return document.text.indexOf(words);
    };
    const order = [
      'says who looks after them.',
      'Every winter the pilings are inspected by divers, who photograph each',
      'A report of two pages follows within a week.',
      'Ferries have used it since 1978, and its two-storey waiting room was painted',
      'Dogs may wait inside as long as they are on a lead.',
      'Both piers are closed when the wind is above force nine, and nobody may walk on them until the harbour master',
    ].map(at);
    expect(order).toEqual([...order].sort((a, b) => a - b));
  });

  test('rows of a table stay rows, items of a list lines', async () => {
    const { text } = await read('table.pdf');
    expect(text).toBe(
      'Notice periods at Keld Trust are listed below.\n\n' +
        'Role Notice Leave\nClerk 3 weeks 20 days\nLawyer 2 months 25 days\nTrainee 1 week 18 days\nDriver 4 weeks 21 days\n\n' +
        '• Bring the form.\n• Sign the form.',
    );
  });

  test('pages on their side are read upright, stamps along the margin last', async () => {
    const document = await read('turned.pdf');
    expect(document.text).toBe(
      'This page lies on its side and says so in its rotation entry, as scanned tables often do.\n\n' +
        'This page is upright, with a stamp along its margin that is read last.\n\nStamped on arrival',
    );
    expect(chunksOf(document).map(({ page }) => page)).toEqual([1]);
  });
});

describe('words', () => {
  test('broken at line ends are whole again', async () => {
    expect((await read('hyphens.pdf')).text).toBe(
      'Every clerk must keep the information in the green folder. A two-hop question needs a well-known ' +
        'cross-reference, and COVID-19 rules hold. The release is state-of-the-art, says the e-mail. Our e-mail is ' +
        'read daily, and the GPU-based search is fast. An old photograph ends it.',
    );
  });

  test.each([
    ['informa-', 'tion', '', 1],
    ['infor\u00ad', 'mation', '', 1],
    ['two-', 'hop', '', 0],
    ['e-', 'mail', 'by e-mail', 0],
    ['e-', 'mail', 'by email', 1],
    ['Jean-', 'Luc', '', 0],
    ['state-of-the-', 'art', '', 0],
    ['LoRA-', 'based', '', 0],
    ['the end -', 'or so', '', null],
    ['pages 3-', '5', '', 0],
    ['word', 'next', '', null],
    ['Übergangs\u2010', 'zeit', '', 1],
  ])('%s + %s where the document has “%s”', (line, next, elsewhere, expected) => {
    const words = new Vocabulary();
    words.add(elsewhere);
    expect(hyphenBefore(line, next, words)).toBe(expected);
  });

  test('ligatures are letters', async () => {
    expect((await read('ligatures.pdf')).text).toBe('officefi');
  });

  test('Japanese, whose character codes are in a table of pdf.js', async () => {
    useCharacterMaps(characterMap);
    expect((await read('japanese.pdf')).text).toBe(JAPANESE);
  });
});

describe('character maps that cannot be fetched', () => {
  const offline = () => Promise.reject(new TypeError('Failed to fetch'));
  const needed = { name: 'LabError', code: 'part-not-fetched' };

  test('are told instead of taking the file for a scan; with a network it is read', async () => {
    useCharacterMaps(offline);
    const failed = read('japanese.pdf');
    await expect(failed).rejects.toMatchObject(needed);
    await expect(failed).rejects.toThrow(/“japanese.pdf” needs the character map “[\w-]+”, which could not be fetched/);
    useCharacterMaps(characterMap);
    expect((await read('japanese.pdf')).text).toBe(JAPANESE);
  });

  test('leave no document that lacks a part of its text', async () => {
    useCharacterMaps(characterMap);
    expect((await read('scripts.pdf', twoScripts())).text).toBe('The key is blue.\n\n鍵は青い。');
    useCharacterMaps(offline);
    await expect(read('scripts.pdf', twoScripts())).rejects.toMatchObject(needed);
  });

  test('do not matter to a file that needs none', async () => {
    useCharacterMaps(offline);
    expect((await read('ligatures.pdf')).text).toBe('officefi');
  });
});

describe('pages', () => {
  test('heads, feet and page numbers go; a sentence goes on over the page; chunks know their page', async () => {
    const document = await read('furniture.pdf');
    expect(document.title).toBe('Rules for staff');
    expect(document.text).not.toMatch(/handbook, revision|Page \d/);
    expect(document.text).toContain('since the key of the cellar hangs behind the blue door.');
    expect(document.text).toContain('who works on floor 5. It is read aloud once a year.');
    expect(chunksOf(document).map(({ page, headings }) => [page, headings])).toEqual([
      [1, []],
      [2, ['Keys']],
      [4, ['Cellar']],
    ]);
    const third = document.text.slice(document.pages?.[2], document.pages?.[3]);
    expect(third).toBe('The sentence on this page goes on where the page ends, since the key of the ');
    expect(document.pages).toHaveLength(5);
  });

  test('each is told while it is read', async () => {
    const told: unknown[] = [];
    await read('furniture.pdf', undefined, undefined, (progress) => told.push(progress));
    expect(told).toHaveLength(5);
    expect(told[2]).toEqual({ step: 'Reading furniture.pdf', done: 3, total: 5, unit: 'pages' });
  });

  test('reading stops between two', async () => {
    const stopper = new AbortController();
    const reading = finish(readFile({ name: 'a.pdf', bytes: fixture('furniture.pdf') }, stopper.signal), () => {
      stopper.abort();
    });
    await expect(reading).rejects.toHaveProperty('name', 'AbortError');
    expect((await read('mixed.pdf')).pages).toHaveLength(3);
  });

  test.each(['mixed.pdf', 'damaged-page.pdf'])('one without text does not cost the others: %s', async (name) => {
    const document = await read(name);
    const [first = 0, second = 0, third = 0] = document.pages ?? [];
    expect(document.text.slice(first, second).trim()).not.toBe('');
    expect(second).toBe(third);
    expect(document.text.slice(third)).not.toBe('');
    chunksOf(document);
  });
});

describe('files that do not open', () => {
  test('a locked one asks for its password, tells a wrong one, and opens with the right one', async () => {
    await expect(read('locked.pdf')).rejects.toMatchObject({ code: 'password-needed' });
    for (const wrong of ['', 'green door'])
      await expect(read('locked.pdf', undefined, wrong)).rejects.toMatchObject({ code: 'password-wrong' });
    expect((await read('locked.pdf', undefined, 'blue door')).text).toBe('The cellar key hangs behind the blue door.');
  });

  test('one locked against changes alone opens', async () => {
    expect((await read('owner-only.pdf')).text).toBe('The cellar key hangs behind the blue door.');
  });

  test.each([
    ['truncated.pdf', 'document-unreadable', /no whole PDF/],
    ['pictures.pdf', 'empty-document', /3 pages and no text in them: probably scanned pictures/],
    ['nothing.pdf', 'empty-document', /1 page and no text in it/],
  ])('%s: %s', async (name, code, sentence) => {
    const failed = read(name);
    await expect(failed).rejects.toMatchObject({ name: 'LabError', code });
    await expect(failed).rejects.toThrow(sentence);
  });

  test('a wrong table of contents is mended', async () => {
    expect((await read('bad-xref.pdf')).text).toBe('The cellar key hangs behind the blue door.');
  });
});
