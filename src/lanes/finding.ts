import type { Question } from '../questions/question';
import type { Answer, Lane } from './lane';
import { scopeKey } from './scope';

interface Marked {
  readonly lane: Lane;
  /** As people count them, from 1. */
  readonly number: number;
  readonly answer: Answer;
}

const WORDS = ['none', 'one', 'two', 'three', 'four', 'five', 'six'];
const MOST_CONTRASTS = 2;

/**
 * What one comparison showed, in plain words. It says only what follows from the verdicts: a difference
 * is put down to noise, passages, an adapter or instructions only between two greedy lanes that are
 * equal in everything else.
 */
export function describeFinding(question: Question, lanes: readonly Lane[], answers: readonly Answer[]): string {
  const answered: Marked[] = lanes.flatMap((lane, i) => {
    const answer = answers.find((one) => one.laneId === lane.id);
    return answer?.outcome.kind === 'answered' ? [{ lane, number: i + 1, answer }] : [];
  });
  if (answered.length === 0) return lanes.length === 1 ? 'The lane did not finish.' : 'No lane finished.';
  const sentences: string[] = [];
  const marked = answered.filter(({ answer }) => answer.verdict !== null);
  const unanswerable = question.kind === 'unanswerable';
  if (marked.length === 0) {
    sentences.push('This question has no known answer, so no lane is marked.');
  } else {
    const correct = marked.filter(({ answer }) => answer.verdict === 'correct').length;
    if (unanswerable) sentences.push('The documents do not answer this question.');
    sentences.push(
      `${share(correct, marked.length)} ${unanswerable ? 'declined to answer' : 'gave the known answer'}.`,
    );
  }
  if (answered.length < lanes.length) sentences.push(`${share(answered.length, lanes.length)} finished.`);
  if (marked.length === 0) return sentences.join(' ');
  const contrasts = unanswerable ? [] : findContrasts(marked).slice(0, MOST_CONTRASTS);
  if (contrasts.length > 0) sentences.push(`${capital(contrasts.join('; '))}.`);
  sentences.push('One question proves little.');
  return sentences.join(' ');
}

/** What `after` has and `before` has not, when that is all they differ in; the most telling first. */
const STEPS = ['noise', 'adapter', 'instructions', 'book'] as const;
type Step = (typeof STEPS)[number];

function findContrasts(marked: readonly Marked[]): string[] {
  const contrasts = marked.flatMap((after) =>
    marked.flatMap((before) => {
      const step = stepBetween(before.lane, after.lane);
      const text = step && describeContrast(step, before, after);
      return text ? [{ order: STEPS.indexOf(step), text }] : [];
    }),
  );
  return contrasts.sort((one, other) => one.order - other.order).map(({ text }) => text);
}

function stepBetween(before: Lane, after: Lane): Step | null {
  if (before.modelId !== after.modelId || before.sampling.maxTokens !== after.sampling.maxTokens) return null;
  if (before.sampling.temperature > 0 || after.sampling.temperature > 0) return null;
  const sees = JSON.stringify(before.sees) !== JSON.stringify(after.sees);
  const wears = worn(before) !== worn(after);
  const told = before.told.trim() !== after.told.trim();
  if (sees && !wears && !told) {
    if (before.sees.kind === 'closed' && after.sees.kind !== 'closed' && after.sees.kind !== 'noisy') return 'book';
    const same =
      before.sees.kind === 'open' &&
      after.sees.kind === 'noisy' &&
      before.sees.passages === after.sees.passages &&
      scopeKey(before.sees.scope) === scopeKey(after.sees.scope) &&
      !after.sees.withoutEvidence;
    return same ? 'noise' : null;
  }
  if (wears && !sees && !told) return worn(before) === '' ? 'adapter' : null;
  if (told && !sees && !wears) return before.told.trim() === '' ? 'instructions' : null;
  return null;
}

function describeContrast(step: Step, before: Marked, after: Marked): string | null {
  const was = before.answer.verdict;
  const is = after.answer.verdict;
  if ((was === 'correct') === (is === 'correct')) return null;
  const lane = `lane ${String(after.number)}`;
  if (was === 'correct') {
    const cause = {
      noise: 'noise',
      book: 'opening the book',
      adapter: adapters(after.lane),
      instructions: 'the instructions',
    };
    return `${cause[step]} turned a correct answer ${is === 'abstained' ? 'into a refusal' : 'wrong'} in ${lane}`;
  }
  const other = `lane ${String(before.number)} was not`;
  switch (step) {
    case 'noise':
      return `${lane} was correct with noise where ${other} without it`;
    case 'book':
      return `opening the book made ${lane} correct where ${other}`;
    case 'adapter':
      return `${adapters(after.lane)} in ${lane} ${reading(after.lane)} and was correct where ${other}`;
    case 'instructions':
      return `the instructions made ${lane} correct where ${other}`;
  }
}

/** Worn adapters with their strengths; one at strength 0 changes nothing. */
function worn(lane: Lane): string {
  return lane.wears
    .filter(({ strength }) => strength > 0)
    .map(({ adapterId, strength }) => `${adapterId} ${String(strength)}`)
    .sort()
    .join(', ');
}

function adapters(lane: Lane): string {
  return lane.wears.filter(({ strength }) => strength > 0).length === 1 ? 'the adapter' : 'the adapters';
}

function reading(lane: Lane): string {
  switch (lane.sees.kind) {
    case 'closed':
      return 'saw nothing either';
    case 'noisy':
      return 'read the same noise';
    default:
      return 'read the same passages';
  }
}

/** `Two of four lanes`, `Both lanes`, `None of four lanes`. */
function share(count: number, of: number): string {
  if (of === 1) return count === 1 ? 'The lane' : 'No lane';
  if (count === of) return of === 2 ? 'Both lanes' : `All ${word(of)} lanes`;
  return `${capital(word(count))} of ${word(of)} lanes`;
}

function word(count: number): string {
  return WORDS[count] ?? String(count);
}

function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
