import { expect, test } from 'vitest';
import { chunkDocument } from '../../src/documents/chunking';
import { type ErrorCode, LabError } from '../../src/errors';
import type { Completion, LoadedModel, WriteRequest } from '../../src/generation/engine';
import { finish } from '../../src/job';
import { openBench } from '../../src/lanes/bench';
import { compare } from '../../src/lanes/compare';
import type { CompareEvent } from '../../src/lanes/lane';
import { CLOSED, lane, OPEN } from '../../src/lanes/presets';
import type { Question } from '../../src/questions/question';
import { HybridRetriever } from '../../src/retrieval/hybrid';

const question: Question = {
  id: 'q',
  text: 'How long is the trial period at Keld?',
  accepted: ['5 months'],
  evidence: [],
  kind: 'plain',
  rephrases: null,
};
const retriever = new HybridRetriever();
const text = 'The trial period at Keld is 5 months.';
const keld = { id: 'keld', title: 'Keld', mediaType: 'text/plain', text };
retriever.setChunks({ current: chunkDocument(keld), stale: [] });

const WAIT_MS = 5;

/** Answers from what it is shown, word by word; a request that wears `broken` fails. */
function parrot(calls: (readonly WriteRequest[])[] = []): Pick<LoadedModel, 'countTokens' | 'write'> {
  return {
    countTokens: (texts) => Promise.resolve(texts.map((one) => one.split(' ').length)),
    async *write(requests, signal) {
      calls.push(requests);
      const completions: Completion[] = [];
      const done = (request: number, completion: Completion) => {
        completions.push(completion);
        return { kind: 'done', request, completion } as const;
      };
      for (const [request, { messages, wears }] of requests.entries()) {
        signal.throwIfAborted();
        if (wears.some((worn) => worn.adapterId === 'broken')) {
          yield done(request, { kind: 'failed', code: 'adapter-damaged', message: 'The adapter “broken” is damaged.' });
          continue;
        }
        yield { kind: 'started', request, promptTokens: 9 };
        const answer = messages.at(-1)?.content.includes('5 months') ? 'It is 5 months [1].' : 'It is 9 weeks.';
        for (const word of answer.split(/(?<= )/)) {
          signal.throwIfAborted();
          yield { kind: 'text', request, text: word, ms: 1 };
          await Promise.resolve();
        }
        const usage = { promptTokens: 9, answerTokens: 4, firstTokenMs: WAIT_MS, decodeMs: 1, shared: false };
        yield done(request, { kind: 'written', text: answer, tokens: [1, 2], stoppedBy: 'end', usage });
      }
      return completions;
    },
  };
}

function open(signal = new AbortController().signal, slow = retriever as Pick<HybridRetriever, 'search' | 'chunks'>) {
  return { bench: openBench(question, slow, 7, signal), signal };
}

test('all lanes are briefed, then written in one call, then marked', async () => {
  const lanes = [lane('a', 'Closed', CLOSED), lane('b', 'Open', OPEN)];
  const calls: (readonly WriteRequest[])[] = [];
  const events: CompareEvent[] = [];
  const { bench, signal } = open();
  const answers = await finish(compare(lanes, bench, parrot(calls), signal), (event) => events.push(event));

  expect(calls.map((requests) => requests.length)).toEqual([2]);
  expect(answers.map((one) => [one.laneId, one.verdict])).toEqual([
    ['a', 'wrong'],
    ['b', 'correct'],
  ]);
  expect(answers[1]?.citations).toEqual([{ start: 15, end: 18, passage: 0 }]);
  expect(answers[1]?.partTokens).toHaveLength(answers[1]?.briefing?.parts.length ?? -1);
  const told = events.map((event) => `${event.kind} ${event.laneId}`);
  expect(told.filter((one) => !one.startsWith('text'))).toEqual([
    'briefed a',
    'briefed b',
    'started a',
    'answered a',
    'started b',
    'answered b',
  ]);
  const heard = events.flatMap((event) => (event.kind === 'text' && event.laneId === 'b' ? [event.text] : []));
  expect(heard.join('')).toBe(answers[1]?.text);
});

