/** EPUB: the chapters of a book in reading order, each read as the page it is. Format: https://www.w3.org/TR/epub-33/ */
import { LabError, asLabError } from '../../errors';
import type { DocumentReader, Section } from '../document';
import { Package, resolvePath } from '../package';
import { shortHeading } from '../sections';
import { chapterNames, isContents } from './epub/contents';
import { readPage } from './html';
import { attribute, child, children, type Node, outermost, plainText } from './tree';

const MAX_CHAPTERS = 5_000;
const BETWEEN = '\n\n';

export const readEpub: DocumentReader = async function* (file, signal) {
  const { name } = file;
  const parts = new Package(file);
  const opf = rootFile(parts);
  const book = child(opf === null ? null : parts.xml(opf), 'package');
  if (opf === null || !book) throw new LabError('document-unreadable', `“${name}” is no EPUB book.`);
  const items = new Map(children(child(book, 'manifest'), 'item').map((item) => [attribute(item, 'id') ?? '', item]));
  const order = children(child(book, 'spine'), 'itemref').flatMap((place) => {
    const item = items.get(attribute(place, 'idref') ?? '');
    return item && isChapter(item) ? [resolvePath(opf, attribute(item, 'href') ?? '')] : [];
  });
  if (order.length > MAX_CHAPTERS)
    throw new LabError('document-too-large', `“${name}” has ${order.length} chapters; the limit is ${MAX_CHAPTERS}.`);
  refuseProtected(name, parts, new Set(order));
  const names = chapterNames(parts, opf, [...items.values()]);

  const texts: string[] = [];
  const sections: Section[] = [];
  let length = 0;
  for (const [done, path] of [...new Set(order)].entries()) {
    signal.throwIfAborted();
    yield { step: `Reading ${name}`, done, total: order.length, unit: 'parts' };
    const bytes = parts.bytes(path);
    if (!bytes) continue;
    const page = await readPage(path, bytes);
    if (page.text.trim() === '') continue;
    const from = texts.length === 0 ? 0 : length + BETWEEN.length;
    sections.push(...placed(page, names.get(path), from));
    texts.push(page.text);
    length = from + page.text.length;
  }
  const text = texts.join(BETWEEN);
  return { title: titleOf(book), text, sections };
};

/** Headings one level down, since the book's title stands above all; a chapter without one is named as the contents name it. */
function placed(
  { text, sections }: { text: string; sections: readonly Section[] },
  name: string | undefined,
  from: number,
) {
  const [before = { level: 0, heading: '', start: 0, end: text.length }, ...headed] = sections;
  const named = headed.length === 0 && name !== undefined ? namedChapter(text, shortHeading(name)) : before;
  return [named, ...headed.map((one) => ({ ...one, level: one.level + 1 }))].map(({ start, end, ...one }): Section => ({
    ...one,
    start: start + from,
    end: end + from,
  }));
}

/** Some programs write headings as plain paragraphs. */
function namedChapter(text: string, heading: string): Section {
  const start = text.startsWith(`${heading}\n`) ? heading.length : 0;
  return { level: 2, heading, start, end: text.length };
}

function rootFile(parts: Package): string | null {
  const container = parts.xml('META-INF/container.xml');
  const root = child(container, 'container', 'rootfiles', 'rootfile');
  const path = root && attribute(root, 'full-path');
  return path === undefined ? null : resolvePath('', path);
}

function isChapter(item: Node): boolean {
  return /^(?:application\/xhtml\+xml|text\/html)$/.test(attribute(item, 'media-type') ?? '') && !isContents(item);
}

/** Fonts may be scrambled without harm; chapters are where the book may be read by its buyer alone. */
function refuseProtected(name: string, parts: Package, chapters: ReadonlySet<string>): void {
  let scrambled: Node[] = [];
  try {
    const list = parts.xml('META-INF/encryption.xml');
    scrambled = list ? outermost(list, ({ tagName }) => tagName === 'CipherReference') : [];
  } catch (error) {
    if (asLabError(error).code !== 'document-unreadable') throw error;
  }
  if (scrambled.some((one) => chapters.has(resolvePath('', attribute(one, 'URI') ?? ''))))
    throw new LabError('document-locked', `“${name}” is protected against copying.`);
}

function titleOf(book: Node): string | null {
  const title = child(book, 'metadata', 'title');
  const words = title ? plainText(title).slice(0, 200).toWellFormed() : '';
  return words === '' ? null : words;
}
