/** A page's elements into text: paragraphs apart, lists and rows of tables a line each, headings as sections. */
import type { ReadText, Section } from '../../document';
import { shortHeading } from '../../sections';
import { attribute, type Element, type Node, walk } from '../tree';
import { Writer } from './writer';

const words = (list: string) => new Set(list.split(' '));
/** What is not read: not text, not for reading, or about other pages. */
const DROPPED = words(
  'head script style template noscript nav aside iframe object embed svg canvas video audio map select datalist ' +
    'button textarea input dialog rt rp',
);
const DROPPED_ROLES = words('navigation banner contentinfo complementary search dialog menu menubar');
const PARAGRAPHS = words(
  'address article blockquote body center details dir div dl fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr ' +
    'main menu ol p pre section summary table ul',
);
const LINES = words('br caption dd dt figcaption li option legend tr');
const SECTIONING = words('main article section');
const HEADING = /^h([1-6])$/;

export function textOf(roots: readonly Node[]): Required<Pick<ReadText, 'text' | 'sections'>> {
  const layout = layoutTables(roots);
  const out = new Writer();
  const lists: { next: number | null }[] = [];
  const tables: Node[] = [];
  const headings: { level: number; heading: string; from: number; to: number }[] = [];
  let headingFrom = 0;
  let sectioning = 0;
  const isCell = (tagName: string) => {
    const table = tables.at(-1);
    return (tagName === 'td' || tagName === 'th') && table !== undefined && !layout.has(table);
  };
  const breakFor = (tagName: string) => {
    if (PARAGRAPHS.has(tagName) && lists.length > 0) out.line();
    else if (PARAGRAPHS.has(tagName) || ((tagName === 'td' || tagName === 'th') && !isCell(tagName))) out.paragraph();
    else if (LINES.has(tagName)) out.line();
  };

  walk(roots, {
    enter(element) {
      const { node, tagName } = element;
      const pageFrame = (tagName === 'header' || tagName === 'footer') && sectioning === 0;
      if (pageFrame || isDropped(element)) return false;
      if (tagName === 'table') tables.push(node);
      if (isCell(tagName)) out.beginCell();
      else breakFor(tagName);
      if (SECTIONING.has(tagName) || element.role === 'main') sectioning++;
      if (tagName === 'ul' || tagName === 'ol' || tagName === 'menu') {
        const from = Number.parseInt(attribute(node, 'start') ?? '1', 10);
        lists.push({ next: tagName === 'ol' ? (Number.isFinite(from) ? from : 1) : null });
      }
      if (tagName === 'li') {
        const list = lists.at(-1);
        out.mark(list && list.next !== null ? `${String(list.next++)}. ` : '- ');
      }
      if (tagName === 'pre') out.pre++;
      if (HEADING.test(tagName) && out.flat++ === 0) headingFrom = out.begin();
      return true;
    },
    leave({ tagName, role }) {
      const level = HEADING.exec(tagName)?.[1];
      if (level !== undefined && --out.flat === 0) {
        const heading = shortHeading(out.textFrom(headingFrom));
        if (heading !== '') headings.push({ level: Number(level), heading, from: headingFrom, to: out.length });
      }
      if (tagName === 'pre') out.pre--;
      if (tagName === 'ul' || tagName === 'ol' || tagName === 'menu') lists.pop();
      if (SECTIONING.has(tagName) || role === 'main') sectioning--;
      if (isCell(tagName)) out.endCell();
      else breakFor(tagName);
      if (tagName === 'table') tables.pop();
    },
    text(value) {
      out.write(value);
    },
  });

  const text = out.textFrom(0).trimEnd();
  // Several headings of the first level are chapters, not the page's title.
  const deeper = headings.filter(({ level }) => level === 1).length > 1 ? 1 : 0;
  const sections = headings.map(({ level, heading, to }, i): Section => {
    return { level: level + deeper, heading, start: to, end: headings[i + 1]?.from ?? text.length };
  });
  const before = { level: 0, heading: '', start: 0, end: headings[0]?.from ?? text.length };
  return { text, sections: [before, ...sections] };
}

function isDropped({ node, tagName, role }: Element): boolean {
  // What books set aside as a note is part of their text.
  if (tagName === 'aside' && /\b(?:foot|end|rear)note/.test(`${attribute(node, 'epub:type') ?? ''} ${role ?? ''}`))
    return false;
  if (DROPPED.has(tagName) || (role !== undefined && DROPPED_ROLES.has(role))) return true;
  return (
    attribute(node, 'hidden') !== undefined ||
    attribute(node, 'aria-hidden') === 'true' ||
    /display\s*:\s*none/i.test(attribute(node, 'style') ?? '')
  );
}

/** Tables that only place things: they hold headings, lists or other tables, so their cells are not of one row. */
function layoutTables(roots: readonly Node[]): Set<Node> {
  const layout = new Set<Node>();
  const open: Node[] = [];
  walk(roots, {
    enter({ node, tagName, role }) {
      const around = open.at(-1);
      if (around && (tagName === 'table' || tagName === 'ul' || HEADING.test(tagName))) layout.add(around);
      if (tagName !== 'table') return true;
      if (role === 'presentation' || role === 'none') layout.add(node);
      open.push(node);
      return true;
    },
    leave({ tagName }) {
      if (tagName === 'table') open.pop();
    },
  });
  return layout;
}
