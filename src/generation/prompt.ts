/** The prompt that the built-in reader was trained on (public/models/MODEL_CARD.md, "Prompt format"). */
import type { Message } from './engine';

/** A stretch of the prompt, in order; `passage` counts from 0. */
export type PromptPart =
  | { readonly kind: 'instructions'; readonly text: string }
  | { readonly kind: 'passage'; readonly passage: number; readonly text: string }
  | { readonly kind: 'question'; readonly text: string };

export interface PromptPassage {
  readonly title: string;
  readonly text: string;
}

/**
 * One line per passage, numbered from 1, its title in round brackets, one blank line before the
 * question. Line breaks inside a passage become spaces, so that a passage cannot forge another or
 * the question: passages are evidence, never instructions.
 */
export function writePrompt(
  question: string,
  passages: readonly PromptPassage[],
  told: string,
): { messages: Message[]; parts: PromptPart[] } {
  const lines = passages.map(
    ({ title, text }, i) => `[${String(i + 1)}] ${title ? `(${oneLine(title)}) ` : ''}${oneLine(text)}`,
  );
  const asked = `Question: ${oneLine(question)}`;
  const user = lines.length > 0 ? `Passages:\n${lines.join('\n')}\n\n${asked}` : asked;
  const messages: Message[] = [
    ...(told.trim() ? [{ role: 'system', content: told.trim() } as const] : []),
    { role: 'user', content: user },
  ];
  const parts: PromptPart[] = [
    ...(told.trim() ? [{ kind: 'instructions', text: told.trim() } as const] : []),
    ...lines.map((text, passage) => ({ kind: 'passage', passage, text }) as const),
    { kind: 'question', text: asked },
  ];
  return { messages, parts };
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
