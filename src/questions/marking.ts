/** Marks an answer against a question's known answers. */
import { containsAnswer } from './matching';
import type { Question, Verdict } from './question';

/** The built-in reader's own ways of declining first (public/models/MODEL_CARD.md, "Prompt format"), then those of larger models. */
const ABSTENTIONS: readonly RegExp[] = [
  /\b(?:passages?|documents?|texts?|context|sources?|handbook)\b[^.!?]{0,40}\b(?:do|does|did)(?: not|n't) (?:say|settle|mention|state|specify|tell|contain|include|provide|give|answer|address|cover|indicate|disclose)/,
  /(?:\bnot|n't) (?:\w+ly )?(?:mentioned|stated|specified|disclosed|indicated|addressed|known|answered)\b/,
  /\b(?:information|details?|answer)\b[^.!?]{0,60}(?:\bnot|n't) (?:\w+ly )?(?:included|available|provided|given|found|covered|listed|there)\b/,
  /(?:\bnot|n't) (?:\w+ly )?(?:included|available|provided|given|found|covered|listed) (?:in|by) (?:the|these|any|this|your)\b/,
  /\b(?:cannot|can not|can't|could not|couldn't) be (?:determined|answered|found|known|established|inferred)\b/,
  /\b(?:i|we)(?: am| are|'m|'re) (?:not sure|unable to|not able to|unsure)\b/,
  /\b(?:i|we) (?:cannot|can not|can't|could not|couldn't) (?:\w+ )?(?:find|answer|determine|say|tell|provide|locate)\b/,
  /\b(?:i|we) (?:do not|don't) (?:really )?(?:know|have (?:enough|any|sufficient|that|this|the))\b/,
  /\b(?:no|not enough|insufficient) (?:\w+ )?(?:information|mention|evidence)\b/,
  /\b(?:there is|there's|has|have) no (?:known |clear |direct )?(?:answer|way to (?:know|tell))\b/,
  /^\W*(?:not (?:found|given|available|provided)|(?:it is |it's )?(?:unknown|unanswerable|not known|unclear)|n\/a|don't know|do not know|no answer)\W*$/,
];

/** Whether the text declines to answer: in words, or as JSON with `"found": false`. */
export function isAbstention(text: string): boolean {
  if (/"found"\s*:\s*false/.test(text)) return true;
  const said = statement(text).replace(/[‘’]/g, "'").replace(/\s+/g, ' ').trim().toLowerCase();
  return ABSTENTIONS.some((pattern) => pattern.test(said));
}

/**
 * Null when nobody knows the answer. A question without an answer is rightly answered by declining. Else an answer is
 * correct when it contains an accepted one, hedged or not, and without one it abstained or is wrong.
 */
export function mark(question: Question, answer: string): Verdict | null {
  if (question.accepted === null) return null;
  const abstained = isAbstention(answer);
  if (question.kind === 'unanswerable' || question.accepted.length === 0) return abstained ? 'correct' : 'wrong';
  if (containsAnswer(statement(answer), question.accepted)) return 'correct';
  return abstained ? 'abstained' : 'wrong';
}

/** What is said, without citations: their numbers are no part of the answer. */
function statement(text: string): string {
  const json = /^\s*\{\s*"answer"\s*:\s*("(?:[^"\\]|\\.)*")/s.exec(text)?.[1];
  if (json !== undefined) {
    try {
      return String(JSON.parse(json));
    } catch {
      // Not JSON after all: an answer in odd words.
    }
  }
  return text.replace(/\[\d+(?:\s*[,–-]\s*\d+)*\]/g, ' ');
}
