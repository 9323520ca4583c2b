/** Workers that die, browsers that keep nothing, tabs that compete. */
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { finish } from '../../src/job';
import { allIndexed, emptyDatabase, passagesFor, PATIENCE, READ, watch, type Watched } from '../fixtures/lab/opened';

// Real models on whatever machine this is: a hang guard, not a speed.
vi.setConfig({ testTimeout: 120_000 });
const { signal } = new AbortController();
const NOTE = 'The cellar key hangs behind the blue door.';
const NOTE_ASKED = 'Where does the cellar key hang?';
const note = (text = NOTE) => new File([`# Keys\n\n## Cellar\n\n${text}\n`], 'keys.md');

/** Every worker that the lab has started. */
const workers: { readonly url: string; readonly worker: Worker }[] = [];
function breakWorker(name: string): void {
  const last = workers.findLast(({ url }) => url.includes(name));
  if (!last) throw new Error(`There is no ${name} worker.`);
  last.worker.dispatchEvent(new ErrorEvent('error', { message: 'it fell over', cancelable: true }));
}

let release: () => void = () => undefined;
/** Does what another tab does while it indexes, until `release`. */
async function indexElsewhere(): Promise<void> {
  await new Promise<void>((held) => {
    void navigator.locks.request('openbook indexing', () => {
      held();
      return new Promise<void>((resolve) => (release = resolve));
    });
  });
}

let seen: Watched;
beforeAll(async () => {
  const Real = Worker;
  vi.stubGlobal(
    'Worker',
    class extends Real {
      constructor(url: string | URL, options?: WorkerOptions) {
        super(url, options);
        workers.push({ url: String(url), worker: this });
      }
    },
  );
  await emptyDatabase();
  seen = watch();
  await seen.lab.start(signal);
  await allIndexed(seen);
}, 180_000);
afterEach(() => {
  release();
  vi.restoreAllMocks();
});
afterAll(async () => {
  await seen.lab.deleteEverything();
});

let asks = 0;

async function ask() {
  const [question] = await seen.lab.sampleQuestions();
  if (!question) throw new Error('There are no sample questions.');
  // The first and the last lane: nothing worn, something worn.
  const lanes = [
    ...READ.slice(0, 1),
    ...READ.slice(-1).map((lane) => ({ ...lane, sees: { kind: 'closed' } as const })),
  ].map((lane) => {
    // Another cap each time changes no answer, and none comes from the cache.
    return { ...lane, sampling: { ...lane.sampling, maxTokens: 96 + asks } };
  });
  asks++;
  return seen.lab.compare(lanes, question, 7, signal);
}

test('a reader that dies fails what is under way and is back for the next question, adapters worn again', async () => {
  const before = await finish(await ask());
  expect(before.map(({ outcome }) => outcome.kind)).toEqual(['answered', 'answered']);
  const broken = await finish(await ask(), (event) => {
    if (event.kind === 'text') breakWorker('generation');
  });
  for (const { outcome } of broken) expect(outcome).toMatchObject({ kind: 'failed', error: { code: 'worker-lost' } });
  expect(seen.reader?.state).toMatchObject({ kind: 'failed', error: { code: 'worker-lost' } });
  expect(seen.library.sources).toHaveLength(9);
  const asking = await ask();
  const from = performance.now();
  let loaded = 0;
  const after = await finish(asking, ({ kind }) => {
    if (kind === 'briefed') loaded ||= performance.now() - from;
  });
  // From Ask on, though the reader had to be loaded first.
  for (const { outcome } of after)
    if (outcome.kind === 'answered') expect(outcome.usage.firstTokenMs).toBeGreaterThanOrEqual(loaded);
  expect(after.map(({ text }) => text)).toEqual(before.map(({ text }) => text));
  expect(seen.reader?.state.kind).toBe('ready');
});

const SEARCHED = 'How long is the trial period?';

/** What a search finds before its worker dies; ends when the finder is loaded again. */
async function loseSearch(): Promise<string[]> {
  const before = await passagesFor(seen, SEARCHED);
  expect(before).toHaveLength(4);
  breakWorker('search');
  await vi.waitFor(() => {
    expect(seen.finder?.state.kind).toBe('ready');
  }, PATIENCE);
  return before;
}

