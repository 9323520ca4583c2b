/**
 * Documents: texts the visitor brought, and the chunks they are cut into.
 * Refuses to know: where they are stored, how they are searched.
 */

/** `id` is the SHA-256 (hex) of the file's bytes; `text` is what offsets count in (UTF-16 units). */
export interface Document {
  readonly id: string;
  readonly title: string;
  readonly mediaType: string;
  readonly text: string;
}

/**
 * A slice of a document: `text === document.text.slice(start, end)`.
 * `id` is `${documentId}#${ordinal}`; `headings` is the path from the outermost heading inwards,
 * without the document's own title.
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
  /** The line the model and the embedder see in brackets before the text. */
  readonly title: string;
  readonly page: number | null;
}

/** A kind of file. It may throw `LabError`, and gives a title only where the file itself has one. */
export interface DocumentFormat {
  /** Lower case, with the dot. */
  readonly extensions: readonly string[];
  readonly mediaType: string;
  read(
    name: string,
    bytes: Uint8Array<ArrayBuffer>,
    signal: AbortSignal,
  ): Promise<{ title: string | null; text: string }>;
}
