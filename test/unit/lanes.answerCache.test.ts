import { expect, test } from 'vitest';
import type { Completion, WriteEvent, WriteRequest } from '../../src/generation/engine';
import { finish } from '../../src/job';
import { AnswerCache, type CachedModel, type MaybeCached } from '../../src/lanes/answerCache';
import { openBench } from '../../src/lanes/bench';
import { compare } from '../../src/lanes/compare';
import type { Lane, Noisy } from '../../src/lanes/lane';
import { CLOSED, lane, OPEN } from '../../src/lanes/presets';
import { library, parrot, QUESTION } from '../fixtures/keld';

const { signal } = new AbortController();
const MODEL: CachedModel = { key: 'tiny WASM', adapterKey: (id) => id };
const noisy = (noise: number): Noisy => ({ kind: 'noisy', passages: 2, noise, noiseKinds: ['look-alike'] });

function lab(most?: number) {
  const engine = parrot();
  const cache = new AnswerCache(most);
  const model = { ...engine, write: cache.before(engine.write, MODEL) };
  const ask = (...lanes: readonly Lane[]) =>
    finish(compare(lanes, openBench(QUESTION, library(), 7, signal), model, signal));
  const asked = () => engine.calls.map((requests) => requests.length);
  return { ask, asked, cache };
}

const fromCache = (answers: Awaited<ReturnType<ReturnType<typeof lab>['ask']>>) =>
  answers.map(({ outcome }) => outcome.kind === 'answered' && outcome.fromCache === true);

test('moving the noise back and forth asks the engine once for each amount, and says what comes from the cache', async () => {
  const { ask, asked } = lab();
  const [first] = await ask(lane('a', 'Noisy', noisy(1)));
  const [second] = await ask(lane('a', 'Noisy', noisy(2)));
  expect(fromCache([first, second].filter((one) => one !== undefined))).toEqual([false, false]);
  const [back] = await ask(lane('b', 'Other', noisy(1)));
  const [forth] = await ask(lane('a', 'Noisy', noisy(2)));
  expect(asked()).toEqual([1, 1]);
  expect(fromCache([back, forth].filter((one) => one !== undefined))).toEqual([true, true]);
  expect(back?.text).toBe(first?.text);
  expect(back?.laneId).toBe('b');
  expect(back?.verdict).toBe(first?.verdict);
  // No noise at all is the open book, to the letter.
  await ask(lane('c', 'Open', { ...OPEN, passages: 2 }));
  const [none] = await ask(lane('d', 'Noisy', noisy(0)));
  expect(fromCache(none ? [none] : [])).toEqual([true]);
  expect(asked()).toEqual([1, 1, 1]);
});

test('in one call only what is new is written, and every lane has its own answer', async () => {
  const { ask, asked } = lab();
  await ask(lane('a', 'Open', OPEN));
  const answers = await ask(lane('x', 'Closed', CLOSED), lane('y', 'Open', OPEN), lane('z', 'Noisy', noisy(2)));
  expect(asked()).toEqual([1, 2]);
  expect(fromCache(answers)).toEqual([false, true, false]);
  expect(answers.map(({ laneId, text }) => [laneId, text])).toEqual([
    ['x', 'It is 9 weeks.'],
    ['y', 'It is 5 months.'],
    ['z', 'It is 5 months.'],
  ]);
});

const request = (change: Partial<WriteRequest> = {}): WriteRequest => ({
  messages: [{ role: 'user', content: 'Why?' }],
  wears: [],
  sampling: { temperature: 0, topP: 1, maxTokens: 96, seed: 7 },
  ...change,
});

/** Whether `second` is answered from what `first` left. */
async function shares(first: WriteRequest, second: WriteRequest, then: CachedModel = MODEL): Promise<boolean> {
  const engine = parrot();
  const cache = new AnswerCache();
  await finish(cache.before(engine.write, MODEL)([first], signal));
  const [completion] = (await finish(cache.before(engine.write, then)([second], signal))) as MaybeCached[];
  expect(engine.calls).toHaveLength(completion?.fromCache ? 1 : 2);
  return completion?.fromCache === true;
}

test('all that decides an answer decides what is shared, and nothing else does', async () => {
  const { sampling } = request();
  const warm = { ...sampling, temperature: 0.7 };
  const wears = [
    { adapterId: 'a', strength: 1 },
    { adapterId: 'b', strength: 0.5 },
  ];
  expect(await shares(request(), request())).toBe(true);
  expect(await shares(request(), request({ sampling: { ...sampling, seed: 8, topP: 0.5 } }))).toBe(true);
  expect(await shares(request(), request({ wears: [{ adapterId: 'a', strength: 0 }] }))).toBe(true);
  expect(await shares(request({ wears }), request({ wears: wears.toReversed() }))).toBe(true);
  expect(await shares(request({ sampling: warm }), request({ sampling: warm }))).toBe(true);

  expect(await shares(request(), request({ messages: [{ role: 'user', content: 'Who?' }] }))).toBe(false);
  expect(await shares(request(), request({ messages: [{ role: 'system', content: 'Why?' }] }))).toBe(false);
  expect(await shares(request(), request({ sampling: { ...sampling, maxTokens: 95 } }))).toBe(false);
  expect(await shares(request({ sampling: warm }), request({ sampling: { ...warm, seed: 8 } }))).toBe(false);
  expect(await shares(request({ wears }), request({ wears: wears.slice(1) }))).toBe(false);
  expect(await shares(request({ wears }), request({ wears: wears.map((one) => ({ ...one, strength: 0.9 })) }))).toBe(
    false,
  );
  expect(await shares(request(), request(), { ...MODEL, key: 'tiny WebGPU' })).toBe(false);
  const others = { ...MODEL, adapterKey: (id: string) => `${id} of today` };
  expect(await shares(request({ wears }), request({ wears }), others)).toBe(false);
});

test('what failed or was stopped is not kept', async () => {
  const cache = new AnswerCache();
  let calls = 0;
  const failing = async function* (requests: readonly WriteRequest[]): AsyncGenerator<WriteEvent, Completion[], void> {
    calls++;
    const completion: Completion = { kind: 'failed', code: 'out-of-memory', message: 'No room.' };
    for (const at of requests.keys()) yield { kind: 'done', request: at, completion };
    return requests.map(() => completion);
  };
  const write = cache.before(failing, MODEL);
  await finish(write([request()], signal));
  await finish(write([request()], signal));
  expect(calls).toBe(2);
  expect(cache.size).toBe(0);
});

test('it is bounded, keeps what was used last, and can be cleared', async () => {
  const room = 3;
  const engine = parrot();
  const of = (text: string) => request({ messages: [{ role: 'user', content: text }] });
  const one = new AnswerCache();
  await finish(one.before(engine.write, MODEL)([of('a')], signal));
  // As many characters as `room` such answers take: a letter each, and all else alike.
  const size = JSON.stringify(['tiny WASM', [['user', 'a']], [], 96, null]).length + 'It is 9 weeks.'.length;
  const cache = new AnswerCache(room * size);
  const write = cache.before(engine.write, MODEL);
  const ask = async (text: string) =>
    ((await finish(write([of(text)], signal))) as MaybeCached[])[0]?.fromCache === true;
  for (const text of ['a', 'b', 'c']) expect(await ask(text)).toBe(false);
  expect(await ask('a')).toBe(true);
  expect(await ask('d')).toBe(false);
  expect(cache.size).toBe(room);
  expect(await ask('a')).toBe(true);
  expect(await ask('b')).toBe(false);
  cache.clear();
  expect(cache.size).toBe(0);
  expect(await ask('a')).toBe(false);
});
