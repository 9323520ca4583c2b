/** Ranges of a text, and how they are split without losing a character's place. `end` is exclusive. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * A word, for measuring: a run without spaces counts once per 16 characters, so that a line without spaces has a
 * length too; in scripts written without spaces each character counts.
 */
export const UNSPACED = String.raw`\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}`;
const WORD = new RegExp(String.raw`(?=\S)[${UNSPACED}]|[^\s${UNSPACED}]{1,16}`, 'gu');

/** Intl.Segmenter takes quadratic time in the length of its text: 6 s for 249,000 characters. */
const SEGMENTER_WINDOW = 8000;

/** Counts no further than `stopAt`. The words of two neighbours are at least the words of both together. */
export function countWords(text: string, stopAt = Infinity): number {
  let count = 0;
  const words = text.matchAll(WORD);
  while (count < stopAt && !words.next().done) count++;
  return count;
}

export function isBlank({ start, end }: Range): boolean {
  return start >= end;
}

/** Without white space at its ends. */
export function shrink(text: string, { start, end }: Range): Range {
  const slice = text.slice(start, end);
  const from = start + slice.length - slice.trimStart().length;
  return { start: from, end: Math.max(from, start + slice.trimEnd().length) };
}

/** At blank lines. */
export function splitParagraphs(text: string, range: Range): Range[] {
  return splitAfter(text, range, /\n[ \t]*\n\s*/g);
}

/** Within one paragraph; a sentence longer than 8,000 characters may be cut at a line or a space. */
export function splitSentences(text: string, range: Range): Range[] {
  const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' });
  return windows(text, range).flatMap((window) => {
    const sentences = Array.from(segmenter.segment(text.slice(window.start, window.end)), ({ index, segment }) => {
      return shrink(text, { start: window.start + index, end: window.start + index + segment.length });
    });
    return sentences.filter((sentence) => !isBlank(sentence));
  });
}

/** A line that begins an item of a list: `- `, `• `, `3. `, `4) `. */
const ITEM = /^[ \t]*(?:[-*+•–]|\d{1,9}[.)])[ \t]/;
/** A row of a table, as Markdown writes it and as the readers of other formats do. */
const ROW = /^[ \t]*\||[ \t]\|(?:[ \t]|$)|\S\t+\S/;

/**
 * The items of a list and the rows of a table within one paragraph, what stands before them too; null where it has
 * neither. Lines that go on with an item belong to it.
 */
export function splitItems(text: string, { start, end }: Range): Range[] | null {
  const items: { start: number; end: number; row: boolean }[] = [];
  let any = false;
  for (let from = start; from < end;) {
    const newline = text.indexOf('\n', from);
    const to = newline === -1 || newline >= end ? end : newline + 1;
    const line = text.slice(from, to);
    const row = ROW.test(line);
    const begins = row || ITEM.test(line);
    any ||= begins;
    const last = items.at(-1);
    if (last && !begins && !last.row) last.end = to;
    else items.push({ start: from, end: to, row });
    from = to;
  }
  return any ? items.map((item) => shrink(text, item)).filter((item) => !isBlank(item)) : null;
}

function windows(text: string, { start, end }: Range): Range[] {
  const cut: Range[] = [];
  for (let from = start; from < end;) {
    const to = end - from <= SEGMENTER_WINDOW ? end : lastBreak(text, from, from + SEGMENTER_WINDOW);
    cut.push({ start: from, end: to });
    from = to;
  }
  return cut;
}

/** The best place to cut in the second half of a window: after a sentence, else a line, else a space, else anywhere but inside a surrogate pair. */
function lastBreak(text: string, from: number, to: number): number {
  const half = from + (to - from) / 2;
  for (const mark of ['. ', '.\n', '。', '\n', ' ']) {
    const at = text.lastIndexOf(mark, to - mark.length);
    if (at >= half) return at + mark.length;
  }
  return /[\uDC00-\uDFFF]/.test(text[to] ?? '') ? to - 1 : to;
}

function splitAfter(text: string, { start, end }: Range, separator: RegExp): Range[] {
  const slice = text.slice(start, end);
  const parts: Range[] = [];
  let from = 0;
  for (const { 0: gap, index } of slice.matchAll(separator)) {
    parts.push({ start: start + from, end: start + index });
    from = index + gap.length;
  }
  parts.push({ start: start + from, end });
  return parts.map((part) => shrink(text, part)).filter((part) => !isBlank(part));
}
