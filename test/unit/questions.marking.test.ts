import { describe, expect, test } from 'vitest';
import { isAbstention, mark } from '../../src/questions/marking';
import type { Question } from '../../src/questions/question';

const question = (accepted: readonly string[] | null, kind: Question['kind'] = 'plain'): Question => {
  return { id: 'q', text: 'How many?', accepted, evidence: [], kind, rephrases: null };
};

describe('isAbstention', () => {
  test.each([
    'The passages do not say.',
    'The passages do not say [1].',
    'In our opinion, the passages do not settle this point.',
    '{"answer": "", "citations": [], "found": false}',
    'The passages don’t mention it.',
    'The provided text does not specify the amount.',
    'This is not mentioned in the passages.',
    "It isn't stated.",
    'That cannot be determined from the text.',
    "I don't know.",
    'Sorry, I do not have enough information to answer.',
    "I couldn't find that.",
    'The information is not provided.',
    'The handbook does not give an answer.',
    'There is no information about this.',
    'I’m not sure.',
    'Unknown.',
    'N/A',
    'Not found',
  ])('%s', (text) => {
    expect(isAbstention(text)).toBe(true);
  });

  test.each([
    '',
    'The trial period is 5 months [1].',
    '{"answer": "5 months", "citations": [1], "found": true}',
    'In our opinion, the trial period is 5 months. See [1].',
    'Breakfast is not included.',
    'Do not write a password on paper.',
    'Clients do not pay it.',
    'Staff who do not know the code ask the front desk.',
    'No.',
  ])('not: %s', (text) => {
    expect(isAbstention(text)).toBe(false);
  });
});

describe('mark', () => {
  test.each([
    ['It is 7 offices [1].', ['7 offices', '7'], 'plain', 'correct'],
    ['It is 8 offices [7].', ['7 offices', '7'], 'plain', 'wrong'],
    ['{"answer": "seven offices", "citations": [1], "found": true}', ['7 offices'], 'plain', 'correct'],
    ['{"answer": "8 offices", "citations": [7], "found": true}', ['7'], 'plain', 'wrong'],
    ['{"answer": "8 off', ['7'], 'plain', 'wrong'],
    ['The passages do not say, but it may be 7 offices.', ['7 offices'], 'plain', 'correct'],
    ['The passages do not say.', ['7 offices'], 'rephrased', 'abstained'],
    ['', ['7 offices'], 'plain', 'wrong'],
    ['The passages do not say.', [], 'unanswerable', 'correct'],
    ['It is 7 offices.', [], 'unanswerable', 'wrong'],
    ['The passages do not say.', null, 'plain', null],
  ] as const)('%s against %j (%s) is %s', (answer, accepted, kind, verdict) => {
    expect(mark(question(accepted, kind), answer)).toBe(verdict);
  });
});
