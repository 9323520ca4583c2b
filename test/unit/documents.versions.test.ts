import { describe, expect, test } from 'vitest';
import {
  compareVersions,
  familyOf,
  inForce,
  newlyReplaced,
  leastLikeness,
  SAME_BUT_YEAR,
  SAME_NAME,
  versionMark,
} from '../../src/documents/versions';

const mark = (name: string, title = name, head = '') => versionMark({ name, title, head });
const day = (text: string) => Date.parse(`${text}T00:00:00Z`);

describe('what a name says of its version', () => {
  test.each([
    ['Crew Handbook rev. 7.pdf', 'crew handbook', [7]],
    ['crew-handbook_v2.1.md', 'crew handbook', [2, 1]],
    ['CrewHandbook Version 12.docx', 'crew handbook', [12]],
    ['Crew handbook, 3rd edition.epub', 'crew handbook', [3]],
    ['crew handbook (2).pdf', 'crew handbook', null],
    ['Copy of Crew Handbook FINAL.pdf', 'crew handbook', null],
    ['Crew_Handbook_draft.txt', 'crew handbook', null],
    ['covid 19 rules.md', 'covid 19 rules', null],
    ['Level 4 course.md', 'level 4 course', null],
  ])('%s', (name, stem, revision) => {
    expect(mark(name)).toMatchObject({ stems: [stem], revision });
  });

  test.each([
    ['fares 2026-03-09.md', '2026-03-09', false],
    ['fares-20260309.md', '2026-03-09', false],
    ['fares_2026_03.md', '2026-03-01', false],
    ['Fares, 9 March 2026.md', '2026-03-09', false],
    ['Fares Sept. 2025.md', '2025-09-01', false],
    ['fares 2026.md', '2026-01-01', true],
  ])('%s', (name, date, onlyYear) => {
    expect(mark(name)).toMatchObject({ stems: ['fares'], date: day(date), onlyYear });
  });

  test('the name is asked first, then the title, then the front matter', () => {
    expect(mark('a b c.md', 'Leave rules rev. 3', 'Version: 2')).toMatchObject({
      stems: ['leave rules'],
      revision: [3],
    });
    expect(mark('leave.md', 'Leave', '---\nVersion: 2.4\nDate: 2026-05-01\n---')).toMatchObject({
      revision: null,
      date: day('2026-05-01'),
    });
    expect(mark('leave.md', 'Leave', '**Revision 9** of the rules')).toMatchObject({ revision: [9] });
    expect(mark('leave.md', 'Leave', 'In May 2020 the rules were new.')).toMatchObject({ date: null });
  });

  test('a name of nothing else has no stem, and matches nothing', () => {
    expect(mark('v2.md').stems).toEqual([]);
    expect(leastLikeness(mark('v2.md'), mark('v3.md'))).toBeNull();
  });
});

test('texts must be the more alike where only a year differs', () => {
  expect(leastLikeness(mark('crew v1.md'), mark('crew v2.md'))).toBe(SAME_NAME);
  expect(leastLikeness(mark('report 2024.md'), mark('report 2025.md'))).toBe(SAME_BUT_YEAR);
  expect(leastLikeness(mark('report 2024-03.md'), mark('report 2025-03.md'))).toBe(SAME_NAME);
  expect(leastLikeness(mark('crew v1.md'), mark('deck v2.md'))).toBeNull();
});

test.each([
  ['crew rev 10.md', 'crew rev 9.md'],
  ['crew v2.1.md', 'crew v2.md'],
  ['crew 2026-01-02.md', 'crew 2025-12-31.md'],
  ['crew rev 3 2019.md', 'crew rev 2 2024.md'],
  ['crew final.md', 'crew draft.md'],
  ['crew.md', 'crew old.md'],
])('%s is newer than %s, whenever they were added', (newer, older) => {
  const [a, b] = [mark(newer), mark(older)];
  expect(compareVersions({ mark: a, changed: 1 }, { mark: b, changed: 2 })).toBeGreaterThan(0);
  expect(compareVersions({ mark: b, changed: 2 }, { mark: a, changed: 1 })).toBeLessThan(0);
});

test('without any mark the later one is newer', () => {
  expect(compareVersions({ mark: mark('a.md'), changed: 2 }, { mark: mark('a.md'), changed: 1 })).toBeGreaterThan(0);
});

describe('what is in force', () => {
  const replaced = (...pairs: [string, string | null][]) =>
    Object.fromEntries(
      inForce(pairs.map(([id, replacedBy]) => ({ id, replacedBy }))).map(({ id, replacedBy }) => [id, replacedBy]),
    );

  test('follows replacements to the last', () => {
    expect(replaced(['a', 'b'], ['b', 'c'], ['c', null])).toEqual({ a: 'c', b: 'c', c: null });
  });

  test('what replaced by one that is gone is current', () => {
    expect(replaced(['a', 'gone'], ['b', null])).toEqual({ a: null, b: null });
  });

  test('two that replace each other do not hang', () => {
    expect(replaced(['a', 'b'], ['b', 'a'])).toEqual({ a: 'b', b: 'a' });
  });
});

describe('what is replaced from now on', () => {
  const sources = (given: Record<string, string | null>, apart: Record<string, string[]> = {}) =>
    Object.entries(given).map(([id, replacedBy]) => ({ id, replacedBy, apartFrom: apart[id] ?? [] }));
  const found = (...pairs: [string, string][]) => pairs.map(([older, newer]) => ({ older, newer }));

  test('is each older one, and what is settled stays so', () => {
    const pairs = found(['b', 'c'], ['a', 'c']);
    const three = { a: null, b: null, c: null };
    expect([...newlyReplaced(sources(three), pairs)]).toEqual([
      ['b', 'c'],
      ['a', 'c'],
    ]);
    expect([...newlyReplaced(sources({ a: 'b', b: null, c: null }), pairs)]).toEqual([['b', 'c']]);
    // The visitor made an older one the current one.
    expect(newlyReplaced(sources({ a: null, b: 'a', c: 'a' }), pairs).size).toBe(0);
  });

  test('is nothing that the visitor keeps apart, on whichever side that is noted', () => {
    const two = { a: null, b: null };
    expect(newlyReplaced(sources(two, { a: ['b'] }), found(['a', 'b'])).size).toBe(0);
    expect(newlyReplaced(sources(two, { b: ['a'] }), found(['a', 'b'])).size).toBe(0);
    const three = sources({ a: 'b', b: null, c: null }, { a: ['c'] });
    expect(newlyReplaced(three, found(['b', 'c'])).size).toBe(0);
  });

  test('a family is all that replace each other, as far as they are there', () => {
    const all = sources({ a: 'b', b: 'c', c: null, d: 'gone', e: 'gone' });
    expect(familyOf(all, 'c').map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    expect(familyOf(all, 'd').map(({ id }) => id)).toEqual(['d']);
  });
});
