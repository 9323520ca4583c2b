import { afterAll, beforeAll, expect, test } from 'vitest';
import { shortSet } from '../../src/cli/accuracy';
import { ACCURACY_LANES, type AccuracyRow, runAccuracy } from '../../src/cli/accuracyRun';
import { tabulate } from '../../src/cli/accuracyTable';
import { type NodeLab, openNodeLab } from '../../src/cli/nodeLab';
import { finish } from '../../src/job';
import type { Question } from '../../src/questions/question';

/** A hang guard. */
const MINUTES = 60_000;

const { signal } = new AbortController();
let lab: NodeLab;
let questions: Question[];
let rows: AccuracyRow[];

beforeAll(async () => {
  lab = await openNodeLab(ACCURACY_LANES, signal);
  questions = shortSet(lab.questions);
  rows = await finish(runAccuracy(lab, questions, [1], signal));
}, 10 * MINUTES);

afterAll(async () => {
  await lab[Symbol.asyncDispose]();
});

const of = (laneId: string) => rows.filter((row) => row.laneId === laneId);

test('the short set is fixed', () => {
  expect(questions.map(({ id }) => id).join(' ')).toBe('q001 q002 q003 q004 q005 q006 q001r q002r q003r u001 u002');
});

test('every question is answered and marked in every lane', () => {
  const unmarked = questions.filter(({ evidence }) => evidence.length === 0);
  expect(unmarked.map(({ kind }) => kind)).toEqual(['unanswerable', 'unanswerable']);
  expect(rows).toHaveLength(questions.length * ACCURACY_LANES.length - unmarked.length);
  expect(of('gold')).toHaveLength(questions.length - unmarked.length);
  for (const { verdict, text } of rows) {
    expect(['correct', 'wrong', 'abstained']).toContain(verdict);
    expect(text).not.toBe('');
  }
});

test('lanes saw what they are named for', () => {
  expect(of('closed').every(({ shown }) => shown.length === 0)).toBe(true);
  expect(of('closed-facts').every(({ shown }) => shown.length === 0)).toBe(true);
  expect(of('open').every(({ shown }) => shown.length === 4)).toBe(true);
  expect(of('gold').every(({ shown }) => shown.length === 1)).toBe(true);
  for (const [i, { shown }] of of('open').entries()) {
    const noisy = of('noisy')[i]?.shown ?? [];
    expect(noisy).toHaveLength(7);
    expect(noisy.filter((id) => shown.includes(id))).toEqual(shown);
    expect(of('noisy-robust')[i]?.shown).toEqual(noisy);
  }
});

test('citations are judged where there is evidence and something to cite', () => {
  for (const { laneId, kind, citationRight } of rows) {
    const judged = kind !== 'unanswerable' && !laneId.startsWith('closed');
    expect(citationRight === null).toBe(!judged);
  }
});

test('the table counts every answer once', () => {
  const cells = tabulate(rows, ACCURACY_LANES);
  expect(cells).toHaveLength(3 * ACCURACY_LANES.length - 1);
  expect(cells.reduce((sum, { correct, wrong, abstained }) => sum + correct + wrong + abstained, 0)).toBe(rows.length);
});

test(
  'asking again gives the same answers',
  async () => {
    const two = questions.slice(0, 2);
    const again = await finish(runAccuracy(lab, two, [1], signal));
    expect(again).toEqual(rows.filter(({ questionId }) => two.some(({ id }) => id === questionId)));
  },
  5 * MINUTES,
);
