import { expect, test } from 'vitest';
import type { AccuracyRow } from '../../src/cli/accuracyRun';
import { formatTable, markdownTable, tabulate } from '../../src/cli/accuracyTable';
import { wilson } from '../../src/evaluation/intervals';
import { CLOSED, lane, NOISY } from '../../src/lanes/presets';

test('Wilson’s interval agrees with published values', () => {
  // Newcombe 1998, Stat. Med. 17, 857-872, table I, method 3.
  const published = [
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ] as const;
  for (const [k, n, low, high] of published) {
    const interval = wilson(k / n, n);
    expect(interval[0]).toBeCloseTo(low, 4);
    expect(interval[1]).toBeCloseTo(high, 4);
  }
});

const lanes = [lane('closed', 'Closed book', CLOSED), lane('noisy', 'Noisy book', NOISY)];
const row = (questionId: string, laneId: string, seed: number | null, rest: Partial<AccuracyRow>): AccuracyRow => {
  return {
    questionId,
    kind: 'plain',
    laneId,
    seed,
    verdict: 'wrong',
    citationRight: null,
    text: '',
    shown: [],
    ...rest,
  };
};
const rows = [
  row('a', 'closed', null, {}),
  row('b', 'closed', null, { verdict: 'abstained' }),
  row('a', 'noisy', 1, { verdict: 'correct', citationRight: true }),
  row('a', 'noisy', 2, { verdict: 'correct', citationRight: false }),
  row('b', 'noisy', 1, { citationRight: false }),
  row('b', 'noisy', 2, { verdict: 'correct', citationRight: true }),
];

test('counts verdicts and citations by kind and lane', () => {
  const cells = tabulate(rows, lanes);
  expect(cells).toHaveLength(2);
  expect(cells[0]).toMatchObject({
    lane: 'Closed book',
    answers: 2,
    correct: 0,
    wrong: 1,
    abstained: 1,
    citationRight: null,
  });
  expect(cells[1]).toMatchObject({ answers: 4, questions: 2, correct: 3, share: 0.75, citationRight: 2, citable: 4 });
});

test('seeds add answers, not certainty', () => {
  expect(tabulate(rows, lanes)[1]?.interval).toEqual(wilson(0.75, 2));
});

test('prints a line per lane', () => {
  const lines = formatTable(tabulate(rows, lanes)).split('\n');
  expect(lines[0]).toBe('Plain questions');
  expect(lines[2]).toMatch(/^Closed book +0 of 2 +0% +0% to 66% +1 +1 *$/);
  expect(lines[3]).toMatch(/^Noisy book +3 of 4 +75% .* 1 +0 +2 of 4$/);
});

test('the docs’ table has a line per lane and a column per kind of question', () => {
  const cells = tabulate([...rows, row('u', 'closed', null, { kind: 'unanswerable', verdict: 'abstained' })], lanes);
  expect(markdownTable(cells)).toBe(
    `
| lane        | plain (2)      | unanswerable (1) | cites the right passage |
| ----------- | -------------- | ---------------- | ----------------------- |
| Closed book | 0% (0 to 66)   | 0% (0 to 79)     |                         |
| Noisy book  | 75% (20 to 97) |                  | 50%                     |`.trimStart(),
  );
});
