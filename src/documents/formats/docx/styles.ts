/** What a DOCX's styles say of structure. Format: ECMA-376, part 1, 17.7. */
import { attribute, child, children, type Node } from '../tree';

export interface ParagraphStyle {
  /** Lower case, as Word itself compares names. */
  readonly name: string;
  /** 1 to 9; null for body text. */
  readonly level: number | null;
  readonly list: ListPlace | null;
}

/** `level` counts from 0; null where the list itself says it (by the style's id). */
export interface ListPlace {
  readonly numberId: string;
  readonly level: number | null;
}

/** A style may be based on another, which may be based on it. */
const MAX_ANCESTORS = 20;

export function readStyles(part: Node | null): (id: string | undefined) => ParagraphStyle {
  const styles = new Map<string, Node>();
  let standard: string | undefined;
  for (const style of children(child(part, 'styles'), 'style')) {
    const id = attribute(style, 'styleId') ?? '';
    styles.set(id, style);
    if (attribute(style, 'type') === 'paragraph' && attribute(style, 'default') === '1') standard = id;
  }
  const known = new Map<string, ParagraphStyle>();
  return (id) => {
    const key = id ?? standard ?? '';
    const style = known.get(key) ?? resolved(styles, key);
    known.set(key, style);
    return style;
  };
}

function resolved(styles: ReadonlyMap<string, Node>, id: string): ParagraphStyle {
  const name = (valueOf(styles.get(id), 'name') ?? id).toLowerCase();
  let level: number | null = null;
  let list: ListPlace | null = null;
  let at: string | undefined = id;
  for (let i = 0; at !== undefined && i < MAX_ANCESTORS; i++) {
    const style = styles.get(at);
    const properties = child(style, 'pPr');
    const named = /^heading ([1-9])$/i.exec(valueOf(style, 'name') ?? '')?.[1];
    level ??= outlineOf(properties) ?? (named ? Number(named) : null);
    list ??= listOf(properties);
    at = valueOf(style, 'basedOn');
  }
  return { name, level: level !== null && level <= 9 ? level : null, list };
}

/** Most of what WordprocessingML says stands in a child's `w:val`. */
export function valueOf(node: Node | undefined, name: string): string | undefined {
  const found = child(node, name);
  return found && attribute(found, 'val');
}

/** 1 to 10; 10 is body text, said so. */
export function outlineOf(properties: Node | undefined): number | null {
  const value = valueOf(properties, 'outlineLvl');
  return value !== undefined && /^\d$/.test(value) ? Number(value) + 1 : null;
}

export function listOf(properties: Node | undefined): ListPlace | null {
  const numbering = child(properties, 'numPr');
  const numberId = valueOf(numbering, 'numId');
  const level = valueOf(numbering, 'ilvl');
  if (numberId === undefined) return null;
  return { numberId, level: level !== undefined && /^[0-8]$/.test(level) ? Number(level) : null };
}
