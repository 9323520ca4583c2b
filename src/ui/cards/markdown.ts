/** Markdown read into a card, by marked's lexer. Loaded when the first card is opened. */
import { lexer, type MarkedToken, type Token } from 'marked';
import type { Block, Card, CardTable, HeadingLevel, Inline } from './card';

/** Real cards nest three deep; what is deeper stays as it was written. */
const DEEPEST = 8;
const NUMBERS = /^[-\d.,\s/%]+$/;

/** Raw HTML becomes text, an image its description, and a link that leaves for no other site its words. */
export function readCard(markdown: string): Card {
  const [first, ...rest] = lexer(markdown).filter(({ type }) => type !== 'space');
  const titled = first?.type === 'heading' && first.depth === 1 ? first : null;
  const body = titled ? rest : first ? [first, ...rest] : [];
  return { title: titled ? plain(inline(titled.tokens ?? [], 0)) : '', blocks: namedApart(blocksOf(body, 0)) };
}

function blocksOf(tokens: readonly Token[], depth: number): Block[] {
  const blocks: Block[] = [];
  let heading = '';
  for (const token of tokens) {
    if (depth > DEEPEST) {
      blocks.push(written(token.raw));
      continue;
    }
    const block = blockOf(token as MarkedToken, depth, () => nameFrom(blocks.at(-1), heading));
    if (block?.kind === 'heading') heading = plain(block.content);
    if (block) blocks.push(block);
  }
  return blocks;
}

function blockOf(token: MarkedToken, depth: number, name: () => string): Block | null {
  switch (token.type) {
    case 'heading':
      return { kind: 'heading', level: levelOf(token.depth), content: inline(token.tokens, depth) };
    case 'paragraph':
      return { kind: 'paragraph', content: inline(token.tokens, depth) };
    case 'text':
      return { kind: 'paragraph', content: token.tokens ? inline(token.tokens, depth) : [text(token.text)] };
    case 'list':
      return {
        kind: 'list',
        start: token.ordered ? token.start || 1 : null,
        items: token.items.map((item) => blocksOf(item.tokens, depth + 1)),
      };
    case 'blockquote':
      return { kind: 'quote', blocks: blocksOf(token.tokens, depth + 1) };
    case 'code':
      return { kind: 'code', text: token.text };
    case 'table':
      return {
        kind: 'table',
        name: name(),
        columns: token.header.map((cell, i) => ({
          content: inline(cell.tokens, depth),
          align: alignOf(
            cell.align,
            token.rows.map((row) => row[i]?.text ?? ''),
          ),
        })),
        rows: token.rows.map((row) => row.map((cell) => inline(cell.tokens, depth))),
      };
    case 'hr':
      return { kind: 'rule' };
    case 'space':
    case 'def':
      return null;
    case 'checkbox':
      return { kind: 'paragraph', content: [text(token.checked ? 'Done:' : 'To do:')] };
    default:
      return written(token.raw);
  }
}

function inline(tokens: readonly Token[], depth: number): Inline[] {
  return depth > DEEPEST
    ? tokens.map(({ raw }) => text(raw))
    : tokens.flatMap((token) => inlineOf(token as MarkedToken, depth + 1));
}

function inlineOf(token: MarkedToken, depth: number): Inline | readonly Inline[] {
  switch (token.type) {
    case 'text':
      return token.tokens ? inline(token.tokens, depth) : text(token.text);
    case 'escape':
      return text(token.text);
    case 'codespan':
      return { kind: 'code', text: token.text };
    case 'strong':
      return { kind: 'strong', content: inline(token.tokens, depth) };
    case 'em':
      return { kind: 'emphasis', content: inline(token.tokens, depth) };
    case 'del':
      return { kind: 'struck', content: inline(token.tokens, depth) };
    case 'link': {
      const content = inline(token.tokens, depth);
      return /^https?:\/\//i.test(token.href) && URL.canParse(token.href)
        ? { kind: 'link', address: token.href, content }
        : content;
    }
    case 'image':
      return text(token.text);
    case 'br':
      return { kind: 'break' };
    default:
      return text(token.raw);
  }
}

function levelOf(depth: number): HeadingLevel {
  return depth <= 2 ? 3 : depth === 3 ? 4 : depth === 4 ? 5 : 6;
}

/** Columns of numbers stand at their end, though the Markdown may not say so. */
function alignOf(said: 'center' | 'left' | 'right' | null, cells: readonly string[]): CardTable['columns'][0]['align'] {
  if (said === 'center') return 'center';
  if (said === 'left') return 'start';
  return said === 'right' || (cells.length > 0 && cells.every((cell) => NUMBERS.test(cell))) ? 'end' : 'start';
}

/** A sentence with a colon announces the table; else it is one of its section's. */
function nameFrom(before: Block | undefined, heading: string): string {
  const said = before?.kind === 'paragraph' ? plain(before.content).trim() : '';
  return said.endsWith(':') ? said.slice(0, -1) : heading || 'Table';
}

function namedApart(blocks: readonly Block[]): Block[] {
  const taken = new Map<string, number>();
  return blocks.map((block) => {
    if (block.kind !== 'table') return block;
    const nth = (taken.get(block.name) ?? 0) + 1;
    taken.set(block.name, nth);
    return nth === 1 ? block : { ...block, name: `${block.name} (${String(nth)})` };
  });
}

function plain(content: readonly Inline[]): string {
  return content
    .map((one) => {
      if (one.kind === 'break') return ' ';
      return one.kind === 'text' || one.kind === 'code' ? one.text : plain(one.content);
    })
    .join('');
}

const text = (words: string): Inline => ({ kind: 'text', text: words });
const written = (raw: string): Block => ({ kind: 'paragraph', content: [text(raw.trim())] });
