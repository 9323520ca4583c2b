/**
 * The body of a DOCX as the elements of a page, which `html/text.ts` makes text of. Deleted and hidden text, tables of
 * contents and field codes are left out. Format: ECMA-376, part 1, 17.
 */
import { attribute, child, children, element, type Node, text } from '../tree';
import type { Labels } from './numbering';
import { listOf, outlineOf, type ParagraphStyle, valueOf } from './styles';

export interface DocxParts {
  readonly styles: (id: string | undefined) => ParagraphStyle;
  readonly labels: Labels;
  /** By `footnote` or `endnote` and their ids. */
  readonly notes: ReadonlyMap<string, Node>;
}

/** Around other elements, without a meaning of their own here. */
const WRAPPERS = new Set(['customXml', 'ins', 'moveTo', 'smartTag', 'Choice', 'AlternateContent', 'sdtContent']);
/** With all that is in them. */
const DROPPED = new Set(['del', 'moveFrom', 'Fallback', 'pPr', 'rPr', 'rt', 'instrText', 'delText', 'delInstrText']);
const NOTES = new Map([
  ['footnoteReference', 'footnote'],
  ['endnoteReference', 'endnote'],
]);

/** What a paragraph holds: its line, and the text boxes that hang on it. */
interface Inline {
  readonly line: Node[];
  readonly boxes: Node[];
}

/** `title` is the paragraph in the style called so, where there is one. */
export function blocksOf(body: Node, parts: DocxParts): { blocks: Node[]; title: string | null } {
  return new Body(parts).of(body);
}

class Body {
  #title: string | null = null;
  #noteCount = 0;
  /** Told below the paragraph or table that names them. */
  #notes: Node[] = [];
  /** Notes may name notes. */
  #inNote = false;

  constructor(private readonly parts: DocxParts) {}

  of(body: Node): { blocks: Node[]; title: string | null } {
    const blocks = this.#blocks(body);
    // Below a title, headings begin at the second level.
    const deeper = this.#title === null ? 0 : 1;
    return { blocks: blocks.map((block) => headingTag(block, deeper)), title: this.#title };
  }

  #blocks(parent: Node): Node[] {
    const blocks: Node[] = [];
    let list: Node[] = [];
    const endList = () => {
      if (list.length > 0) blocks.push(element('dl', list));
      list = [];
    };
    for (const node of unwrapped(parent)) {
      if (node.tagName === 'p') {
        const { item, nodes } = this.#paragraph(node);
        if (item) list.push(...nodes);
        else if (nodes.length > 0) {
          endList();
          blocks.push(...nodes);
        }
      } else if (node.tagName === 'tbl') {
        endList();
        blocks.push(this.#table(node));
      }
      if (!this.#inNote && this.#notes.length > 0) {
        endList();
        blocks.push(...this.#notes);
        this.#notes = [];
      }
    }
    endList();
    return blocks;
  }

  #paragraph(node: Node): { item: boolean; nodes: Node[] } {
    const properties = child(node, 'pPr');
    const styleId = valueOf(properties, 'pStyle');
    const style = this.parts.styles(styleId);
    const inline: Inline = { line: [], boxes: [] };
    this.#inline(node, inline);
    const words = plain(inline.line);
    if (words === '' || /^toc \d|^toc heading/.test(style.name)) return { item: false, nodes: inline.boxes };
    const place = listOf(properties) ?? style.list;
    const label = place ? this.parts.labels(place, styleId) : '';
    const line = label === '' ? inline.line : [text(`${label} `), ...inline.line];
    const level = outlineOf(properties) ?? style.level;
    if (style.name === 'title' && this.#title === null) {
      this.#title = words;
      return { item: false, nodes: [element('title', line), ...inline.boxes] };
    }
    if (level !== null && level <= 9)
      return { item: false, nodes: [element(`heading${level}`, line), ...inline.boxes] };
    if (label !== '') return { item: true, nodes: [element('dd', line), ...inline.boxes] };
    return { item: false, nodes: [element('p', line), ...inline.boxes] };
  }

  #inline(parent: Node, inline: Inline): void {
    for (const node of parent.childNodes ?? []) {
      const { tagName } = node;
      if (tagName === undefined || DROPPED.has(tagName)) continue;
      if (tagName === 't') inline.line.push(text(allText(node)));
      else if (tagName === 'tab' || tagName === 'ptab') inline.line.push(text(' '));
      else if (tagName === 'noBreakHyphen') inline.line.push(text('-'));
      else if (tagName === 'br' || tagName === 'cr') inline.line.push(element('br', []));
      else if (tagName === 'txbxContent') inline.boxes.push(...this.#blocks(node));
      else if (tagName === 'r' && isHidden(node)) continue;
      else {
        const kind = NOTES.get(tagName);
        if (kind === undefined) this.#inline(node, inline);
        else inline.line.push(...this.#note(kind, attribute(node, 'id') ?? ''));
      }
    }
  }

  #note(kind: string, id: string): Node[] {
    const note = this.parts.notes.get(`${kind} ${id}`);
    if (!note || this.#inNote) return [];
    this.#inNote = true;
    const blocks = this.#blocks(note);
    this.#inNote = false;
    const words = blocks.map((block) => plain([block])).join(' ');
    if (words === '') return [];
    const name = `note ${String(++this.#noteCount)}`;
    this.#notes.push(element('p', [text(`N${name.slice(1)}: ${words}`)]));
    return [text(` (${name})`)];
  }

  #table(table: Node): Node {
    const rows = unwrapped(table).filter((row) => row.tagName === 'tr' && !child(row, 'trPr', 'del'));
    const cells = (row: Node) => unwrapped(row).filter(({ tagName }) => tagName === 'tc');
    const row = (node: Node) => cells(node).map((cell) => element('td', this.#blocks(cell).map(flattened)));
    return element(
      'table',
      rows.map((node) => element('tr', row(node))),
    );
  }
}

/** The children, those in wrappers among them. */
function unwrapped(parent: Node): Node[] {
  return children(parent).flatMap((node): Node[] => {
    const tagName = node.tagName ?? '';
    if (tagName === 'sdt') {
      const gallery = valueOf(child(node, 'sdtPr', 'docPartObj'), 'docPartGallery');
      return gallery === 'Table of Contents' ? [] : unwrapped(child(node, 'sdtContent') ?? element('', []));
    }
    return WRAPPERS.has(tagName) ? unwrapped(node) : DROPPED.has(tagName) ? [] : [node];
  });
}

function headingTag(block: Node, deeper: number): Node {
  if (block.tagName === 'title') return element('h1', block.childNodes ?? []);
  const level = /^heading(\d)$/.exec(block.tagName ?? '')?.[1];
  return level ? element(`h${String(Math.min(6, Number(level) + deeper))}`, block.childNodes ?? []) : block;
}

/** A heading in a cell is no heading of the document. */
function flattened(block: Node): Node {
  return /^(?:title|heading\d)$/.test(block.tagName ?? '') ? element('p', block.childNodes ?? []) : block;
}

function isHidden(run: Node): boolean {
  const vanish = child(run, 'rPr', 'vanish');
  return vanish !== undefined && !/^(?:0|false|off)$/.test(attribute(vanish, 'val') ?? '');
}

function plain(nodes: readonly Node[]): string {
  return nodes.map(allText).join('').replace(/\s+/g, ' ').trim();
}

function allText(node: Node): string {
  return node.tagName === 'br' ? ' ' : (node.value ?? (node.childNodes ?? []).map(allText).join(''));
}
