/** From lines in reading order to running text: paragraphs, headings, sections, and where each page begins. */
import type { ReadText, Section } from '../../document';
import { shortHeading } from '../../sections';
import { type Block, toBlocks } from './blocks';
import { type Page, bodySize, roundSize } from './page';

/** A heading is this much larger than the text, and short. */
const LARGER = 1.12;
const LONGEST_HEADING = 160;
const LEVELS = 5;
/** Two letters at least, or one of a script that writes words with it; lines of a table of contents are no headings. */
const WORDS = /\p{L}.*\p{L}|\p{Lo}/u;
const LEADERS = /(?:\. ?){4}/;

export function flow(pages: readonly Page[]): ReadText {
  const blocks = toBlocks(pages);
  const levels = levelsOf(blocks, bodySize(pages));
  let text = '';
  const starts: number[] = [];
  const sections: { level: number; heading: string; start: number; end: number }[] = [
    { level: 0, heading: '', start: 0, end: 0 },
  ];
  for (const block of blocks) {
    if (text !== '') text += '\n\n';
    const begin = text.length;
    for (const { before, words, page } of block.lines) {
      text += before;
      while (starts.length <= page) starts.push(text.length);
      text += words;
    }
    const level = levels.get(block);
    const last = sections.at(-1);
    if (level === undefined || !last) continue;
    last.end = begin;
    sections.push({ level, heading: shortHeading(block.text), start: text.length, end: text.length });
  }
  // Pages without text after the last one with text.
  while (starts.length < pages.length) starts.push(text.length);
  const last = sections.at(-1);
  if (last) last.end = text.length;
  return { title: titleOf(sections), text, sections, pages: starts };
}

/** The largest is level 1 only if it stands alone, as a title does; chapters begin at level 2. */
function levelsOf(blocks: readonly Block[], body: number): Map<Block, number> {
  const headings = blocks.filter(
    ({ size, text }) =>
      roundSize(size) >= LARGER * body && text.length <= LONGEST_HEADING && WORDS.test(text) && !LEADERS.test(text),
  );
  const sizes = [...new Set(headings.map(({ size }) => roundSize(size)))].sort((a, b) => b - a);
  const alone =
    headings.filter(({ size }) => roundSize(size) === sizes[0]).length === 1 && headings[0]?.lines[0]?.page === 0;
  return new Map(
    headings.map((block) => [block, Math.min(LEVELS, sizes.indexOf(roundSize(block.size)) + (alone ? 1 : 2))]),
  );
}

function titleOf(sections: readonly Section[]): string | null {
  return sections.find(({ level }) => level === 1)?.heading ?? null;
}
