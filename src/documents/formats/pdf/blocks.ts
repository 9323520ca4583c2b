/** Lines into blocks: a paragraph, a heading, a list or the rows of a table each. */
import { median } from './columns';
import { hyphenBefore, Vocabulary } from './hyphens';
import { type Line, type Page, roundSize } from './page';

export interface Block {
  /** `before` is what stands between this line and the one before it in the same block. */
  readonly lines: { readonly before: string; words: string; readonly page: number }[];
  readonly size: number;
  readonly text: string;
}

/** `end` is where the longest line of its size ends in its column. */
type Placed = Line & { readonly page: number; readonly end: number };

/** A distance between lines this much above the usual parts paragraphs. */
const GAP = 1.3;
const USUAL_PITCH = 1.2;
/** Sizes that differ more are not of one paragraph. */
const OTHER_SIZE = 0.12;
/** In ems. */
const INDENT = 0.8;
const ROOM = 2;

const SENTENCE_END = /[.!?:;。！？：；…]["'”’»)\]]*$/u;
const LIST_ITEM = /^(?:[•◦▪■●‣–—*·-]|\(?(?:\d{1,3}|[a-z])[.)])\s/u;
const BROKEN = /\p{L}[-\u2010\u00ad]$/u;
const UNSPACED = /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}]/u;

export function toBlocks(pages: readonly Page[]): Block[] {
  const lines = pages.flatMap((page, number) => {
    const ends = endsOf(page.lines);
    return page.lines.map((line): Placed => ({ ...line, page: number, end: ends.get(sameColumn(line)) ?? line.right }));
  });
  const words = new Vocabulary();
  for (const { text } of lines) words.add(text);
  const pitch = usualPitch(lines);
  const blocks: { lines: Block['lines']; size: number }[] = [];
  let previous: Placed | null = null;
  for (const line of lines) {
    const block = blocks.at(-1);
    const last = block?.lines.at(-1);
    const between = previous && separator(previous, line, pitch);
    if (!previous || !block || !last || between === null) {
      blocks.push({ lines: [{ before: '', words: line.text, page: line.page }], size: line.size });
    } else {
      const cut = between === ' ' ? hyphenBefore(last.words, line.text, words) : null;
      if (cut === 1) last.words = last.words.slice(0, -1);
      const unspaced = UNSPACED.test(last.words.at(-1) ?? '') && UNSPACED.test(line.text.charAt(0));
      const before = cut !== null || (between === ' ' && unspaced) ? '' : between;
      block.lines.push({ before, words: line.text, page: line.page });
    }
    previous = line;
  }
  return blocks.map(({ lines: parts, size }) => {
    return { lines: parts, size, text: parts.map(({ before, words: said }) => before + said).join('') };
  });
}

function sameColumn({ column, size }: Line): string {
  return `${String(column)} ${String(roundSize(size))}`;
}

function endsOf(lines: readonly Line[]): Map<string, number> {
  const ends = new Map<string, number>();
  for (const line of lines) ends.set(sameColumn(line), Math.max(line.right, ends.get(sameColumn(line)) ?? 0));
  return ends;
}

/** In ems. */
function usualPitch(lines: readonly Placed[]): number {
  const pitches: number[] = [];
  lines.forEach((line, i) => {
    const next = lines[i + 1];
    if (!next || next.page !== line.page || next.column !== line.column) return;
    if (roundSize(next.size) === roundSize(line.size) && next.y > line.y) pitches.push((next.y - line.y) / line.size);
  });
  return pitches.length === 0 ? USUAL_PITCH : median(pitches);
}

/** Null begins a new block. */
function separator(previous: Placed, line: Placed, pitch: number): ' ' | '\n' | null {
  if (Math.abs(previous.size - line.size) > OTHER_SIZE * Math.max(previous.size, line.size)) return null;
  const ended = SENTENCE_END.test(previous.text);
  if (previous.page !== line.page || previous.column !== line.column)
    return ended || previous.row || line.row || !/^\p{Ll}/u.test(line.text) ? null : ' ';
  const em = line.size;
  if (line.y - previous.y > GAP * pitch * em) return null;
  if (LIST_ITEM.test(line.text) || previous.row || line.row) return '\n';
  if (ended && line.left - previous.left > INDENT * em) return null;
  if (BROKEN.test(previous.text) && /^[\p{Ll}\d]/u.test(line.text)) return ' ';
  if (!hadRoom(previous, line)) return ' ';
  return ended && /^[^\p{Ll}]/u.test(line.text) ? null : '\n';
}

/** The next word would have fitted, so the line was ended on purpose. */
function hadRoom(previous: Placed, line: Placed): boolean {
  const word = /^\S+/.exec(line.text)?.[0] ?? '';
  const width = ((line.right - line.left) / line.text.length) * word.length;
  return previous.end - previous.right > width + ROOM * line.size;
}
