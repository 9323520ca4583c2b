/** The page's larger reader takes the smaller one's place: both are the tiny one here, all else is real. */
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { READERS, type ReaderEntry } from '../../src/generation/models';
import type { AdapterInfo } from '../../src/lab';
import {
  PATIENCE,
  READ,
  allIndexed,
  emptyDatabase,
  labWith,
  passagesFor,
  watch,
  type Watched,
} from '../fixtures/lab/opened';

// Real models on whatever machine this is: a hang guard, not a speed.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
const { signal } = new AbortController();
const [tiny] = READERS as readonly [ReaderEntry];
const LARGER: ReaderEntry = {
  ...tiny,
  id: 'larger',
  label: 'Larger reader',
  baseName: 'test/larger',
  succeeds: tiny.id,
};

let seen: Watched;
let adapters: readonly AdapterInfo[] = [];

async function open(): Promise<void> {
  seen = watch(labWith({ readers: [tiny, LARGER], rerankers: [] }));
  seen.lab.onAdapters((all) => {
    adapters = all;
  });
  await seen.lab.start(signal);
  await allIndexed(seen);
}
const inUse = (id: string) =>
  vi.waitFor(() => expect(seen.reader).toMatchObject({ id, state: { kind: 'ready' } }), PATIENCE);

beforeAll(async () => {
  await emptyDatabase();
});
afterEach(async () => {
  await seen.lab.deleteEverything();
});

test('it is used once it is loaded, adapters are told beside it, and a choice against it is remembered', async () => {
  await open();
  await inUse(LARGER.id);
  expect(seen.reader).toMatchObject({ succeeds: tiny.id });
  await vi.waitFor(() => expect(adapters.map(({ match }) => match.kind)).toEqual(['no', 'no', 'no', 'no']), PATIENCE);
  seen.lab.use('reader', tiny.id);
  await inUse(tiny.id);
  await open();
  await inUse(tiny.id);
  // Whatever was to be loaded after the start would be by now.
  expect(await passagesFor(seen, 'How long is the trial period?')).toHaveLength(4);
  expect(seen.reader?.id).toBe(tiny.id);
});

test('what is being asked ends with the reader it began with', async () => {
  await open();
  const [question] = await seen.lab.sampleQuestions();
  if (!question) throw new Error('There are no sample questions.');
  const lanes = READ.map((lane) => ({ ...lane, modelId: '' }));
  const asking = seen.lab.compare(lanes, question, 7, signal);
  const before = seen.reader?.id;
  for (let next = await asking.next(); !next.done; next = await asking.next()) expect(seen.reader?.id).toBe(before);
  await inUse(LARGER.id);
});
