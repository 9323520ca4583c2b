import { describe, expect, test } from 'vitest';
import type { Chunk } from '../../src/documents/document';
import { LabError } from '../../src/errors';
import { WEBLLM_READERS } from '../../src/generation/engines/webllm/catalogue';
import { READERS } from '../../src/generation/models';
import { writerOf } from '../../src/generation/writer';
import { finish } from '../../src/job';
import { HybridRetriever } from '../../src/retrieval/hybrid';
import { readNext, readQueries } from '../../src/retrieval/rewriting';
import { type Step, type StepSettings, TWO_HOPS, searchInSteps } from '../../src/retrieval/steps';
import type { Writer } from '../../src/writer';
import { scriptedEngine } from '../fixtures/scriptedEngine';

const { signal } = new AbortController();

const TEXTS = [
  'Keld Trust was registered in Marlow in 1952.',
  'The Trust keeps its records for ten years.',
  'Head of the office in Marlow is Ann Hale.',
  'Head of the office in Osmere is Tom Reed. The head, the office.',
  'Rowing boats lie behind the harbour.',
];
const retriever = new HybridRetriever();
retriever.setChunks({
  current: TEXTS.map((text, i): Chunk => ({
    id: String(i),
    documentId: String(i),
    documentTitle: '',
    title: '',
    text,
    ordinal: 0,
    start: 0,
    end: text.length,
    headings: [],
    page: null,
  })),
  stale: [],
});

/** Writes these, one after the other, in pieces; keeps what it was asked. */
function script(...texts: readonly string[]): Writer & { readonly asked: string[][] } {
  const asked: string[][] = [];
  const left = [...texts];
  const writer: Writer = async function* (messages, stop) {
    await Promise.resolve();
    stop.throwIfAborted();
    asked.push(messages.map(({ content }) => content));
    const text = left.shift();
    if (text === undefined) throw new LabError('context-overflow', 'One request too many.');
    for (const piece of text.split(/(?<=\s)/)) yield piece;
    return text;
  };
  return Object.assign(writer, { asked });
}

async function run(writer: Writer, settings: Partial<StepSettings>, question: string, limit = 2, stop = signal) {
  const told: Step[] = [];
  const all = { rewrites: 0, hops: 0, read: 3, ...settings };
  const job = searchInSteps({ retriever, writer }, question, limit, all, {}, stop);
  const found = await finish(job, (step) => told.push(step));
  expect(found.steps).toEqual(told);
  expect(found.hits.map(({ rank }) => rank)).toEqual(found.hits.map((_, i) => i + 1));
  return { ids: found.hits.map(({ chunk }) => chunk.id), steps: told, hits: found.hits };
}

describe('a two-hop question', () => {
  const question = 'Who works where Keld Trust was registered?';

  test('is searched, read and searched again, each step told', async () => {
    const writer = script('Head of the office in Marlow\n');
    const { ids, steps } = await run(writer, TWO_HOPS, question);
    expect((await retriever.search(question, 2, 'current', signal)).map(({ chunk }) => chunk.id)).toEqual(['0', '1']);
    expect(ids).toEqual(['0', '2']);
    expect(steps.map(({ kind }) => kind)).toEqual(['searched', 'writing', 'read', 'searched']);
    expect(steps.map(({ says }) => says)).toEqual([
      `Searched for “${question}”: 2 passages.`,
      'Reading the best 2 passages for what is still missing.',
      'Still to be looked for: “Head of the office in Marlow”.',
      'Searched for “Head of the office in Marlow”: 2 passages, 2 of them new.',
    ]);
    expect(writer.asked[0]?.[1]).toBe(
      `Passages:\n[1] ${TEXTS[0] ?? ''}\n[2] ${TEXTS[1] ?? ''}\n\nQuestion: ${question}`,
    );
  });

  test('ends where the model has enough, or writes what was searched already', async () => {
    for (const written of ['ENOUGH', 'Enough.', '', `1. "${question.toUpperCase()}"`, 'x '.repeat(150)]) {
      const { ids, steps } = await run(script(written), { hops: 3 }, question);
      expect(ids).toEqual(['0', '1']);
      expect(steps.at(-1)).toMatchObject({ kind: 'read', written, next: null });
    }
  });

  test('has as many hops as are asked for, and reads what all searches found', async () => {
    const writer = script('office in Marlow', 'rowing boats');
    const { ids } = await run(writer, { hops: 2 }, question, 3);
    expect(writer.asked).toHaveLength(2);
    expect(writer.asked[1]?.[1]).toContain(TEXTS[2]);
    expect(ids).toContain('4');
  });

  test('where nothing is found nothing is read', async () => {
    const { steps } = await run(script(), { hops: 1 }, 'xylophone');
    expect(steps.map(({ says }) => says)).toEqual(['Searched for “xylophone”: nothing was found.']);
  });
});

