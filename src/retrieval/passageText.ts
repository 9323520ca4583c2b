import type { Chunk } from '../documents/document';
import { sha256 } from '../documents/digest';

/** A chunk as models that read for the search see it: `(Title) Text` on one line (public/models/MODEL_CARD.md, "Prompt format"). */
export function passageText({ title, text }: Pick<Chunk, 'title' | 'text'>): string {
  return normalised(title ? `(${title}) ${text}` : text);
}

/** A chunk as the embedder sees it: with the header that its library was cut with, which is the title unless set. */
export function embeddedText({ title, text, context }: Pick<Chunk, 'title' | 'text' | 'context'>): string {
  return context === undefined ? passageText({ title, text }) : normalised(`${context} ${text}`);
}

/** Under which the vector of a text is kept: SHA-256 (hex) of the text, its white space and Unicode form evened out, and the embedder's id. */
export function vectorKey(text: string, embedderId: string): Promise<string> {
  return sha256(new TextEncoder().encode(`${embedderId}\n${normalised(text)}`));
}

function normalised(text: string): string {
  return text.normalize('NFC').replace(/\s+/g, ' ').trim();
}
