/** What a book's contents call its chapters: of EPUB 3 (a page) or EPUB 2 (NCX). */
import { asLabError } from '../../../errors';
import { type Package, resolvePath } from '../../package';
import { attribute, child, type Node, outermost, plainText } from '../tree';

/** By the chapter's path; the first name of each. A book with damaged contents has none, and is read all the same. */
export function chapterNames(parts: Package, opf: string, items: readonly Node[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const item of items) {
    const page = isContents(item);
    if (!page && attribute(item, 'media-type') !== 'application/x-dtbncx+xml') continue;
    const path = resolvePath(opf, attribute(item, 'href') ?? '');
    for (const [target, name] of namesIn(contents(parts, path), page)) {
      const chapter = resolvePath(path, target);
      if (name !== '' && !names.has(chapter)) names.set(chapter, name);
    }
  }
  return names;
}

/** Of an item of the manifest: whether it is the page that EPUB 3 keeps the contents in. */
export function isContents(item: Node): boolean {
  return attribute(item, 'properties')?.split(/\s+/).includes('nav') === true;
}

function contents(parts: Package, path: string): Node {
  try {
    return parts.xml(path) ?? { nodeName: '' };
  } catch (error) {
    if (asLabError(error).code === 'document-too-large') throw error;
    return { nodeName: '' };
  }
}

function namesIn(root: Node, page: boolean): [string, string][] {
  const found: [string, string][] = [];
  if (page) {
    const lists = outermost(root, ({ node, tagName }) => tagName === 'nav' && attribute(node, 'type') === 'toc');
    for (const list of lists)
      for (const link of outermost(list, ({ tagName }) => tagName === 'a'))
        found.push([attribute(link, 'href') ?? '', plainText(link)]);
    return found;
  }
  // Places of an NCX hold their parts, so the outermost are looked into again.
  const places = outermost(root, ({ tagName }) => tagName === 'navMap').slice(0, 1);
  for (let list = places.shift(); list !== undefined; list = places.shift()) {
    const inner = outermost(
      { nodeName: '', childNodes: list.childNodes ?? [] },
      ({ tagName }) => tagName === 'navPoint',
    );
    for (const place of inner) {
      const [label, content] = [child(place, 'navLabel', 'text'), child(place, 'content')];
      if (label && content) found.push([attribute(content, 'src') ?? '', plainText(label)]);
    }
    places.push(...inner);
  }
  return found;
}
