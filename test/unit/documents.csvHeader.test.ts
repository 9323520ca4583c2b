import { expect, test } from 'vitest';
import { readDocument } from '../../src/documents/formats';

const textOf = async (csv: string) =>
  (await readDocument('a.csv', new TextEncoder().encode(csv), new AbortController().signal)).text;

test.each([
  ['names', 'Name,Town\nAnn,Oslo', 'Name: Ann\nTown: Oslo'],
  ['years over figures', 'Town,2021,2022\nOslo,1,2.5', 'Town: Oslo\n2021: 1\n2022: 2.5'],
  ['a name that stands there twice', 'Name,Name,Town\nAnn,Berg,Oslo', 'Name: Ann\nName: Berg\nTown: Oslo'],
])('a header of %s goes with every row', async (_, csv, text) => {
  expect(await textOf(csv)).toBe(text);
});

test.each([
  ['years over years', 'Ann,1990\nBo,1985', 'Column 1: Ann\nColumn 2: 1990\n\nColumn 1: Bo\nColumn 2: 1985'],
  ['a figure that is no year', 'Ann,38\nBo,41', 'Column 1: Ann\nColumn 2: 38\n\nColumn 1: Bo\nColumn 2: 41'],
  ['years alone', '2021,2022\na,b', 'Column 1: 2021\nColumn 2: 2022\n\nColumn 1: a\nColumn 2: b'],
  [
    'a value repeated below',
    'yes,yes,no\nno,no,yes',
    'Column 1: yes\nColumn 2: yes\nColumn 3: no\n\nColumn 1: no\nColumn 2: no\nColumn 3: yes',
  ],
])('a first row of values is no header: %s', async (_, csv, text) => {
  expect(await textOf(csv)).toBe(text);
});
