import { beforeEach, expect, test } from 'vitest';
import type { Depot } from '../../src/lab/depot';
import type { ReaderDesk } from '../../src/lab/reader';
import { Succession } from '../../src/lab/succession';

const SMALL = { role: 'reader', entry: { id: 'small' } };
const LARGE = { role: 'reader', entry: { id: 'large', succeeds: 'small' } };

let uses: { reader: string };
let chosen: boolean;
let metered: boolean;
let fits: boolean;
let loaded: string[];
let taken: string[];
/** Ends the load of the larger reader. */
let load: { done: () => void; fail: (error: Error) => void };
/** Ends what is being asked. */
let answered: () => void;
let succession: Succession;

beforeEach(() => {
  [uses, chosen, metered, fits, loaded, taken] = [{ reader: 'small' }, false, false, true, [], []];
  const loading = new Promise<void>((done, fail) => {
    load = { done, fail };
  });
  const idle = new Promise<void>((resolve) => {
    answered = resolve;
  });
  const depot = {
    catalogue: {
      uses,
      all: [SMALL, LARGE],
      device: {
        now: {
          get metered() {
            return metered;
          },
        },
      },
    },
    chose: () => chosen,
  } as unknown as Depot;
  const readers = {
    desk: (id: string) => {
      loaded.push(id);
      return { ready: () => loading } as unknown as ReaderDesk;
    },
    fitTogether: () => fits,
  };
  succession = new Succession(
    depot,
    readers,
    () => idle,
    (id) => {
      taken.push(id);
      uses.reader = id;
    },
  );
});

test('it takes the smaller one’s place once it is loaded and nothing is being asked', async () => {
  const begun = succession.begin();
  // A second call while one is under way begins nothing.
  await succession.begin();
  load.done();
  await Promise.resolve();
  expect([loaded, taken]).toEqual([['large'], []]);
  answered();
  await begun;
  expect(taken).toEqual(['large']);
  await succession.begin();
  expect([loaded, taken]).toEqual([['large'], ['large']]);
});

test.each<[string, () => void]>([
  ['the visitor chose a reader', () => (chosen = true)],
  ['the line is metered', () => (metered = true)],
  ['there is no memory for both', () => (fits = false)],
  ['another is in use', () => (uses.reader = 'other')],
])('nothing is loaded where %s', async (_, given) => {
  given();
  await succession.begin();
  expect([loaded, taken]).toEqual([[], []]);
});

test('a choice that was made while it came holds', async () => {
  const begun = succession.begin();
  chosen = true;
  load.done();
  answered();
  await begun;
  expect(taken).toEqual([]);
});

test('one that cannot be loaded leaves the smaller one, and may be tried again', async () => {
  const begun = succession.begin();
  load.fail(new Error('It cannot be loaded.'));
  await begun;
  await succession.begin();
  expect([loaded, taken]).toEqual([['large', 'large'], []]);
});
