import { expect, test } from 'vitest';
import { LabError } from '../../src/errors';
import { describeFinding } from '../../src/lanes/finding';
import type { Answer, Lane } from '../../src/lanes/lane';
import { CLOSED, lane, NOISY, OPEN, PRESETS } from '../../src/lanes/presets';
import type { Question, Verdict } from '../../src/questions/question';

const known: Question = {
  id: 'q',
  text: 'How long is the trial period?',
  accepted: ['5 months'],
  evidence: [],
  kind: 'plain',
  rephrases: null,
};
const read = PRESETS[0]?.lanes ?? [];
const usage = { promptTokens: 1, answerTokens: 1, firstTokenMs: 1, decodeMs: 1, shared: false };

function answer(laneId: string, verdict: Verdict | null): Answer {
  const outcome = { kind: 'answered', stoppedBy: 'end', usage, tokens: [] } as const;
  return { laneId, text: '', briefing: null, partTokens: null, citations: [], verdict, outcome };
}

function finding(lanes: readonly Lane[], verdicts: readonly (Verdict | null)[], question = known): string {
  return describeFinding(
    question,
    lanes,
    lanes.map((one, i) => answer(one.id, verdicts[i] ?? null)),
  );
}

test('noise turns an answer wrong and the adapter holds', () => {
  expect(finding(read, ['wrong', 'correct', 'wrong', 'correct'])).toBe(
    'Two of four lanes gave the known answer. Noise turned a correct answer wrong in lane 3; the adapter in lane 4 read the same noise and was correct where lane 3 was not. One question proves little.',
  );
});

test('the book helps', () => {
  expect(finding(read.slice(0, 2), ['wrong', 'correct'])).toBe(
    'One of two lanes gave the known answer. Opening the book made lane 2 correct where lane 1 was not. One question proves little.',
  );
});

test('noise turns an answer into a refusal', () => {
  expect(finding(read.slice(1), ['correct', 'abstained', 'wrong'])).toBe(
    'One of three lanes gave the known answer. Noise turned a correct answer into a refusal in lane 2. One question proves little.',
  );
});

test('an adapter spoils an answer', () => {
  expect(finding(read.slice(1), ['correct', 'correct', 'wrong'])).toBe(
    'Two of three lanes gave the known answer. The adapter turned a correct answer wrong in lane 3. One question proves little.',
  );
});

test('an adapter knows with the book closed', () => {
  const lanes = [lane('a', 'Closed', CLOSED), lane('b', 'Facts', CLOSED, 'handbook-facts')];
  expect(finding(lanes, ['wrong', 'correct'])).toBe(
    'One of two lanes gave the known answer. The adapter in lane 2 saw nothing either and was correct where lane 1 was not. One question proves little.',
  );
});

test('instructions alone make the difference', () => {
  const lanes = [lane('a', 'Open', OPEN), lane('b', 'Told', OPEN, undefined, 'Answer in JSON.')];
  expect(finding(lanes, ['correct', 'wrong'])).toContain('The instructions turned a correct answer wrong in lane 2.');
  expect(finding(lanes, ['abstained', 'correct'])).toContain(
    'The instructions made lane 2 correct where lane 1 was not.',
  );
});

test('lanes that agree show no cause', () => {
  expect(finding(read, ['correct', 'correct', 'correct', 'correct'])).toBe(
    'All four lanes gave the known answer. One question proves little.',
  );
  expect(finding(read, ['wrong', 'abstained', 'wrong', 'wrong'])).toBe(
    'None of four lanes gave the known answer. One question proves little.',
  );
});

test('lanes that differ in two things show no cause', () => {
  const lanes = [lane('a', 'Open', OPEN), lane('b', 'Noisy, robust', NOISY, 'robust-reader')];
  expect(finding(lanes, ['correct', 'wrong'])).toBe(
    'One of two lanes gave the known answer. One question proves little.',
  );
});

test('sampled lanes show no cause', () => {
  const lanes = read.map((one) => ({ ...one, sampling: { ...one.sampling, temperature: 0.7 } }));
  expect(finding(lanes, ['wrong', 'correct', 'wrong', 'correct'])).toBe(
    'Two of four lanes gave the known answer. One question proves little.',
  );
});

test('an adapter at strength 0 is no adapter', () => {
  const lanes = read.map((one) => ({ ...one, wears: one.wears.map((worn) => ({ ...worn, strength: 0 })) }));
  expect(finding(lanes.slice(2), ['wrong', 'correct'])).toBe(
    'One of two lanes gave the known answer. One question proves little.',
  );
});

test('without a known answer no lane is marked', () => {
  expect(finding(read, [], { ...known, accepted: null })).toBe(
    'This question has no known answer, so no lane is marked.',
  );
});

test('declining is right where the documents do not answer', () => {
  const question: Question = { ...known, accepted: [], kind: 'unanswerable' };
  expect(finding(read, ['wrong', 'correct', 'correct', 'wrong'], question)).toBe(
    'The documents do not answer this question. Two of four lanes declined to answer. One question proves little.',
  );
});

test('lanes that did not finish are counted apart', () => {
  const error = new LabError('out-of-memory', 'No room.');
  const answers: Answer[] = read.map((one, i) =>
    i < 2
      ? answer(one.id, 'correct')
      : { ...answer(one.id, null), outcome: i === 2 ? { kind: 'failed', error } : { kind: 'stopped' } },
  );
  expect(describeFinding(known, read, answers)).toBe(
    'Both lanes gave the known answer. Two of four lanes finished. One question proves little.',
  );
  expect(describeFinding(known, read, [])).toBe('No lane finished.');
});