test('the first token counts from Ask, finding passages included', async () => {
  const slow = {
    search: async (...args: Parameters<HybridRetriever['search']>) => {
      await new Promise((resolve) => setTimeout(resolve, 40));
      return retriever.search(...args);
    },
    chunks: retriever.chunks.bind(retriever),
  };
  const { bench, signal } = open(undefined, slow);
  const [answer] = await finish(compare([lane('b', 'Open', OPEN)], bench, parrot(), signal));
  if (answer?.outcome.kind !== 'answered') throw new Error('no answer');
  const found = answer.briefing?.retrievalMs ?? 0;
  expect(found).toBeGreaterThan(30);
  expect(answer.outcome.usage.firstTokenMs).toBeGreaterThanOrEqual(found + WAIT_MS);
});

test('the first token counts from when the asker began to wait, where that is told', async () => {
  const { bench, signal } = open();
  const asked = performance.now() - 1000;
  const [answer] = await finish(compare([lane('a', 'Closed', CLOSED)], bench, parrot(), signal, asked));
  if (answer?.outcome.kind !== 'answered') throw new Error('no answer');
  expect(answer.outcome.usage.firstTokenMs).toBeGreaterThanOrEqual(1000 + WAIT_MS);
});

test('a lane that cannot be briefed or written fails alone', async () => {
  const lanes = [
    lane('gold', 'Gold', { kind: 'gold' }),
    lane('bad', 'Broken', OPEN, 'broken'),
    lane('open', 'Open', OPEN),
  ];
  const { bench, signal } = open();
  const answers = await finish(compare(lanes, bench, parrot(), signal));
  expect(answers.map((one) => one.laneId)).toEqual(['gold', 'bad', 'open']);
  const codes = answers.map((one) => (one.outcome.kind === 'failed' ? one.outcome.error.code : one.outcome.kind));
  expect(codes).toEqual(['no-evidence', 'adapter-damaged', 'answered']);
  expect(answers.map((one) => one.verdict)).toEqual([null, null, 'correct']);
  expect(answers[1]?.briefing?.passages).toHaveLength(1);
  if (answers[1]?.outcome.kind === 'failed') expect(answers[1].outcome.error).toBeInstanceOf(LabError);
});

test('an engine that cannot count leaves the tokens of the parts unknown; one that fails to fails the lane', async () => {
  const lanes = [lane('a', 'Closed', CLOSED), lane('b', 'Open', OPEN)];
  const answered = async (code: ErrorCode) => {
    const { bench, signal } = open();
    const countTokens = () => Promise.reject(new LabError(code, 'No count.'));
    const events: CompareEvent[] = [];
    const model = { ...parrot(), countTokens };
    const answers = await finish(compare(lanes, bench, model, signal), (event) => events.push(event));
    const briefed = events.flatMap((event) => (event.kind === 'briefed' ? [event.partTokens] : []));
    return { briefed, answers: answers.map(({ outcome, partTokens }) => [outcome.kind, partTokens]) };
  };
  expect(await answered('model-unsupported')).toEqual({
    briefed: [null, null],
    answers: [
      ['answered', null],
      ['answered', null],
    ],
  });
  expect(await answered('worker-lost')).toEqual({
    briefed: [],
    answers: [
      ['failed', null],
      ['failed', null],
    ],
  });
});

test('when no lane can be briefed the model is not asked', async () => {
  const calls: (readonly WriteRequest[])[] = [];
  const { bench, signal } = open();
  const answers = await finish(compare([lane('gold', 'Gold', { kind: 'gold' })], bench, parrot(calls), signal));
  expect(answers).toHaveLength(1);
  expect(calls).toHaveLength(0);
});

test('without a known answer nothing is marked', async () => {
  const { signal } = open();
  const bench = openBench({ ...question, accepted: null }, retriever, 7, signal);
  const answers = await finish(compare([lane('b', 'Open', OPEN)], bench, parrot(), signal));
  expect(answers.map((one) => one.verdict)).toEqual([null]);
});

test('stopping rejects with AbortError and keeps what was said before', async () => {
  const controller = new AbortController();
  const { bench } = open(controller.signal);
  let heard = '';
  const stopped = finish(compare([lane('b', 'Open', OPEN)], bench, parrot(), controller.signal), (event) => {
    if (event.kind !== 'text') return;
    heard += event.text;
    controller.abort();
  });
  await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
  expect(heard).toBe('It ');
});
