/** HTML: the text a reader would read. It is parsed, never run: nothing in it is loaded. */
import { decodeText } from '../decoding';
import type { DocumentReader, ReadText } from '../document';
import { textOf } from './html/text';
import { type Node, outermost, plainText } from './tree';

/** How far into a file an encoding is looked for, as browsers do. */
const PRESCAN = 1024;
/** A main part that holds less of the page's text than this is a shell. */
const MAIN_SHARE = 0.25;

// eslint-disable-next-line require-yield -- read in one step
export const readHtml: DocumentReader = async function* ({ name, bytes }) {
  return await readPage(name, bytes);
};

/** One page, be it a file of its own or a part of another. Throws `not-text`. */
export async function readPage(name: string, bytes: Uint8Array): Promise<Required<Omit<ReadText, 'pages'>>> {
  const { parse } = await import('parse5');
  const source = decodeText(name, bytes, declaredEncoding(bytes));
  const document: Node = parse(isXml(name, source) ? asHtml(source) : source, { scriptingEnabled: false });
  const { text, sections } = readable(document);
  const [title] = outermost(document, ({ tagName }) => tagName === 'title');
  const heading = sections.find(({ level }) => level === 1)?.heading;
  return { title: (title && plainText(title)) || (heading ?? null), text, sections };
}

/** The main part where the page names one, else its articles, else all that is not navigation. */
function readable(document: Node): Required<Pick<ReadText, 'text' | 'sections'>> {
  const whole = textOf([document]);
  const parts = [
    outermost(document, ({ tagName, role }) => tagName === 'main' || role === 'main'),
    outermost(document, ({ tagName, role }) => tagName === 'article' || role === 'article'),
  ];
  return parts.map(textOf).find(({ text }) => text !== '' && text.length >= MAIN_SHARE * whole.text.length) ?? whole;
}

/** `<meta charset>`, `<meta http-equiv content="…charset=">` or an XML declaration. */
function declaredEncoding(bytes: Uint8Array): string | null {
  const head = String.fromCharCode(...bytes.subarray(0, PRESCAN));
  const found =
    /<meta[^>]{1,200}?charset\s*=\s*["']?\s*([\w:.-]+)/i.exec(head) ??
    /^(?:\xef\xbb\xbf)?<\?xml[^>]{1,200}?encoding\s*=\s*["']([\w:.-]+)/.exec(head);
  return found?.[1] ?? null;
}

function isXml(name: string, source: string): boolean {
  return /\.xhtml$/i.test(name) || source.trimStart().startsWith('<?xml');
}

/** What would hide the rest of an XML page from a parser of HTML: elements that close themselves, and CDATA. */
function asHtml(source: string): string {
  return source
    .replace(
      /<(script|style|title|textarea|iframe|noscript|template|a|p|div|span|td|th|li)(\s[^<>]*)?\/>/gi,
      '<$1$2></$1>',
    )
    .replace(/<!\[CDATA\[([^]*?)\]\]>/g, (_, text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;'));
}
