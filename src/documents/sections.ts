/** The sections of a Markdown text: what stands between its headings. */
import type { Section } from './document';

interface Line {
  readonly line: string;
  readonly start: number;
}

const ATX = /^ {0,3}(#{1,6})(?:[ \t]+(.*))?$/;
const SETEXT = /^ {0,3}(=+|-+)[ \t]*$/;
const FENCE = /^ {0,3}(`{3,}|~{3,})(.*)$/;
/** A line that cannot be the text of a setext heading: it belongs to a list, a quote, a table or indented code. */
const NOT_SETEXT_TEXT = /^(?: {4}|\t| {0,3}(?:[>|]|(?:[-*+]|\d{1,9}[.)])(?:[ \t]|$)))/;
/** Headings go into prompts, so a paragraph that was marked as one is cut. */
const MAX_HEADING = 120;

/**
 * Headings as CommonMark has them (https://spec.commonmark.org/0.31.2/, 4.2 and 4.3), not inside code fences;
 * front matter between `---` lines at the very start belongs to no section. A setext
 * heading is one line after an empty one: people who put a rule right below a paragraph do not mean a heading.
 */
export function markdownSections(text: string): Section[] {
  const found: { level: number; heading: string; from: number; to: number }[] = [];
  let fence: string | null = null;
  let previous: Line | null = null;
  let afterEmpty = true;
  const begin = frontMatterEnd(text);
  for (let start = begin; start <= text.length;) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    const line = text.slice(start, end);
    const mark = FENCE.exec(line);
    const atx = ATX.exec(line);
    const setext = SETEXT.exec(line);
    let paragraph: Line | null = null;
    if (fence !== null) {
      if (mark?.[1]?.startsWith(fence) && mark[2]?.trim() === '') fence = null;
    } else if (mark?.[1] && !(mark[1].startsWith('`') && mark[2]?.includes('`'))) {
      fence = mark[1];
    } else if (atx?.[1]) {
      found.push({ level: atx[1].length, heading: plain(withoutClosing(atx[2] ?? '')), from: start, to: end });
    } else if (setext?.[1] && previous) {
      found.push({
        level: setext[1].startsWith('=') ? 1 : 2,
        heading: plain(previous.line),
        from: previous.start,
        to: end,
      });
    } else if (afterEmpty && line.trim() !== '' && !NOT_SETEXT_TEXT.test(line)) {
      paragraph = { line, start };
    }
    afterEmpty = fence === null && (line.trim() === '' || atx !== null || (setext !== null && previous !== null));
    previous = paragraph;
    start = end + 1;
  }
  const sections = found.map(({ level, heading, to }, i) => {
    return { level, heading, start: to, end: found[i + 1]?.from ?? text.length };
  });
  return [{ level: 0, heading: '', start: begin, end: found[0]?.from ?? text.length }, ...sections];
}

function frontMatterEnd(text: string): number {
  if (!text.startsWith('---\n')) return 0;
  const close = /\n(?:---|\.\.\.)[ \t]*(?:\n|$)/g;
  close.lastIndex = 3;
  return close.test(text) ? close.lastIndex : 0;
}

function withoutClosing(heading: string): string {
  let end = heading.trimEnd().length;
  while (heading[end - 1] === '#') end--;
  const whole = end === 0 || heading[end - 1] === ' ' || heading[end - 1] === '\t';
  return whole ? heading.slice(0, end) : heading;
}

/** The heading without its inline marks: emphasis, code, links and images. */
function plain(heading: string): string {
  const cut = heading.trim().slice(0, 2 * MAX_HEADING);
  return shortHeading(cut.replace(/!?\[([^[\]]*)\]\([^()]*\)/g, '$1').replace(/(\*\*|__|\*|`)(\S|\S.*?\S)\1/g, '$2'));
}

/** One line, cut to a length that suits a prompt. */
export function shortHeading(heading: string): string {
  return cutShort(heading.replace(/\s+/g, ' ').trim(), MAX_HEADING);
}

/** Up to `most` characters, cut between words, and a sign that more was there. */
export function cutShort(text: string, most: number): string {
  if (text.length <= most) return text;
  const kept = text.slice(0, most).replace(/\s+\S*$/, '');
  return `${kept.toWellFormed()}…`;
}