test('a search worker that dies is told everything again', async () => {
  const before = await loseSearch();
  await allIndexed(seen);
  expect(await passagesFor(seen, SEARCHED)).toEqual(before);
});

test('reading that is stopped ends, and the next file is read', async () => {
  const stopper = new AbortController();
  const job = seen.lab.addFiles([note()], stopper.signal);
  await job.next();
  const rest = job.next();
  stopper.abort();
  await rest;
  expect((await finish(job)).map(({ outcome }) => outcome.kind)).toEqual(['stopped']);
  expect(seen.library.sources).toHaveLength(9);
  const [added] = await finish(seen.lab.addFiles([note()], signal));
  expect(added?.outcome.kind).toBe('added');
});

test('while another tab indexes, a new file waits for its vectors but is found by its words', async () => {
  await indexElsewhere();
  const text = 'The attic lamp is switched off at nine.';
  await finish(seen.lab.addFiles([note(text)], signal));
  await vi.waitFor(() => {
    expect(seen.library.indexing).not.toBeNull();
  }, PATIENCE);
  const source = seen.library.sources.at(-1);
  expect(await passagesFor(seen, 'When is the attic lamp switched off?')).toContain(text);
  expect(seen.library.indexed[source?.id ?? ''] ?? 0).toBe(0);
  release();
  await allIndexed(seen);
  expect(seen.library.indexed[source?.id ?? '']).toBe(1);
});

test('indexing that is stopped goes on when asked', async () => {
  await indexElsewhere();
  await finish(seen.lab.addFiles([note('The roof is inspected in May.')], signal));
  await vi.waitFor(() => {
    expect(seen.library.indexing).not.toBeNull();
  }, PATIENCE);
  seen.lab.stopIndexing();
  await vi.waitFor(() => {
    expect(seen.library.indexing).toBeNull();
  }, PATIENCE);
  release();
  const source = seen.library.sources.at(-1);
  expect(seen.library.indexed[source?.id ?? ''] ?? 0).toBe(0);
  seen.lab.resumeIndexing();
  await allIndexed(seen);
});

test('a full disk fails the file with a sentence and keeps what was there', async () => {
  const before = seen.library.sources;
  vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
    throw new DOMException('full', 'QuotaExceededError');
  });
  const [added] = await finish(seen.lab.addFiles([note('The gate is painted green.')], signal));
  expect(added?.outcome).toMatchObject({ kind: 'failed', error: { code: 'storage-full' } });
  vi.restoreAllMocks();
  expect(seen.library.sources).toEqual(before);
  await finish(seen.lab.addFiles([note('The gate is painted green.')], signal));
  expect(seen.library.sources).toHaveLength(before.length + 1);
});

test('a search worker that dies a third time fails what is searched until the finder is loaded again', async () => {
  // One of the three has died above.
  const before = await loseSearch();
  breakWorker('search');
  expect(seen.finder?.state.kind).toBe('failed');
  const [question] = await seen.lab.sampleQuestions();
  if (!question) throw new Error('There are no sample questions.');
  const lanes = READ.slice(0, 2);
  const answers = await finish(seen.lab.compare(lanes, question, 7, signal));
  expect(answers.map(({ outcome }) => outcome)).toMatchObject([
    { kind: 'answered' },
    { kind: 'failed', error: { code: 'worker-lost' } },
  ]);
  seen.lab.retry('finder');
  await vi.waitFor(() => {
    expect(seen.finder?.state.kind).toBe('ready');
  }, PATIENCE);
  await allIndexed(seen);
  expect(await passagesFor(seen, SEARCHED)).toEqual(before);
});

test('a browser that keeps nothing still has a library for this visit', async () => {
  const open = vi.spyOn(IDBFactory.prototype, 'open').mockImplementation(() => {
    throw new DOMException('denied', 'SecurityError');
  });
  const visit = watch();
  await visit.lab.start(signal);
  open.mockRestore();
  expect(visit.library.problem?.code).toBe('storage-refused');
  await finish(visit.lab.addFiles([note()], signal));
  await allIndexed(visit);
  expect(visit.library.sources).toHaveLength(10);
  expect(await passagesFor(visit, NOTE_ASKED)).toContain(NOTE);
  expect(visit.library.problem?.code).toBe('storage-refused');
});
