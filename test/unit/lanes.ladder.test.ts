import { expect, test } from 'vitest';
import type { Progress } from '../../src/job';
import { finish } from '../../src/job';
import { AnswerCache } from '../../src/lanes/answerCache';
import { openBench } from '../../src/lanes/bench';
import { compare } from '../../src/lanes/compare';
import { type LadderRequest, RUNGS, TOP_RUNG, breakOf, climbLadder } from '../../src/lanes/ladder';
import type { Noisy } from '../../src/lanes/lane';
import { lane } from '../../src/lanes/presets';
import { library, parrot, QUESTION } from '../fixtures/keld';

const { signal } = new AbortController();
const SEES: Noisy = { kind: 'noisy', passages: 2, noise: 3, noiseKinds: ['look-alike', 'random'] };
const ROBUST = [{ adapterId: 'robust', strength: 1 }];
const REQUEST: LadderRequest = {
  sees: SEES,
  told: '',
  modelId: 'tiny',
  sampling: { temperature: 0, topP: 1, maxTokens: 96, seed: 7 },
  series: [[], ROBUST],
};

function climb(engine: ReturnType<typeof parrot>, request = REQUEST, question = QUESTION) {
  const bench = { ...openBench(question, library(), 7, signal), noisePool: TOP_RUNG };
  const progress: Progress[] = [];
  const job = climbLadder(request, (lanes) => compare(lanes, bench, engine, signal));
  return finish(job, (event) => progress.push(event)).then((ladder) => ({ ladder, progress, bench }));
}

test('every rung is answered for every series in one call, and shows the first distractors of the next', async () => {
  const engine = parrot({ holds: { base: 4, robust: 7 } });
  const { ladder, progress } = await climb(engine);
  expect(engine.calls.map((requests) => requests.length)).toEqual([12]);
  expect(ladder.rungs.map(({ noise, missing }) => [noise, missing])).toEqual(RUNGS.map((noise) => [noise, null]));
  const noiseAt = ladder.rungs.map(({ answers }) =>
    answers.map(({ briefing }) => {
      const shown = briefing?.passages.filter(({ noise }) => noise).map(({ chunk }) => chunk.id) ?? [];
      return shown.toSorted();
    }),
  );
  for (const [i, [base, robust]] of noiseAt.entries()) {
    expect(base).toHaveLength(RUNGS[i] ?? NaN);
    expect(robust).toEqual(base);
    expect(noiseAt[i + 1]?.[0] ?? base).toEqual(expect.arrayContaining(base ?? []));
  }
  expect(progress[0]).toEqual({ step: 'Answering', done: 0, total: 12, unit: 'answers' });
  expect(progress.at(-1)?.done).toBe(12);
  expect(ladder.report).toMatchObject({ asked: 8, shown: 8 });

  // Two are retrieved, so that four passages are two distractors.
  const verdicts = (series: number) => ladder.rungs.map(({ answers }) => answers[series]?.verdict);
  expect(verdicts(0)).toEqual(['correct', 'correct', 'correct', 'wrong', 'wrong', 'wrong']);
  expect(verdicts(1)).toEqual(['correct', 'correct', 'correct', 'correct', 'correct', 'wrong']);
  expect(breakOf(ladder, 0)).toEqual({ kind: 'breaks', at: 3, verdict: 'wrong' });
  expect(breakOf(ladder, 1)).toEqual({ kind: 'breaks', at: 8, verdict: 'wrong' });
});

test('a series may hold to the top, never be right, or be unmarked', async () => {
  const { ladder } = await climb(parrot({ holds: { base: 1 } }));
  expect(breakOf(ladder, 0)).toEqual({ kind: 'never' });
  expect(breakOf(ladder, 1)).toEqual({ kind: 'holds', upTo: 8 });
  const unknown = await climb(parrot(), REQUEST, { ...QUESTION, accepted: null, evidence: [] });
  expect(breakOf(unknown.ladder, 0)).toEqual({ kind: 'unmarked' });
  expect(unknown.ladder.rungs.every(({ answers }) => answers.length === 2)).toBe(true);
});

test('rungs that the window does not hold are told, and the others answered', async () => {
  const { ladder } = await climb(parrot({ window: 110 }));
  const missing = ladder.rungs.map(({ missing: why }) => why);
  expect(missing.slice(0, 4)).toEqual([null, null, null, null]);
  expect(missing.at(-1)).toBe('window');
  expect(ladder.rungs.at(-1)?.answers).toEqual([]);
  expect(breakOf(ladder, 0).kind).toBe('holds');
});

test('rungs for which the library has not enough noise are told', async () => {
  const sees: Noisy = { ...SEES, noiseKinds: ['value removed'] };
  const { ladder } = await climb(parrot(), { ...REQUEST, sees });
  expect(ladder.rungs.map(({ missing }) => missing)).toEqual([null, null, null, null, 'library', 'library']);
  expect(ladder.report).toMatchObject({ shown: 3 });
});

test('a rate and a count of the lane do not change the ladder', async () => {
  const { ladder } = await climb(parrot(), { ...REQUEST, sees: { ...SEES, rate: 0.75, noise: 1 } });
  expect(ladder.rungs.map(({ answers }) => answers[0]?.briefing?.noise?.shown)).toEqual(RUNGS);
});

test('what fails otherwise ends the ladder, and stopping is no failure', async () => {
  const broken = parrot();
  const failing = {
    ...broken,
    write: async function* () {
      yield* [];
      return REQUEST.series
        .flatMap(() => RUNGS)
        .map(() => ({ kind: 'failed', code: 'out-of-memory', message: 'No room.' }) as const);
    },
  };
  await expect(climb({ ...failing })).rejects.toMatchObject({ code: 'out-of-memory' });
  const stopper = new AbortController();
  const bench = openBench(QUESTION, library(), 7, stopper.signal);
  const job = climbLadder(REQUEST, (lanes) => compare(lanes, bench, parrot(), stopper.signal));
  await job.next();
  stopper.abort();
  await expect(finish(job)).rejects.toHaveProperty('name', 'AbortError');
});

test('a lane with as much noise shares the ladder’s answer', async () => {
  const engine = parrot();
  const cache = new AnswerCache();
  const write = cache.before(engine.write, { key: 'tiny', adapterKey: (id) => id });
  await climb({ ...engine, write });
  const lanes = RUNGS.map((noise) => lane(String(noise), 'Noisy', { ...SEES, noise }));
  const answers = await finish(compare(lanes, openBench(QUESTION, library(), 7, signal), { ...engine, write }, signal));
  expect(answers.every(({ outcome }) => outcome.kind === 'answered' && outcome.fromCache)).toBe(true);
  expect(engine.calls).toHaveLength(1);
});
