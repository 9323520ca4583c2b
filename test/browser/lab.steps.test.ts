/** Search in steps with a real reader: the built-in one, marked able to write as it is not. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { READERS, type ReaderEntry } from '../../src/generation/models';
import { finish } from '../../src/job';
import type { Step } from '../../src/retrieval/steps';
import { allIndexed, emptyDatabase, labWith, watch, type Watched } from '../fixtures/lab/opened';

// Real models on whatever machine this is: a hang guard, not a speed.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });
const { signal } = new AbortController();
const [reader] = READERS as readonly [ReaderEntry];
const QUESTION = 'How long is the trial period at Harrowgate & Lune?';
const STEPS = { rewrites: 2, hops: 1, read: 2 };

const WRITER: ReaderEntry = { ...reader, id: 'tiny-writer', label: 'Tiny writer', writes: true };
let seen: Watched;

beforeAll(async () => {
  await emptyDatabase();
  seen = watch(labWith({ readers: [reader, WRITER], rerankers: [] }));
  await seen.lab.start(signal);
  await allIndexed(seen);
});
afterAll(async () => {
  await seen.lab.deleteEverything();
});

test('is refused with a reader that is not marked able to write', async () => {
  await expect(finish(seen.lab.searchInSteps(QUESTION, 5, STEPS, {}, signal))).rejects.toMatchObject({
    code: 'model-unsupported',
    message: 'Tiny reader is not marked able to write queries.',
  });
});

test('tells every step, and finds at least what the question alone does', async () => {
  const { lab } = seen;
  lab.use('reader', WRITER.id);
  const told: Step[] = [];
  const { hits, steps } = await finish(lab.searchInSteps(QUESTION, 5, STEPS, {}, signal), (step) => told.push(step));
  expect(steps).toEqual(told);
  // What it writes is the model's own affair, and so how many searches there are; what was asked of it is not.
  const kinds = told.map(({ kind }) => kind);
  expect(kinds.slice(0, 3)).toEqual(['searched', 'writing', 'rewritten']);
  expect(kinds.filter((kind) => kind === 'writing')).toHaveLength(2);
  const searched = told.flatMap((step) => (step.kind === 'searched' ? [step] : []));
  const queries = told.flatMap((step) =>
    step.kind === 'rewritten' ? step.queries : step.kind === 'read' && step.next !== null ? [step.next] : [],
  );
  expect(searched.map(({ query }) => query)).toEqual([QUESTION, ...queries]);
  expect(hits).toHaveLength(5);
  expect(hits.map(({ chunk }) => chunk.id)).toContain(searched[0]?.hits[0]?.chunk.id);
});