describe('other wordings', () => {
  test('are searched beside the question; lists vote by rank', async () => {
    const { ids, steps, hits } = await run(script('1. rowing boats\n- "the harbour"\n'), { rewrites: 2 }, 'Keld Trust');
    expect(steps[2]).toMatchObject({
      queries: ['rowing boats', 'the harbour'],
      says: 'Put it as “rowing boats”, “the harbour”.',
    });
    // Two lists have it first, one the other.
    expect(ids).toEqual(['4', '0']);
    expect(hits.map(({ score }) => score)).toEqual(
      [2 / 61, 1 / 61].map((score) => expect.closeTo(score, 12) as number),
    );
    expect(hits[0]?.words?.rank).toBe(1);
  });

  test('none that can be used: the question alone', async () => {
    const { ids, steps } = await run(script('keld, trust!'), { rewrites: 2 }, 'Keld Trust');
    expect(steps.at(-1)).toMatchObject({ kind: 'rewritten', queries: [], says: 'The model wrote no other wording.' });
    expect(ids).toEqual(['0', '1']);
  });

  test('without either the model is not asked', async () => {
    const writer = script();
    const { ids } = await run(writer, {}, 'Keld Trust');
    expect(ids).toEqual(['0', '1']);
    expect(writer.asked).toEqual([]);
  });
});

test('lines become queries: marks, numbers, quotes and names for them go; doubles and long ones are left out', () => {
  const written = '1) first\n(2) “second one”\n* Query 3: third\n\nFIRST!\n- 25 days of leave\n' + 'long '.repeat(60);
  expect(readQueries(written, 9, ['Third'])).toEqual(['first', 'second one', '25 days of leave']);
  expect(readQueries(written, 1, [])).toEqual(['first']);
  expect(readNext('\n\nSearch query: who pays\nmore', [])).toBe('who pays');
  expect(readNext('enough', [])).toBeNull();
  expect(readNext('enoughness in law', [])).toBe('enoughness in law');
});

test('stopping stops, and what the model fails with is thrown', async () => {
  const stop = new AbortController();
  const job = searchInSteps(
    { retriever, writer: script('x') },
    'Keld',
    2,
    { rewrites: 1, hops: 0, read: 1 },
    {},
    stop.signal,
  );
  await expect(finish(job, () => stop.abort())).rejects.toHaveProperty('name', 'AbortError');
  await expect(run(script(), { rewrites: 1 }, 'Keld')).rejects.toHaveProperty('code', 'context-overflow');
});

test('a loaded model is a writer: its pieces, the whole, its error', async () => {
  const [reader] = READERS;
  if (!reader) throw new Error('There is no reader.');
  const model = await finish(scriptedEngine((prompt) => `You said: ${prompt}`).load(reader, signal));
  const pieces: string[] = [];
  const messages = [{ role: 'user' as const, content: 'one two' }];
  expect(await finish(writerOf(model, 3)(messages, signal), (piece) => pieces.push(piece))).toBe('You said: one ');
  expect(pieces.join('')).toBe('You said: one ');
  const long = [{ role: 'user' as const, content: 'x '.repeat(reader.contextTokens) }];
  await expect(finish(writerOf(model, 3)(long, signal))).rejects.toHaveProperty('code', 'context-overflow');
});

test('the built-in readers are not marked able to write, nor any below 350 million weights', () => {
  const marked = [...READERS, ...WEBLLM_READERS].filter(({ writes }) => writes).map(({ id }) => id);
  expect(marked).toContain('qwen3-0.6b');
  expect(marked.filter((id) => /tiny|small|135m|270m/i.test(id))).toEqual([]);
  expect(marked).toHaveLength(READERS.length + WEBLLM_READERS.length - 5);
});
