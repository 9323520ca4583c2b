/** DOCX: the text of a Word document, read from its XML; pictures, headers, footers and comments are left out. */
import { LabError } from '../../errors';
import type { DocumentReader } from '../document';
import { Package, resolvePath } from '../package';
import { blocksOf } from './docx/blocks';
import { readNumbering } from './docx/numbering';
import { readStyles } from './docx/styles';
import { textOf } from './html/text';
import { attribute, child, children, type Node, outermost, plainText } from './tree';

// eslint-disable-next-line require-yield -- read in one step
export const readDocx: DocumentReader = async function* (file) {
  const parts = new Package(file);
  const main = mainPart(parts);
  const body = child(parts.xml(main), 'document', 'body');
  if (!body) throw new LabError('document-unreadable', `“${file.name}” is no Word document.`);
  const beside = (name: string) => parts.xml(resolvePath(main, name));
  const { blocks, title } = blocksOf(body, {
    styles: readStyles(beside('styles.xml')),
    labels: readNumbering(beside('numbering.xml')),
    notes: new Map([...notesIn(beside('footnotes.xml'), 'footnote'), ...notesIn(beside('endnotes.xml'), 'endnote')]),
  });
  const { text, sections } = textOf(blocks);
  const heading = sections.find(({ level }) => level === 1)?.heading;
  return {
    title: title?.slice(0, 200).toWellFormed() ?? heading ?? properTitle(parts.xml('docProps/core.xml')),
    text,
    sections,
  };
};

function mainPart(parts: Package): string {
  const relations = children(child(parts.xml('_rels/.rels'), 'Relationships'));
  const main = relations.find((one) => attribute(one, 'Type')?.endsWith('/officeDocument'));
  return resolvePath('', (main && attribute(main, 'Target')) ?? 'word/document.xml');
}

/** Separators are notes of a type of their own. */
function notesIn(part: Node | null, kind: string): [string, Node][] {
  return children(child(part, `${kind}s`), kind).flatMap((note) => {
    const type = attribute(note, 'type') ?? 'normal';
    return type === 'normal' ? [[`${kind} ${attribute(note, 'id') ?? ''}`, note] as [string, Node]] : [];
  });
}

/** The title in the file's properties; programs write names of files and templates there. */
function properTitle(core: Node | null): string | null {
  const [title] = core ? outermost(core, ({ tagName }) => tagName === 'title') : [];
  const words = title ? plainText(title).slice(0, 200).toWellFormed() : '';
  return /^(?:untitled|document ?\d*|microsoft word.*|.*\.\w{2,5}|\W*)$/i.test(words) ? null : words;
}
