/** The lines before a chunk's text: the one that the model sees in brackets, and the one that is embedded with it. */

/**
 * What is put before a chunk when it is embedded, and at no other time ("contextual retrieval", Anthropic 2024).
 * `title`: the line that the model sees. `path`: the document's title and all headings. `summary`: those and a sentence
 * on what the document is about, written by a model.
 */
export const HEADERS = ['title', 'path', 'summary', 'none'] as const;
export type HeaderKind = (typeof HEADERS)[number];

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

/** Null for the title alone, which every chunk has already. A document without a summary gives its path. */
export function contextOf(
  header: HeaderKind,
  documentTitle: string,
  headings: readonly string[],
  summary: string | null,
): string | null {
  if (header === 'title') return null;
  if (header === 'none') return '';
  const path = [documentTitle, ...headings].filter((part) => part !== '').join(' > ');
  const line = path === '' ? '' : `(${path})`;
  return header === 'summary' && summary ? `${line} ${summary}`.trim() : line;
}
