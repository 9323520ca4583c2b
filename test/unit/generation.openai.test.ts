/** The engine against a real server, in its dialects and with faults. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { WriteRequest } from '../../src/generation/engine';
import { listServed, servedReader } from '../../src/generation/engines/openai/served';
import { finish } from '../../src/job';
import { type Dialect, type OpenAiServer, openAiServer } from '../fixtures/openaiServer';
import { type Asking, loadServed, writeServed } from '../fixtures/servedModel';
import { GREEDY, messages } from './engine.contract';

const KEY = 'sk-hunter2';
const { signal } = new AbortController();
const ONE: WriteRequest = { messages, wears: [], sampling: GREEDY };
const SAID = 'The trial period is 5 months [1].';

let server: OpenAiServer;
let key: string | null;
const openServer = async (dialect: Dialect) => {
  server = await openAiServer(dialect, ({ model }) => (model === 'reader' ? SAID : `${model}: ${SAID}`));
};
beforeEach(() => {
  key = null;
});
afterEach(() => server[Symbol.asyncDispose]());

const load = (asking: Asking = {}, base = server.base) => loadServed(base, { key, ...asking });
const write = (...requests: WriteRequest[]) => writeServed(server, requests, { key });

describe.each(['vllm', 'llama.cpp', 'ollama'] as const)('%s', (dialect) => {
  beforeEach(() => openServer(dialect));

  test('answers with its counts, the request as the lane says it', async () => {
    const sampling = { temperature: 0.7, topP: 0.9, maxTokens: 20, seed: 11 };
    const [completion] = await write({ ...ONE, sampling });
    expect(completion).toMatchObject({ kind: 'written', text: SAID, tokens: null, stoppedBy: 'end' });
    expect(completion).toMatchObject({ usage: { answerTokens: 7, shared: false } });
    if (completion?.kind === 'written') expect(completion.usage.promptTokens).toBeGreaterThan(20);
    expect(server.chats).toEqual([
      {
        model: 'reader',
        messages,
        stream: true,
        stream_options: { include_usage: true },
        temperature: 0.7,
        top_p: 0.9,
        max_tokens: 20,
        seed: 11,
      },
    ]);
  });

  test('asks without a key where there is none, and with it in one header alone', async () => {
    await write(ONE);
    expect(server.headers.map(({ authorization }) => authorization)).toEqual([undefined, undefined]);
    key = KEY;
    await write(ONE);
    const keyed = server.headers.slice(2);
    expect(keyed.map(({ authorization }) => authorization)).toEqual([`Bearer ${KEY}`, `Bearer ${KEY}`]);
    expect(JSON.stringify(server.chats)).not.toContain(KEY);
  });

  test('a schema goes along in the form that all of them take', async () => {
    const schema = { type: 'object' };
    await write({ ...ONE, schema });
    expect(server.chats[0]?.response_format).toEqual({
      type: 'json_schema',
      json_schema: { name: 'answer', schema, strict: true },
    });
  });
});

test('the list of models tells adapters and windows where the server does', async () => {
  await openServer('vllm');
  const ask = () => listServed({ base: server.base, key: null, pageProtocol: 'http:' }, signal);
  expect(await ask()).toEqual([
    { id: 'reader', adapterOf: null, root: 'openbook/reader', window: 1024 },
    { id: 'json-lora', adapterOf: 'reader', root: '/loras/json', window: null },
    { id: 'alien-lora', adapterOf: 'other', root: '/loras/alien', window: null },
  ]);
  await server[Symbol.asyncDispose]();
  await openServer('ollama');
  expect(await ask()).toEqual([{ id: 'reader', adapterOf: null, root: null, window: null }]);
  const [reader] = await ask();
  if (!reader) throw new Error('No model.');
  expect(servedReader(server.base, reader)).toMatchObject({ baseName: 'reader', contextTokens: Infinity });
});

test('requests run at once, four at most, and say that they shared the time', async () => {
  await openServer('vllm');
  const all = await write(...Array.from({ length: 9 }, () => ONE));
  expect(all.map((one) => one.kind === 'written' && one.usage.shared)).toEqual(Array(9).fill(true));
  expect(server.chats).toHaveLength(9);
  expect(server.most).toBe(4);
});

describe('adapters of a server', () => {
  beforeEach(() => openServer('vllm'));
  const worn = (...wears: WriteRequest['wears']) => write({ ...ONE, wears });

  test('one that it serves with this model is worn by its name', async () => {
    expect(await worn({ adapterId: 'json-lora', strength: 1 })).toMatchObject([{ text: `json-lora: ${SAID}` }]);
  });

  test.each([
    ['another strength', [{ adapterId: 'json-lora', strength: 0.5 }], 'adapter-unsupported', /strength 1 .*0\.5/],
    [
      'two at once',
      [
        { adapterId: 'json-lora', strength: 1 },
        { adapterId: 'other-lora', strength: 1 },
      ],
      'adapter-unsupported',
      /one adapter at a time; 2/,
    ],
    ['one of another model', [{ adapterId: 'alien-lora', strength: 1 }], 'adapter-mismatch', /alien-lora/],
    ['one that is not there', [{ adapterId: 'gone', strength: 1 }], 'adapter-mismatch', /gone/],
  ] as const)('%s is refused before anything is asked', async (_name, wears, code, message) => {
    expect(await worn(...wears)).toMatchObject([{ code, message: expect.stringMatching(message) as string }]);
    expect(server.chats).toHaveLength(0);
  });

  test('an adapter of this page is found by its label, and told how to serve where it is not', async () => {
    await using model = await load();
    const adapter = { baseModel: null, rank: 8, alpha: 8, pairs: [] };
    await model.addAdapter({ ...adapter, id: 'a1', label: 'json-lora' });
    const [completion] = await finish(model.write([{ ...ONE, wears: [{ adapterId: 'a1', strength: 1 }] }], signal));
    expect(completion).toMatchObject({ text: `json-lora: ${SAID}` });
    await expect(model.addAdapter({ ...adapter, id: 'a2', label: 'memo' })).rejects.toMatchObject({
      code: 'adapter-unsupported',
      message: expect.stringContaining('--lora-modules memo=PATH') as string,
    });
    await expect(model.addAdapter({ ...adapter, id: 'alien-lora', label: 'x' })).rejects.toMatchObject({
      code: 'adapter-mismatch',
    });
  });
});

describe('what is refused before it is asked', () => {
  beforeEach(() => openServer('vllm'));

  test('http from a page that came by https', async () => {
    const far = 'http://192.0.2.1:8000/v1';
    await expect(load({ pageProtocol: 'https:' }, far)).rejects.toMatchObject({ code: 'server-mixed' });
    // On this machine it is allowed.
    await using model = await load({ pageProtocol: 'https:' });
    expect(model.runsOn).toBe(`server at ${new URL(server.base).host}`);
  });

  test('a model that the server does not have', async () => {
    await expect(load({ id: 'llama' })).rejects.toMatchObject({ code: 'server-model-unknown' });
  });

  test('a key that cannot be one, without telling it', async () => {
    key = `${KEY}\n`;
    const error: unknown = await load().catch((one: unknown) => one);
    expect(error).toMatchObject({ code: 'server-refused' });
    expect(JSON.stringify([String(error), (error as Error).cause ?? null])).not.toContain('hunter2');
    expect(server.headers).toHaveLength(0);
  });

  test('a server that is not there', async () => {
    const { base } = server;
    await using model = await load();
    await server[Symbol.asyncDispose]();
    await expect(load({}, base)).rejects.toMatchObject({
      code: 'server-unreachable',
      message: expect.stringContaining('(CORS)') as string,
    });
    expect(await finish(model.write([ONE], signal))).toMatchObject([{ kind: 'failed', code: 'server-unreachable' }]);
  });
});

test('stopped while the server is silent, it ends at once and the server is told', async () => {
  await openServer('vllm');
  await using model = await load();
  const abort = new AbortController();
  server.fault = (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(':\n\n');
    setTimeout(() => {
      abort.abort();
    }, 10);
  };
  const run = finish(model.write([ONE, ONE, ONE, ONE, ONE], abort.signal));
  await expect(run).rejects.toHaveProperty('name', 'AbortError');
  await expect.poll(() => server.left).toBe(4);
  expect(server.chats).toHaveLength(4);
});

test('whoever leaves early leaves nothing under way at the server', async () => {
  await openServer('vllm');
  await using model = await load();
  server.fault = (response) => {
    const piece = { choices: [{ index: 0, delta: { content: 'The ' }, finish_reason: null }] };
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(`data: ${JSON.stringify(piece)}\n\n`);
  };
  for await (const event of model.write([ONE, ONE, ONE, ONE, ONE], signal)) if (event.kind === 'text') break;
  // Those that had not reached the server yet never do.
  await expect.poll(() => server.chats.length === server.left).toBe(true);
  expect(server.chats.length).toBeLessThanOrEqual(4);
  expect(server.left).toBeGreaterThan(0);
});
