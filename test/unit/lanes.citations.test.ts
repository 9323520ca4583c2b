import { expect, test } from 'vitest';
import { findCitations } from '../../src/lanes/citations';

function found(text: string, passages: number) {
  return findCitations(text, passages).map(({ start, end, passage }) => [text.slice(start, end), passage]);
}

test('finds a mark at its offsets', () => {
  expect(findCitations('The trial period is 5 months [2].', 4)).toEqual([{ start: 29, end: 32, passage: 1 }]);
});

test('finds lists and neighbours', () => {
  expect(found('So it is [1, 2].', 4)).toEqual([
    ['1', 0],
    ['2', 1],
  ]);
  expect(found('So it is [1][3].', 4)).toEqual([
    ['[1]', 0],
    ['[3]', 2],
  ]);
});

test('finds the numbers of a JSON answer', () => {
  expect(found('{"answer": "5 months", "citations": [1, 3], "found": true}', 4)).toEqual([
    ['1', 0],
    ['3', 2],
  ]);
  expect(found('{"answer": "5 months", "citations": [2], "found": true}', 4)).toEqual([['2', 1]]);
  expect(found('{"answer": "", "citations": [], "found": false}', 4)).toEqual([]);
});

test('a number without a passage cites nothing', () => {
  expect(found('So it is [5] or [0].', 4)).toEqual([
    ['[5]', null],
    ['[0]', null],
  ]);
  expect(found('So it is [1].', 0)).toEqual([['[1]', null]]);
});

test('leaves other brackets alone', () => {
  expect(found('See [note], [], [1a], [2026] and (3).', 4)).toEqual([]);
});
