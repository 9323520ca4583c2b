/**
 * Cuts a document into chunks: the table of strategies, and the settings that a library is cut with. A strategy cuts
 * one section, since a chunk has one heading path.
 */
import { fixed } from './chunking/fixed';
import { paragraphs } from './chunking/paragraphs';
import { recursive } from './chunking/recursive';
import { sentences } from './chunking/sentences';
import { byStructure } from './chunking/structure';
import type { Chunk, Document } from './document';
import { headedRanges, pageAt } from './headed';
import { HEADERS, type HeaderKind, chunkTitle, contextOf } from './header';
import { type Measure, WORDS } from './measure';
import { type Range, isBlank, shrink } from './splitting';

/** In the unit that the measure counts. Neighbours of one section share up to `overlap`; `size` holds it too. */
export interface ChunkSize {
  readonly size: number;
  readonly overlap: number;
}

/** Ranges of `section` in order, each without white space at its ends. `section` has none there either, and is not empty. */
export type ChunkStrategy = (text: string, section: Range, size: ChunkSize, measure: Measure) => Iterable<Range>;

export const CHUNK_STRATEGIES = {
  structure: byStructure,
  paragraphs,
  sentences,
  recursive,
  fixed,
} as const satisfies Record<string, ChunkStrategy>;

export type ChunkStrategyId = keyof typeof CHUNK_STRATEGIES;

export interface ChunkSettings extends ChunkSize {
  readonly strategy: ChunkStrategyId;
  /** `tokens` are those of the finder in use. */
  readonly unit: 'words' | 'tokens';
  readonly header: HeaderKind;
}

/** Measured on the built-in reader, which saw passages of up to about 120 words (public/models/reader-tiny/MODEL_CARD.md, "Limits"). */
export const DEFAULT_CHUNKING: ChunkSettings = {
  strategy: 'structure',
  unit: 'words',
  size: 120,
  overlap: 0,
  header: 'title',
};

export const SIZES = { least: 10, most: 2000 } as const;

/** Half a chunk: with more, most of the text would be in three chunks. */
export function mostOverlap(size: number): number {
  return Math.floor(size / 2);
}

/** Settings out of what was stored or typed, each within its limits; what is none is as in the default. */
export function chunkSettings(value: unknown): ChunkSettings {
  const { strategy, unit, size, overlap, header } = {
    ...DEFAULT_CHUNKING,
    ...(value as Partial<ChunkSettings> | null),
  };
  const within = (number: unknown, least: number, most: number, otherwise: number) =>
    typeof number === 'number' && Number.isFinite(number)
      ? Math.min(most, Math.max(least, Math.round(number)))
      : otherwise;
  const long = within(size, SIZES.least, SIZES.most, DEFAULT_CHUNKING.size);
  return {
    strategy: Object.hasOwn(CHUNK_STRATEGIES, strategy) ? strategy : DEFAULT_CHUNKING.strategy,
    unit: (unit as string) === 'tokens' ? 'tokens' : 'words',
    size: long,
    overlap: within(overlap, 0, mostOverlap(long), 0),
    header: HEADERS.includes(header) ? header : DEFAULT_CHUNKING.header,
  };
}

/** What a document is cut with besides the settings. */
export interface CutWith {
  readonly measure: Measure;
  /** Whose tokens the measure counts; null for words. */
  readonly tokenizer: string | null;
  /** What the document is about, and who wrote it. */
  readonly summary: { readonly text: string; readonly writer: string } | null;
}

const BY_WORDS: CutWith = { measure: WORDS, tokenizer: null, summary: null };

/** Equal keys, equal chunks. */
export function cutKey(
  { strategy, unit, size, overlap, header }: ChunkSettings,
  tokenizer: string | null = null,
  writer: string | null = null,
): string {
  const length = `${String(size)} ${unit}${unit === 'tokens' ? ` of ${tokenizer ?? 'nobody'}` : ''}`;
  const by = header === 'summary' ? ` by ${writer ?? 'nobody'}` : '';
  return `${strategy}, ${length}, ${String(overlap)} shared, ${header}${by}`;
}

export const DEFAULT_CUT = cutKey(DEFAULT_CHUNKING);

/**
 * Chunks in document order; `text` is exactly the document's slice, without white space at its ends and without
 * headings. A heading with nothing below it gives no chunk.
 */
export function chunkDocument(document: Document, settings = DEFAULT_CHUNKING, cutWith = BY_WORDS): Chunk[] {
  return [...chunksOf(document, settings, cutWith)];
}

/** The same, one by one: a document of many megabytes takes seconds. */
export function* chunksOf(
  document: Document,
  settings: ChunkSettings,
  { measure, tokenizer, summary }: CutWith,
): Generator<Chunk> {
  const cut = CHUNK_STRATEGIES[settings.strategy];
  const key = cutKey(settings, tokenizer, summary?.writer);
  const mark = key === DEFAULT_CUT ? '' : ` (${key})`;
  let ordinal = 0;
  for (const { headings, range } of headedRanges(document)) {
    const section = shrink(document.text, range);
    if (isBlank(section)) continue;
    const title = chunkTitle(document.title, headings);
    const context = contextOf(settings.header, document.title, headings, summary?.text ?? null);
    for (const { start, end } of cut(document.text, section, settings, measure)) {
      yield {
        id: `${document.id}#${String(ordinal)}${mark}`,
        documentId: document.id,
        documentTitle: document.title,
        ordinal,
        start,
        end,
        text: document.text.slice(start, end),
        headings,
        title,
        ...(context !== null && { context }),
        page: pageAt(document.pages, start),
      };
      ordinal++;
    }
  }
}

/** The same text once: each chunk without what the one before it holds already. Given in document order. */
export function withoutShared(chunks: readonly Chunk[]): Chunk[] {
  let last: Chunk | null = null;
  return chunks.flatMap((chunk) => {
    const end = last?.documentId === chunk.documentId ? last.end : 0;
    last = chunk;
    if (chunk.start >= end) return [chunk];
    const from = Math.min(end, chunk.end) - chunk.start;
    const { start } = shrink(chunk.text, { start: from, end: chunk.text.length });
    return start >= chunk.text.length ? [] : [{ ...chunk, start: chunk.start + start, text: chunk.text.slice(start) }];
  });
}
