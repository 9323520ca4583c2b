/** DOCX and EPUB: what LibreOffice wrote, and what others write. */
import { describe, expect, test } from 'vitest';
import { docx, epub, p } from '../fixtures/documents/packages';
import { chunksOf, read } from '../fixtures/documents/read';

const style = (id: string, name: string, inside = '') =>
  `<w:style w:type="paragraph" w:styleId="${id}"><w:name w:val="${name}"/>${inside}</w:style>`;
const styled = (id: string) => `<w:pStyle w:val="${id}"/>`;
const item = (id: number, level = 0) =>
  `<w:numPr><w:ilvl w:val="${String(level)}"/><w:numId w:val="${String(id)}"/></w:numPr>`;
const STYLES =
  style('T', 'Title') +
  style('H1', 'heading 1') +
  style('H2', 'heading 2') +
  style('Own', 'Clause', '<w:basedOn w:val="H2"/>') +
  style('Toc', 'toc 1');

async function chunks(bytes: Uint8Array<ArrayBuffer>, name = 'a.docx') {
  return chunksOf(await read(name, bytes)).map(({ text, headings }) => [headings.join(' > '), text]);
}

describe('DOCX', () => {
  test('as LibreOffice writes it: headings, lists, a table and a footnote, with their numbers', async () => {
    const document = await read('ferry.docx');
    expect(document.title).toBe('Ferry rules');
    expect(chunksOf(document).map(({ title, text }) => [title, text])).toEqual([
      ['Ferry rules', 'This edition replaces all others.'],
      [
        'Ferry rules: 1 Boarding',
        'Gates close 12 minutes before sailing (note 1). Do not run — the deck is wet.\n\nNote 1: Fifteen minutes on public holidays.',
      ],
      ['Ferry rules: 1.1 Bicycles', 'a) Walk it aboard.\nb) Tie it to the blue rail.'],
      [
        'Ferry rules: 2 Fares',
        '- Dogs travel free.\n- Cats pay half.\n\nAge | Fare\nAdult | 7 crowns\nUnder 12 | 3 crowns\n\nTickets bought aboard cost one crown more.',
      ],
    ]);
  });

  test('a title above headings, styles based on others, and a level that the paragraph itself says', async () => {
    const body =
      p('The Rules', styled('T')) +
      p('One', styled('H1')) +
      p('a') +
      p('One A', styled('Own')) +
      p('b') +
      p('Two', '<w:outlineLvl w:val="0"/>') +
      p('c') +
      p('No heading', `${styled('H1')}<w:outlineLvl w:val="9"/>`);
    const bytes = docx(body, { styles: STYLES, core: 'Document1' });
    expect((await read('a.docx', bytes)).title).toBe('The Rules');
    expect(await chunks(bytes)).toEqual([
      ['One', 'a'],
      ['One > One A', 'b'],
      ['Two', 'c\n\nNo heading'],
    ]);
  });

  test('the title of the properties where the text has none, unless a program wrote it', async () => {
    expect((await read('a.docx', docx(p('x'), { core: 'Crew rules' }))).title).toBe('Crew rules');
    expect((await read('a.docx', docx(p('x'), { core: 'Microsoft Word - rules.doc' }))).title).toBe('a');
  });

  test('numbers count on over levels, begin anew below a higher one, and where a list says so', async () => {
    const level = (n: number, format: string, text: string, start = 1) =>
      `<w:lvl w:ilvl="${String(n)}"><w:start w:val="${String(start)}"/><w:numFmt w:val="${format}"/><w:lvlText w:val="${text}"/></w:lvl>`;
    const numbering =
      `<w:abstractNum w:abstractNumId="7">${level(0, 'upperRoman', '%1.', 3)}${level(1, 'decimal', '%1.%2')}</w:abstractNum>` +
      `<w:abstractNum w:abstractNumId="8">${level(0, 'lowerLetter', '(%1)')}${level(1, 'bullet', '')}</w:abstractNum>` +
      '<w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="8"/></w:num>' +
      '<w:num w:numId="3"><w:abstractNumId w:val="8"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="27"/></w:lvlOverride></w:num>';
    const all = [item(1), item(1, 1), item(1, 1), item(1), item(1, 1), item(2), item(2, 1), item(2), item(3), item(0)];
    const document = await read('a.docx', docx(all.map((list, i) => p(`x${String(i)}`, list)).join(''), { numbering }));
    expect(document.text.split(/\n+/)).toEqual([
      'III. x0',
      'III.1 x1',
      'III.2 x2',
      'IV. x3',
      'IV.1 x4',
      '(a) x5',
      '- x6',
      '(b) x7',
      '(aa) x8',
      'x9',
    ]);
  });

  test('what is deleted, hidden, a field code, a table of contents or a second form of the same is left out', async () => {
    const run = (inside: string) => `<w:r>${inside}</w:r>`;
    const body =
      p('Boarding 3', styled('Toc')) +
      '<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj></w:sdtPr>' +
      `<w:sdtContent>${p('Fares 4')}</w:sdtContent></w:sdt>` +
      `<w:p>${run('<w:t>The ferry</w:t>')}<w:del>${run('<w:delText> boat</w:delText>')}</w:del>` +
      `<w:ins>${run('<w:t xml:space="preserve"> leaves</w:t>')}</w:ins>${run('<w:rPr><w:vanish/></w:rPr><w:t>secret</w:t>')}` +
      `${run('<w:instrText>PAGE</w:instrText>')}${run('<w:tab/><w:t>at</w:t><w:br/><w:t>no</w:t><w:noBreakHyphen/><w:t>on</w:t>')}</w:p>` +
      `<w:p><mc:AlternateContent><mc:Choice><w:drawing><w:txbxContent>${p('In a box.')}</w:txbxContent></w:drawing></mc:Choice>` +
      `<mc:Fallback><w:pict><w:txbxContent>${p('In a box.')}</w:txbxContent></w:pict></mc:Fallback></mc:AlternateContent></w:p>`;
    expect((await read('a.docx', docx(body, { styles: STYLES }))).text).toBe('The ferry leaves at\nno-on\n\nIn a box.');
  });

  test('nothing in it is markup', async () => {
    const bytes = docx(p('<script>alert(1)</script> & &amp;'));
    expect((await read('a.docx', bytes)).text).toBe('<script>alert(1)</script> & &amp;');
  });
});

