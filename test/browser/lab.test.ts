/** Real workers, real models, a real database. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { finish } from '../../src/job';
import type { AddedFile } from '../../src/lab';
import {
  allIndexed,
  BASE,
  emptyDatabase,
  passagesFor,
  READ,
  storedRows,
  watch,
  type Watched,
} from '../fixtures/lab/opened';

// Real models on whatever machine this is: a hang guard, not a speed.
vi.setConfig({ testTimeout: 120_000 });
const { signal } = new AbortController();
const POOL =
  '# Pool rules\n\n## Opening hours\n\nThe swimming pool opens at 6:45 each morning.\n\n## Towels\n\nEach swimmer gets two green towels.\n';
const POOL_HOURS = 'The swimming pool opens at 6:45 each morning.';
const POOL_ASKED = 'When does the swimming pool open?';

let seen: Watched;
beforeAll(async () => {
  await emptyDatabase();
  seen = watch();
  await seen.lab.start(signal);
  await allIndexed(seen);
}, 180_000);
afterAll(async () => {
  await seen.lab.deleteEverything();
});

function codeOf(outcome: AddedFile['outcome']): string {
  return outcome.kind === 'failed' ? outcome.error.code : outcome.kind;
}

async function firstQuestion() {
  const [question] = await seen.lab.sampleQuestions();
  if (!question) throw new Error('There are no sample questions.');
  return question;
}

test('the first visit loads both models and indexes the sample in view', () => {
  expect(seen.reader?.state.kind).toBe('ready');
  expect(seen.finder?.state.kind).toBe('ready');
  const loading = seen.readerStates.filter((state) => state.kind === 'loading');
  expect(loading.at(-1)).toMatchObject({ done: seen.reader?.bytes, total: seen.reader?.bytes });
  expect(seen.library.sources).toHaveLength(9);
  const named = (name: string) => seen.library.sources.find((one) => one.name === name);
  expect(named('leave-policy.md')?.id).toBeDefined();
  expect(named('leave-policy-2017.md')?.replacedBy).toBe(named('leave-policy.md')?.id);
  expect(new Set(seen.indexing).size).toBeGreaterThan(1);
  expect(seen.library.problem).toBeNull();
});

test('what is indexed is stored', async () => {
  expect(await storedRows()).toBe(seen.library.sources.reduce((sum, { chunkCount }) => sum + chunkCount, 0));
});

test('sample questions point at the stored documents', async () => {
  const ids = new Set(seen.library.sources.map(({ documentId }) => documentId));
  const answerable = (await seen.lab.sampleQuestions()).filter(({ kind }) => kind !== 'unanswerable');
  expect(answerable.length).toBeGreaterThan(100);
  for (const { evidence } of answerable) expect(evidence.map(({ documentId }) => ids.has(documentId))).toEqual([true]);
});

test('the recorded question is answered in its four lanes; without passages word for word as recorded', async () => {
  const recording = await seen.lab.recording();
  if (!recording) throw new Error('There is no recording.');
  const { question, lanes, seed } = recording;
  const texts = new Set<string>();
  const answers = await finish(seen.lab.compare(lanes, question, seed, signal), (event) => {
    if (event.kind === 'text') texts.add(event.laneId);
  });
  expect(answers.map(({ outcome }) => outcome.kind)).toEqual(['answered', 'answered', 'answered', 'answered']);
  expect(texts.size).toBe(4);
  const tokens = (from: typeof answers) =>
    from.map(({ outcome }) => (outcome.kind === 'answered' ? outcome.tokens : null));
  expect(tokens(answers)[0]).toEqual(tokens([...recording.answers])[0]);
  const shown = answers.map(({ briefing }) => briefing?.passages ?? []);
  const open = shown[1]?.map(({ chunk }) => chunk.id);
  expect(open).toHaveLength(4);
  expect(shown[2]?.filter(({ noise }) => !noise).map(({ chunk }) => chunk.id)).toEqual(open);
  expect(shown[2]?.some(({ noise }) => noise)).toBe(true);
  expect(shown[3]).toEqual(shown[2]);
  // The recording was made in Node: the page's noise is the same, in the same places.
  const placed = (passages: (typeof shown)[number]) => passages.map(({ chunk, noise }) => [chunk.text, noise?.kind]);
  expect(placed(shown[2] ?? [])).toEqual(placed([...(recording.answers[2]?.briefing?.passages ?? [])]));
});

test('gold only shows where the answer is', async () => {
  const question = await firstQuestion();
  const gold = READ.slice(0, 1).map((lane) => ({ ...lane, sees: { kind: 'gold' } as const }));
  const [answer] = await finish(seen.lab.compare(gold, question, 7, signal));
  expect(answer?.briefing?.passages.map(({ chunk }) => 'documentId' in chunk && chunk.documentId)).toEqual([
    question.evidence[0]?.documentId,
  ]);
});

test('stopping while lanes are written leaves the lab usable', async () => {
  const question = await firstQuestion();
  const stopper = new AbortController();
  const run = finish(seen.lab.compare(READ, question, 7, stopper.signal), (event) => {
    if (event.kind === 'text') stopper.abort();
  });
  await expect(run).rejects.toMatchObject({ name: 'AbortError' });
  const [answer] = await finish(seen.lab.compare(READ.slice(0, 1), question, 7, signal));
  expect(answer?.outcome.kind).toBe('answered');
});

test('files are read, indexed and found; a bad one does not stop the others; twice is once', async () => {
  const files = [
    new File([''], 'empty.txt'),
    new File([POOL], 'pool.md'),
    new File([Uint8Array.from([0, 1, 2, 255, 0, 0])], 'junk.txt'),
    new File([POOL], 'pool.md'),
  ];
  const steps: number[] = [];
  const added = await finish(seen.lab.addFiles(files, signal), ({ done }) => steps.push(done));
  expect(steps).toEqual([0, 1, 2, 3, 4]);
  const told = added.map(({ outcome }) => (outcome.kind === 'added' ? outcome.source.name : codeOf(outcome)));
  expect(told).toEqual(['empty-document', 'pool.md', 'not-text', 'pool.md']);
  expect(seen.library.sources).toHaveLength(10);
  await allIndexed(seen);
  expect(await passagesFor(seen, POOL_ASKED)).toContain(POOL_HOURS);
});

test('a source out of use is not found; a removed one comes back with its vectors', async () => {
  const pool = seen.library.sources.find(({ name }) => name === 'pool.md');
  if (!pool) throw new Error('pool.md is not there.');
  await seen.lab.setUse(pool.id, false);
  expect(await passagesFor(seen, POOL_ASKED)).not.toContain(POOL_HOURS);
  await seen.lab.setUse(pool.id, true);
  expect(await passagesFor(seen, POOL_ASKED)).toContain(POOL_HOURS);
  const rows = await storedRows();
  const back = await seen.lab.removeSource(pool.id);
  expect(seen.library.sources).toHaveLength(9);
  expect(await passagesFor(seen, POOL_ASKED)).not.toContain(POOL_HOURS);
  await back();
  await allIndexed(seen);
  expect(seen.library.sources.find(({ name }) => name === 'pool.md')).toEqual(pool);
  expect(await storedRows()).toBe(rows);
  expect(await passagesFor(seen, POOL_ASKED)).toContain(POOL_HOURS);
});

test('an adapter of the visitor is checked, kept and worn', async () => {
  const question = await firstQuestion();
  const fetched = async (name: string) =>
    new File([await (await fetch(`${BASE}adapters/memo-voice/${name}`)).arrayBuffer()], name);
  const config = await fetched('adapter_config.json');
  const weights = await fetched('adapter_model.safetensors');
  await expect(seen.lab.addAdapter([config], signal)).rejects.toMatchObject({ code: 'adapter-incomplete' });
  const cut = new File([weights.slice(0, 5000)], weights.name);
  await expect(seen.lab.addAdapter([config, cut], signal)).rejects.toMatchObject({ code: 'adapter-damaged' });
  const info = await seen.lab.addAdapter([config, weights], signal);
  expect(info).toMatchObject({ builtIn: false, rank: 8, bytes: weights.size });

  const wearing = (adapterIds: readonly string[]) =>
    READ.slice(0, 1).flatMap((lane) =>
      adapterIds.map((adapterId) => ({ ...lane, id: adapterId, wears: adapterId ? [{ adapterId, strength: 1 }] : [] })),
    );
  const lanes = wearing(['', info.id, 'memo-voice']);
  const [plain, own, builtIn] = await finish(seen.lab.compare(lanes, question, 7, signal));
  expect(own?.text).toBe(builtIn?.text);
  expect(own?.text).not.toBe(plain?.text);

  await seen.lab.removeAdapter(info.id);
  const [gone, still] = await finish(seen.lab.compare(wearing([info.id, '']), question, 7, signal));
  expect(gone?.outcome).toMatchObject({ kind: 'failed', error: { code: 'adapter-unknown' } });
  expect(still?.text).toBe(plain?.text);
});

test('a second visit finds everything and embeds nothing anew', async () => {
  const rows = await storedRows();
  const next = watch();
  await next.lab.start(signal);
  await allIndexed(next);
  expect(next.library.sources).toEqual(seen.library.sources);
  expect(next.indexing).toEqual([]);
  expect(await storedRows()).toBe(rows);
});

test('the sample stays away once deleted with everything else, until asked for', async () => {
  await seen.lab.deleteEverything();
  expect(seen.library.sources).toEqual([]);
  expect(await storedRows()).toBe(0);
  const next = watch();
  await next.lab.start(signal);
  expect(next.library.sources).toEqual([]);
  await seen.lab.addSample(signal);
  await allIndexed(seen);
  expect(seen.library.sources).toHaveLength(9);
  expect(await storedRows()).toBe(seen.library.chunkCount);
});
