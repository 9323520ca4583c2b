import { describe, expect, test } from 'vitest';
import type { Document } from '../../src/documents/document';
import { chunksOf, read } from '../fixtures/documents/read';

const html = (text: string, name = 'page.html'): Promise<Document> => read(name, new TextEncoder().encode(text));
const body = async (text: string) => (await html(`<body>${text}`)).text;

describe('readable text', () => {
  test('the main part alone, with its headings, lists, tables and code', async () => {
    const document = await html(`<!doctype html><html><head><title> Keld &amp;
      Sons </title><style>p{}</style></head><body><header><h1>Site</h1></header><nav>Home</nav><main>
      <header><h1>Rules</h1></header><p>The  trial
      period is <b>5</b>&nbsp;months.<br>Not <i>6</i>.</p><h2>Leave</h2><ul><li>First<ul><li>Inner</li></ul></li>
      <li><p>Second</p></li></ul><ol start="3"><li>three</li><li>four</li></ol>
      <h3>Notice</h3><table><tr><th>Role</th><th>Notice</th></tr><tr><td><p>Clerk</p></td><td>3 weeks</td></tr></table>
      <pre>
a  b
  c
</pre><aside>Advertisement</aside></main><footer>Imprint</footer></body></html>`);
    expect(document.title).toBe('Keld & Sons');
    expect(document.mediaType).toBe('text/html');
    expect(document.text).toBe(
      'Rules\n\nThe trial period is 5 months.\nNot 6.\n\nLeave\n\n- First\n- Inner\n- Second\n\n3. three\n4. four\n\n' +
        'Notice\n\nRole | Notice\nClerk | 3 weeks\n\na  b\n  c',
    );
    expect(chunksOf(document).map(({ headings }) => headings)).toEqual([[], ['Leave'], ['Leave', 'Notice']]);
  });

  test('articles where no main part is named, all of the page where that is a shell', async () => {
    expect(await body('<p>x</p><article>One<article>inner</article></article><article>Two</article>')).toBe(
      'One\n\ninner\n\nTwo',
    );
    expect(await body(`<main>Loading</main><div>${'The text is elsewhere. '.repeat(9)}</div>`)).toContain('elsewhere');
  });

  test('several first headings are chapters', async () => {
    const document = await html('<h1>A</h1><p>a<h1>B</h1><p>b<h2>C</h2>c');
    expect(document.title).toBe('page');
    expect(chunksOf(document).map(({ headings }) => headings)).toEqual([['A'], ['B'], ['B', 'C']]);
  });

  test('one first heading is the title where the page has none', async () => {
    expect((await html('<h1>The <em>rules</em></h1><p>a')).title).toBe('The rules');
  });

  test('a table that only places things is not one of rows', async () => {
    expect(await body('<table><tr><td><h2>A</h2><p>a</td><td><table><tr><td>1<td>2</table></td></tr></table>')).toBe(
      'A\n\na\n\n1 | 2',
    );
  });

  test('what is hidden is not read', async () => {
    const hidden =
      '<p hidden>1</p><p style="display: none">2</p><p aria-hidden="true">3</p><div role="navigation">4</div>' +
      '<noscript>5</noscript><template>6</template><svg><title>7</title><text>8</text></svg><select><option>9</select>';
    const document = await html(`<title>T</title>${hidden}<p>seen&shy;able`);
    expect(document.text).toBe('seenable');
    expect(document.title).toBe('T');
  });

  test('XHTML: elements that close themselves and CDATA', async () => {
    const source =
      '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>X</title><script src="a.js"/>' +
      '</head><body><p>before</p><a id="here"/><p><![CDATA[1 < 2 & 3]]></p></body></html>';
    expect(await html(source, 'page.xhtml')).toMatchObject({ title: 'X', text: 'before\n\n1 < 2 & 3' });
  });
});

describe('large files', () => {
  // Hang guards: where each paragraph costs the text before it, five megabytes take more than a minute.
  test.each([
    ['paragraphs', '<p>The key is blue.</p>\n', 'The key is blue.'],
    ['preformatted text', '<pre>The key\n  is blue.\n</pre>', 'The key\n  is blue.'],
    ['headings', '<h2>The key is blue.</h2>', 'The key is blue.'],
  ])('%s', async (_, element, text) => {
    const count = Math.ceil(5_000_000 / element.length);
    const read = await body(element.repeat(count));
    expect(read === Array.from({ length: count }, () => text).join('\n\n')).toBe(true);
  });
});

describe('encodings', () => {
  const bytes = (head: string, ...tail: number[]) =>
    Uint8Array.from([...Array.from(head, (c) => c.charCodeAt(0)), ...tail]);
  test.each([
    ['<meta charset="windows-1251"><p>', [0xcf, 0xf0, 0xe8, 0xe2, 0xe5, 0xf2], 'Привет'],
    ['<meta http-equiv="Content-Type" content="text/html; charset=shift_jis"><p>', [0x93, 0xfa, 0x96, 0x7b], '日本'],
    ['<?xml version="1.0" encoding="iso-8859-2"?><p>', [0xb3], 'ł'],
    ['<meta charset="utf-8"><p>', [0x80, 0x20, 0x61, 0x20, 0x61], '€ a a'],
    ['<meta charset="nonsense"><p>', [0xc3, 0xa9], 'é'],
  ])('%s', async (head, tail, text) => {
    expect((await read('page.htm', bytes(head, ...tail))).text).toBe(text);
  });
});

describe('hostile pages', () => {
  test('nothing runs and nothing loads', async () => {
    const globals = globalThis as { ran?: boolean };
    const document = await html(`<body onload="globalThis.ran=true"><script>globalThis.ran = true</script>
      <img src="http://127.0.0.1:9/x" onerror="globalThis.ran=true"><iframe srcdoc="<script>ran=1</script>">in</iframe>
      <a href="javascript:globalThis.ran=true">link</a><object data="data:text/html,x">obj</object>
      <svg onload="globalThis.ran=true"><script>ran=1</script></svg><math><mtext><script>ran=1</script></math>
      <p>&lt;script&gt;kept as text&lt;/script&gt;`);
    expect(document.text).toBe('link\n\n<script>kept as text</script>');
    expect(globals.ran).toBeUndefined();
  });

  test.each([
    ['div', '<div>'.repeat(100_000)],
    ['b', '<b>'.repeat(100_000)],
    ['ul', '<ul><li>'.repeat(50_000)],
    ['table', '<table><tr><td>'.repeat(20_000)],
    ['h1', '<h1><span>'.repeat(50_000)],
    ['main', '<main>'.repeat(50_000)],
    ['unclosed', '<a href="'.repeat(50_000) + '">'],
    ['comments', `${'<!--'.repeat(100_000)}-->`],
    ['attributes', `<p ${Array.from({ length: 20_000 }, (_, i) => `a${String(i)}=1`).join(' ')}>`],
  ])('a hundred thousand deep: %s', async (_, deep) => {
    expect(await body(`<p>before</p>${deep}end`)).toMatch(/end$/);
  });
});
