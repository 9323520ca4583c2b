/** Cuts a document into chunks along its structure: sections, then paragraphs, then sentences, then words. */
import type { Chunk, Document, Section } from './document';
import { markdownSections } from './sections';
import { countWords, isBlank, type Range, shrink, splitParagraphs, splitSentences, splitWords } from './splitting';

/** In words as `countWords` counts them. A section of up to `max` words stays whole; a longer one is cut to about `target`. */
interface ChunkingSettings {
  readonly target: number;
  readonly max: number;
}

/** Measured on the built-in reader, which saw passages of up to about 120 words (public/models/MODEL_CARD.md, limits). */
export const READER_CHUNKING: ChunkingSettings = { target: 120, max: 200 };

/**
 * Chunks in document order, without overlap; `text` is exactly the document's slice, without white space at its
 * ends and without headings. A heading with nothing below it gives no chunk.
 */
export function chunkDocument(document: Document, settings: ChunkingSettings = READER_CHUNKING): Chunk[] {
  const chunks: Chunk[] = [];
  for (const { headings, range } of headedRanges(document)) {
    const title = chunkTitle(document.title, headings);
    for (const { start, end } of cut(document.text, range, settings)) {
      const ordinal = chunks.length;
      chunks.push({
        id: `${document.id}#${String(ordinal)}`,
        documentId: document.id,
        documentTitle: document.title,
        ordinal,
        start,
        end,
        text: document.text.slice(start, end),
        headings,
        title,
        page: pageAt(document.pages, start),
      });
    }
  }
  return chunks;
}

/**
 * The line that the model sees in brackets. The built-in reader was trained on `Body: Section (note)`, so a document
 * titled `Body: subject (note)` gives `Body: last heading (note up to its first comma)`, the note being optional.
 * Any other gives `Document title: last heading`, and without a heading every document gives its own title.
 */
export function chunkTitle(documentTitle: string, headings: readonly string[]): string {
  const heading = headings.at(-1);
  if (!heading) return documentTitle;
  const parts = /^([^:]*\S):\s+\S[^()]*(?:\(([^()]+)\))?$/.exec(documentTitle);
  if (!parts?.[1]) return `${documentTitle}: ${heading}`;
  const note = parts[2]?.split(',')[0]?.trim();
  return `${parts[1]}: ${heading}${note ? ` (${note})` : ''}`;
}

/** Counts from 1; of several pages that begin there, the last one is the one with text. */
function pageAt(pages: readonly number[] | undefined, at: number): number | null {
  if (!pages) return null;
  let [low, high] = [0, pages.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((pages[middle] ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return Math.max(1, low);
}

function sectionsOf({ mediaType, text, sections }: Document): readonly Section[] {
  if (sections) return sections;
  return mediaType === 'text/markdown'
    ? markdownSections(text)
    : [{ level: 0, heading: '', start: 0, end: text.length }];
}

function headedRanges(document: Document): { headings: string[]; range: Range }[] {
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

function cut(text: string, section: Range, { target, max }: ChunkingSettings): Range[] {
  const whole = shrink(text, section);
  if (isBlank(whole)) return [];
  if (fits(text, whole, max)) return [whole];
  const paragraphs = splitParagraphs(text, whole);
  const sentences = paragraphs.flatMap((range) => (fits(text, range, max) ? [range] : splitSentences(text, range)));
  const units = sentences.flatMap((range) => (fits(text, range, max) ? [range] : splitWords(text, range, target)));
  return pack(text, units, { target, max });
}

function fits(text: string, { start, end }: Range, max: number): boolean {
  return countWords(text.slice(start, end), max + 1) <= max;
}

/** Fills each chunk up to `target`, or past it where it would stay under half full; a short rest joins the chunk before it. */
function pack(text: string, units: readonly Range[], { target, max }: ChunkingSettings): Range[] {
  const packed: (Range & { words: number })[] = [];
  units.forEach(({ start, end }, i) => {
    const words = countWords(text.slice(start, end));
    const last = packed.at(-1);
    const sum = (last?.words ?? 0) + words;
    const joins =
      sum <= target ||
      (sum <= max && ((last?.words ?? 0) < target / 2 || (i === units.length - 1 && words < target / 4)));
    if (last && joins) packed[packed.length - 1] = { start: last.start, end, words: sum };
    else packed.push({ start, end, words });
  });
  return packed.map(({ start, end }) => ({ start, end }));
}
