/** What is stopped stays stopped, and what is deleted stays away. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { finish } from '../../src/job';
import {
  allIndexed,
  BASE,
  emptyDatabase,
  passagesFor,
  PATIENCE,
  READ,
  storedRows,
  watch,
  type Watched,
} from '../fixtures/lab/opened';

// Real models on whatever machine this is: a hang guard, not a speed.
vi.setConfig({ testTimeout: 120_000 });
const { signal } = new AbortController();

const files = (...names: string[]) =>
  names.map((name) => new File([`# ${name}\n\nThe ${name} lamp is lit at nine.\n`], `${name}.md`));
const names = ({ library }: Watched) => library.sources.map(({ name }) => name);

let seen: Watched;
beforeAll(async () => {
  await emptyDatabase();
  seen = watch();
}, 180_000);
afterAll(async () => {
  await seen.lab.deleteEverything();
});

test('everything deleted while the first visit adds its sample stays deleted', async () => {
  const started = seen.lab.start(signal).catch(() => undefined);
  await vi.waitFor(() => {
    expect(seen.library.sources.length).toBeGreaterThan(0);
  }, PATIENCE);
  expect(seen.library.sources.length).toBeLessThan(9);
  await seen.lab.deleteEverything();
  await started;
  expect(names(seen)).toEqual([]);
});

test('models whose loading is stopped say so, and load when asked again', async () => {
  const visit = watch();
  void visit.lab.start(signal);
  await vi.waitFor(() => {
    expect([visit.reader?.state.kind, visit.finder?.state.kind]).toEqual(['loading', 'loading']);
  }, PATIENCE);
  visit.lab.stopIndexing();
  visit.lab.stopLoading();
  await vi.waitFor(() => {
    expect([visit.reader?.state.kind, visit.finder?.state.kind]).toEqual(['stopped', 'stopped']);
  }, PATIENCE);
  visit.lab.retry('reader');
  visit.lab.retry('finder');
  await vi.waitFor(() => {
    expect([visit.reader?.state.kind, visit.finder?.state.kind]).toEqual(['ready', 'ready']);
  }, PATIENCE);
});

test('adding that is stopped tells what came in and what did not, and leaves the index stopped', async () => {
  const stopper = new AbortController();
  const first = finish(seen.lab.addFiles(files('a', 'b', 'c'), stopper.signal), ({ done }) => {
    if (done !== 1) return;
    seen.lab.stopIndexing();
    stopper.abort();
  });
  const second = finish(seen.lab.addFiles(files('d'), stopper.signal));
  const told = [...(await first), ...(await second)];
  expect(told.map(({ name, outcome }) => [name, outcome.kind])).toEqual([
    ['a.md', 'added'],
    ['b.md', 'stopped'],
    ['c.md', 'stopped'],
    ['d.md', 'stopped'],
  ]);
  expect(names(seen)).toEqual(['a.md']);
  await seen.lab.setUse(seen.library.sources[0]?.id ?? '', false);
  expect(seen.library.indexing).toBeNull();
  expect(seen.library.indexed[seen.library.sources[0]?.id ?? ''] ?? 0).toBe(0);
  seen.lab.resumeIndexing();
  await allIndexed(seen);
});

test('an index stopped while the next file is being read is not taken up with that file', async () => {
  const told = await finish(seen.lab.addFiles(files('e', 'f'), signal), ({ done }) => {
    if (done === 1) seen.lab.stopIndexing();
  });
  expect(told.map(({ outcome }) => outcome.kind)).toEqual(['added', 'added']);
  const last = seen.library.sources.at(-1);
  // A question waits for the end of a short indexing.
  await passagesFor(seen, 'When is the f lamp lit?');
  expect(seen.library.indexed[last?.id ?? ''] ?? 0).toBe(0);
  // Adding something else wants the index again.
  await finish(seen.lab.addFiles(files('g'), signal));
  await allIndexed(seen);
});

test('everything deleted while files are added, one is taken back and an adapter is held stays deleted', async () => {
  const bytesOf = async (name: string) =>
    new File([await (await fetch(`${BASE}adapters/memo-voice/${name}`)).arrayBuffer()], name);
  const adapter = await seen.lab.addAdapter(
    [await bytesOf('adapter_config.json'), await bytesOf('adapter_model.safetensors')],
    signal,
  );
  const lanes = READ.slice(0, 1).map((lane) => ({ ...lane, wears: [{ adapterId: adapter.id, strength: 1 }] }));
  const [question] = await seen.lab.sampleQuestions();
  if (!question) throw new Error('There are no sample questions.');
  const [before] = await finish(seen.lab.compare(lanes, question, 7, signal));
  expect(before?.outcome.kind).toBe('answered');

  const back = await seen.lab.removeSource(seen.library.sources[0]?.id ?? '');
  let deleted: Promise<void> = Promise.resolve();
  const told = await finish(seen.lab.addFiles(files('h', 'i', 'j'), signal), ({ done }) => {
    if (done === 1) deleted = seen.lab.deleteEverything();
  });
  await deleted;
  expect(told.map(({ outcome }) => outcome.kind)).toEqual(['added', 'stopped', 'stopped']);
  await expect(back()).rejects.toHaveProperty('name', 'AbortError');
  const [after] = await finish(seen.lab.compare(lanes, question, 7, signal));
  expect(after?.outcome).toMatchObject({ kind: 'failed', error: { code: 'adapter-unknown' } });
  const next = watch();
  await next.lab.start(signal);
  expect(names(next)).toEqual([]);
  expect(await storedRows()).toBe(0);
});
