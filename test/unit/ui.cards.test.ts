import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Block, Inline } from '../../src/ui/cards/card';
import { readCard } from '../../src/ui/cards/markdown';

const text = (words: string) => ({ kind: 'text', text: words });
const paragraph = (...content: unknown[]) => ({ kind: 'paragraph', content });

describe('what Markdown becomes', () => {
  test('the first heading is the title, and the others stand below it', () => {
    const { title, blocks } = readCard(
      '# The `tiny` reader\n\n## One\n### Two\n#### Three\n##### Four\n###### Five\n\n# Six',
    );
    expect(title).toBe('The tiny reader');
    expect(blocks.map((block) => (block.kind === 'heading' ? block.level : block.kind))).toEqual([3, 4, 5, 6, 6, 3]);
    expect(readCard('Words.\n\n# Late')).toMatchObject({ title: '', blocks: [{ kind: 'paragraph' }, { level: 3 }] });
    expect(readCard('')).toEqual({ title: '', blocks: [] });
  });

  test('emphasis, code, lists in lists, quotes and blocks of code', () => {
    expect(readCard('a **b *c*** `d` ~~e~~  \nf').blocks).toEqual([
      paragraph(
        text('a '),
        { kind: 'strong', content: [text('b '), { kind: 'emphasis', content: [text('c')] }] },
        text(' '),
        { kind: 'code', text: 'd' },
        text(' '),
        { kind: 'struck', content: [text('e')] },
        { kind: 'break' },
        text('f'),
      ),
    ]);
    expect(readCard('3. a\n4. b\n   - c\n').blocks).toEqual([
      {
        kind: 'list',
        start: 3,
        items: [
          [paragraph(text('a'))],
          [paragraph(text('b')), { kind: 'list', start: null, items: [[paragraph(text('c'))]] }],
        ],
      },
    ]);
    expect(readCard('> q\n\n```sh\nls <b>\n```\n\n---').blocks).toEqual([
      { kind: 'quote', blocks: [paragraph(text('q'))] },
      { kind: 'code', text: 'ls <b>' },
      { kind: 'rule' },
    ]);
  });

  test('tables are named by what announces them, each by another name, and numbers stand at their end', () => {
    const rows = '\n\n| a | b | c |\n| --- | --- | :-: |\n| **x** | 1 | p |\n| y | - | q |\n\n';
    const { blocks } = readCard(`## Figures${rows}Right value:${rows}Right value:${rows}`);
    const tables = blocks.filter((block) => block.kind === 'table');
    expect(tables.map(({ name }) => name)).toEqual(['Figures', 'Right value', 'Right value (2)']);
    expect(tables[0]?.columns.map(({ align }) => align)).toEqual(['start', 'end', 'center']);
    expect(tables[0]?.rows).toEqual([
      [[{ kind: 'strong', content: [text('x')] }], [text('1')], [text('p')]],
      [[text('y')], [text('-')], [text('q')]],
    ]);
  });
});

describe('hostile Markdown', () => {
  test('raw HTML is text, pictures are their description', () => {
    expect(
      readCard('<script>alert(1)</script>\n\n<b onclick="x()">b</b> ![seen](https://example.org/seen.png)').blocks,
    ).toEqual([
      paragraph(text('<script>alert(1)</script>')),
      paragraph(text('<b onclick="x()">'), text('b'), text('</b>'), text(' '), text('seen')),
    ]);
  });

  test('links lead to other sites only', () => {
    const links = (markdown: string) =>
      readCard(markdown).blocks.flatMap((block) =>
        block.kind === 'paragraph' ? block.content.flatMap((one) => (one.kind === 'link' ? [one.address] : [])) : [],
      );
    expect(links('[a](https://example.org/a) <http://example.org> [c][r]\n\n[r]: https://example.org/c')).toEqual([
      'https://example.org/a',
      'http://example.org',
      'https://example.org/c',
    ]);
    for (const address of [
      'javascript:alert(1)',
      'JaVaScRiPt:alert(1)',
      '&#106;avascript:alert(1)',
      'data:text/html,x',
      'file:///etc/passwd',
      '//example.org',
      '#/models',
      'other.md',
      'https://',
    ])
      expect(links(`[a](${address})`), address).toEqual([]);
  });

  test('what nests too deep stays as it was written', () => {
    const { blocks } = readCard(`${'> '.repeat(200)}deep`);
    expect(depthOf(blocks)).toBeLessThan(12);
    expect(JSON.stringify(blocks)).toContain('deep');
    const [bold] = readCard(`${'*a **b '.repeat(40)}c${'** *'.repeat(40)}`).blocks;
    expect(depthOf(bold ? [bold] : [])).toBeLessThan(15);
  });

  test('any text is read, with nothing in it but what a card may hold', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '#',
        '*',
        '_',
        '`',
        '[',
        ']',
        '(',
        ')',
        '<',
        '>',
        '|',
        '-',
        '\n',
        '\n\n',
        '![',
        '\\',
        '&lt;',
        'x',
      ),
      fc.string({ maxLength: 4 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        for (const kind of kindsIn(readCard(pieces.join('')).blocks)) expect(KINDS).toContain(kind);
      }),
      { numRuns: 300, seed: 7 },
    );
  });
});

const KINDS = [
  ...['heading', 'paragraph', 'list', 'quote', 'code', 'table', 'rule'],
  ...['text', 'strong', 'emphasis', 'struck', 'link', 'break'],
];

function childrenOf(one: Block | Inline): readonly (Block | Inline)[] {
  switch (one.kind) {
    case 'list':
      return one.items.flat();
    case 'quote':
      return one.blocks;
    case 'table':
      return [...one.columns.flatMap(({ content }) => content), ...one.rows.flat(2)];
    default:
      return 'content' in one ? one.content : [];
  }
}

function kindsIn(all: readonly (Block | Inline)[]): string[] {
  return all.flatMap((one) => [one.kind, ...kindsIn(childrenOf(one))]);
}

function depthOf(all: readonly (Block | Inline)[]): number {
  return all.length === 0 ? 0 : 1 + Math.max(...all.map((one) => depthOf(childrenOf(one))));
}
