/**
 * Documents: texts the visitor brought, and the chunks they are cut into.
 * Refuses to know: where they are stored, how they are searched.
 */
import type { Job, Progress } from '../job';

/** `id` is the SHA-256 (hex) of the file's bytes; `text` is what offsets count in (UTF-16 units). */
export interface Document {
  readonly id: string;
  readonly title: string;
  readonly mediaType: string;
  readonly text: string;
  /** In document order, without gaps; absent where the text itself says them (Markdown) or there are none. */
  readonly sections?: readonly Section[];
  /** Where each page begins in `text`; two pages begin at the same place when the first has no text. Absent without pages. */
  readonly pages?: readonly number[];
}

/** `start` and `end` bound the text below the heading, up to the next heading of any level. Level 0 = before all headings. */
export interface Section {
  readonly level: number;
  readonly heading: string;
  readonly start: number;
  readonly end: number;
}

/**
 * A slice of a document: `text === document.text.slice(start, end)`.
 * `id` is `${documentId}#${ordinal}`, and how it was cut where that is not the default, so that chunks of two cuts
 * can be told apart; `headings` is the path from the outermost heading inwards,
 * without the document's own title. `page` counts from 1 and is the one on which the chunk begins.
 */
export interface Chunk {
  readonly id: string;
  readonly documentId: string;
  readonly documentTitle: string;
  readonly ordinal: number;
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly headings: readonly string[];
  /** The line the model sees in brackets before the text. */
  readonly title: string;
  /** What the embedder sees before the text; absent where it is the title in brackets. */
  readonly context?: string;
  readonly page: number | null;
}

/** `password` opens a locked file once; nobody keeps it. */
export interface FileToRead {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly password?: string | undefined;
}

/** What a format makes of a file; the title is null where the file itself has none. */
export interface ReadText extends Pick<Document, 'text' | 'sections' | 'pages'> {
  readonly title: string | null;
}

/** Turns the bytes of one kind of file into text, and takes the bytes away. It may throw `LabError`. */
export type DocumentReader = (file: FileToRead, signal: AbortSignal) => Job<Progress, ReadText>;
