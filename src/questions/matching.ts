/** Whether and where a text holds an answer: its tokens, one after the other, whole tokens only. */
import type { Token } from './numbers';
import { tokenise } from './tokens';

/**
 * The earliest place that holds one of the accepted answers (of several there, the longest), as offsets into `text`;
 * null when there is none. `5` is not found in `15`, `2.5` or `H-5`; `27` is found in `twenty-seven`.
 */
export function findAnswer(text: string, accepted: readonly string[]): { start: number; end: number } | null {
  // Dates are tried as written too, or else "in May 12 people" would be read as a day and lose its 12 people.
  const found = [false, true].flatMap((dates) => {
    const tokens = tokenise(text, { dates });
    return accepted.map((answer) => findTokens(tokens, tokenise(answer, { dates }))).filter((place) => place !== null);
  });
  return found.sort((a, b) => a.start - b.start || b.end - a.end)[0] ?? null;
}

export function containsAnswer(text: string, accepted: readonly string[]): boolean {
  return findAnswer(text, accepted) !== null;
}

function findTokens(tokens: readonly Token[], wanted: readonly Token[]): { start: number; end: number } | null {
  if (wanted.length === 0) return null;
  for (let at = 0; at + wanted.length <= tokens.length; at++) {
    if (!wanted.every(({ text }, i) => tokens[at + i]?.text === text)) continue;
    const place = tokens.slice(at, at + wanted.length);
    return { start: Math.min(...place.map(({ start }) => start)), end: Math.max(...place.map(({ end }) => end)) };
  }
  return null;
}
