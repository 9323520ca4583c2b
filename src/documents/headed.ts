/** Where a document's text stands under which headings. */
import type { Document, Section } from './document';
import { markdownSections } from './sections';
import type { Range } from './splitting';

export interface HeadedRange {
  /** From the outermost inwards, without the document's own title. */
  readonly headings: readonly string[];
  readonly range: Range;
}

export function headedRanges(document: Document): HeadedRange[] {
  let path: { level: number; heading: string }[] = [];
  let titled = false;
  return sectionsOf(document).map(({ level, heading, start, end }) => {
    path = path.filter((outer) => outer.level < level);
    // The first heading of level 1 is the document's title, which every chunk has already.
    if (level === 1 && !titled) titled = true;
    else if (heading) path = [...path, { level, heading }];
    return { headings: path.map((outer) => outer.heading), range: { start, end } };
  });
}

function sectionsOf({ mediaType, text, sections }: Document): readonly Section[] {
  if (sections) return sections;
  return mediaType === 'text/markdown'
    ? markdownSections(text)
    : [{ level: 0, heading: '', start: 0, end: text.length }];
}

/** Counts from 1; of several pages that begin there, the last one is the one with text. */
export function pageAt(pages: readonly number[] | undefined, at: number): number | null {
  if (!pages) return null;
  let [low, high] = [0, pages.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((pages[middle] ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return Math.max(1, low);
}