describe('EPUB', () => {
  test('as LibreOffice writes it: chapters in reading order, named by the contents, notes kept', async () => {
    const document = await read('ferry.epub');
    expect(document.title).toBe('Ferry rules');
    const found = chunksOf(document);
    expect(found.map(({ title }) => title)).toEqual([
      'Ferry rules: Section 1',
      'Ferry rules: Boarding',
      'Ferry rules: Fares',
    ]);
    expect(found[1]?.text).toMatch(/^Gates close 12 minutes [^]*Fifteen minutes on public holidays\.$/);
    expect(found[2]?.text).toContain('Adult | 7 crowns');
  });

  test('headings of chapters make paths below the title of the book', async () => {
    const book = epub({ 'b.xhtml': '<h1>One</h1><p>a</p><h2>Inner</h2><p>b</p>', 'a.xhtml': '<h1>Two</h1><p>c</p>' });
    expect((await read('a.epub', book)).title).toBe('Book');
    expect(await chunks(book, 'a.epub')).toEqual([
      ['One', 'a'],
      ['One > Inner', 'b'],
      ['Two', 'c'],
    ]);
  });

  test('chapters without headings are named by an NCX, however deep, and addresses are decoded', async () => {
    const ncx =
      '<ncx><navMap><navPoint><navLabel><text>Part</text></navLabel><content src="a%20b.xhtml"/><navPoint><navLabel><text>Deep</text>' +
      '</navLabel><content src="c.xhtml#x"/></navPoint></navPoint></navMap></ncx>';
    const manifest = '<item id="n" href="toc.ncx" media-type="application/x-dtbncx+xml"/>';
    const book = epub({ 'a b.xhtml': '<p>a</p>', 'c.xhtml': '<p>c</p>' }, { more: { 'OPS/toc.ncx': ncx }, manifest });
    expect(await chunks(book, 'a.epub')).toEqual([
      ['Part', 'a'],
      ['Deep', 'c'],
    ]);
    const damaged = epub({ 'a.xhtml': '<p>a</p>' }, { more: { 'OPS/toc.ncx': '<ncx><navMap>' }, manifest });
    expect(await chunks(damaged, 'a.epub')).toEqual([['', 'a']]);
  });

  test('scripts in it are not read, and a chapter that is missing does not cost the others', async () => {
    const manifest = '<item id="z" href="gone.xhtml" media-type="application/xhtml+xml"/>';
    const book = epub(
      { 'a.xhtml': '<script>x</script><p onclick="x()">a<img src="http://x/y.png"/></p>' },
      { manifest },
    );
    expect((await read('a.epub', book)).text).toBe('a');
  });

  test('scrambled fonts do no harm, scrambled chapters are refused as protected', async () => {
    const list = (uri: string) => ({
      'META-INF/encryption.xml': `<encryption><EncryptedData><CipherData><CipherReference URI="${uri}"/></CipherData></EncryptedData></encryption>`,
    });
    const chapters = { 'a.xhtml': '<p>a</p>' };
    expect((await read('a.epub', epub(chapters, { more: list('OPS/font.otf') }))).text).toBe('a');
    await expect(read('a.epub', epub(chapters, { more: list('OPS/a.xhtml') }))).rejects.toMatchObject({
      code: 'document-locked',
    });
  });
});
