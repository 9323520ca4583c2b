import type { Chunk } from '../documents/document';
import { writePrompt } from '../generation/prompt';
import { findAnswer } from '../questions/matching';
import type { Question } from '../questions/question';
import { holdsEvidence } from '../retrieval/evidence';
import { type Made, isMade } from '../retrieval/noise/made';
import type { Bench, Briefing, Passage } from './lane';

/** The briefing that shows these passages, in this order. `retrievalMs` is null when nothing was searched. */
export function briefing(
  bench: Bench,
  told: string,
  passages: readonly Passage[],
  retrievalMs: number | null,
): Briefing {
  const shown = passages.map(({ chunk }) => ({ title: chunk.title, text: chunk.text }));
  return { ...writePrompt(bench.question.text, shown, told), passages, retrievalMs };
}

/** The same passages when the question's known answer has changed since they were shown. */
export function heldAgainst(question: Question, passages: readonly Passage[]): Passage[] {
  return passages.map((passage) => {
    const span = answerSpan(passage.chunk, question);
    const checked = (question.accepted?.length ?? 0) > 0 && span === null;
    return { ...passage, answerSpan: span, noise: passage.noise && { ...passage.noise, checked } };
  });
}

/**
 * Where a passage answers the question, as offsets into its text. Marked evidence decides alone: beside
 * it, the same value elsewhere ("5 months" of another rule) is a coincidence. Without marked evidence,
 * and in a text that stands in no document, the accepted answers are looked for.
 */
export function answerSpan(chunk: Chunk | Made, question: Question): { start: number; end: number } | null {
  if (isMade(chunk)) return findAnswer(chunk.text, question.accepted ?? []);
  const evidence = question.evidence.find((marked) => holdsEvidence(chunk, marked));
  if (evidence) {
    return {
      start: Math.max(evidence.start, chunk.start) - chunk.start,
      end: Math.min(evidence.end, chunk.end) - chunk.start,
    };
  }
  if (question.evidence.length > 0 || question.accepted === null) return null;
  return findAnswer(chunk.text, question.accepted);
}
