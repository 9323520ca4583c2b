/** The engine against a real server that refuses, breaks off or speaks otherwise. */
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { WriteRequest } from '../../src/generation/engine';
import { listServed } from '../../src/generation/engines/openai/served';
import { type OpenAiServer, openAiServer } from '../fixtures/openaiServer';
import { writeRaw, writeServed } from '../fixtures/servedModel';
import { GREEDY, messages } from './engine.contract';

const { signal } = new AbortController();
const KEY = 'sk-hunter2';
const ONE: WriteRequest = { messages, wears: [], sampling: GREEDY };
const SAID = 'The trial period is 5 months [1].';

let server: OpenAiServer;
beforeEach(async () => {
  server = await openAiServer('vllm', () => SAID);
});
afterEach(() => server[Symbol.asyncDispose]());

const raw = (answer: (response: ServerResponse) => void, key: string | null = null) =>
  writeRaw(server, ONE, answer, { key });

const SSE = { 'content-type': 'text/event-stream' };
const chunk = (delta: object, finish: string | null = null) =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;

describe('answers of another status', () => {
  const refused = (status: number, body: unknown, headers: Record<string, string> = {}, key: string | null = null) =>
    raw((response) => {
      const json = typeof body !== 'string';
      response.writeHead(status, { 'content-type': json ? 'application/json' : 'text/html', ...headers });
      response.end(json ? JSON.stringify(body) : body);
    }, key);

  test.each([
    ['vLLM without a key', 401, { error: 'Unauthorized' }, 'server-refused', /asks for a key .*“Unauthorized”/],
    ['a gateway', 403, { detail: 'Forbidden' }, 'server-refused', /“Forbidden”/],
    [
      'Ollama without the model',
      404,
      { error: { message: 'model "reader" not found, try pulling it first', type: 'not_found_error' } },
      'server-model-unknown',
      /try pulling it first/,
    ],
    ['a wrong path', 404, '<html>Not Found</html>', 'server-answer', /nothing at that address \(answer 404\)/],
    ['a loading llama.cpp', 503, { error: { message: 'Loading model', code: 503 } }, 'server-busy', /Loading model/],
    ['an older vLLM', 500, { object: 'error', message: 'CUDA error', code: 500 }, 'server-failed', /CUDA error/],
    ['a proxy', 502, '<html>Bad Gateway</html>', 'server-failed', /answer 502/],
    ['a field it does not know', 400, { error: { message: 'Unknown field: seed' } }, 'server-failed', /Unknown field/],
  ] as const)('%s: %i', async (_name, status, body, code, message) => {
    const { completion } = await refused(status, body);
    expect(completion).toMatchObject({ kind: 'failed', code, message: expect.stringMatching(message) as string });
  });

  test('one that asks to wait says how long', async () => {
    const { completion } = await refused(429, { error: { message: 'Rate limit' } }, { 'retry-after': '12' });
    expect(completion).toMatchObject({ code: 'server-busy', message: expect.stringContaining('12 seconds') as string });
  });

  test('a refused key is blotted out where the server repeats it', async () => {
    const { completion } = await refused(401, { error: { message: `Incorrect API key provided: ${KEY}.` } }, {}, KEY);
    expect(completion).toMatchObject({
      code: 'server-refused',
      message: expect.stringContaining('provided: ….') as string,
    });
    expect(JSON.stringify(completion)).not.toContain('hunter2');
  });

  const window = (said: string) => ({ error: { message: said, type: 'BadRequestError', code: 400 } });
  test.each([
    [
      'vLLM 0.6',
      window(
        "This model's maximum context length is 1024 tokens. However, you requested 3048 tokens (3000 in the messages, 48 in the completion). Please reduce the length.",
      ),
      'The prompt has 3,000 tokens; the reader’s window holds 1,024.',
    ],
    [
      'vLLM 0.10',
      window(
        "This model's maximum context length is 1024 tokens. However, your request has 3000 input tokens. Please reduce the length of the input messages.",
      ),
      'The prompt has 3,000 tokens; the reader’s window holds 1,024.',
    ],
    [
      'vLLM 0.18',
      window(
        "This model's maximum context length is 1024 tokens. However, you requested 48 output tokens and your prompt contains at least 1025 input tokens, for a total of at least 1073 tokens.",
      ),
      'The prompt has at least 1,025 tokens; the reader’s window holds 1,024.',
    ],
    [
      'llama.cpp',
      {
        error: {
          code: 400,
          message: 'request (3000 tokens) exceeds the available context size (1024 tokens), try increasing it',
          type: 'exceed_context_size_error',
          n_prompt_tokens: 3000,
          n_ctx: 1024,
        },
      },
      'The prompt has 3,000 tokens; the reader’s window holds 1,024.',
    ],
    [
      'SGLang',
      window("The input (3000 tokens) is longer than the model's context length (1024 tokens)."),
      'The prompt has 3,000 tokens; the reader’s window holds 1,024.',
    ],
    [
      'Ollama',
      { error: { message: 'the input length exceeds the context length', type: 'api_error' } },
      'The prompt is longer than the reader’s window: “the input length exceeds the context length”',
    ],
  ])('a prompt longer than the window, as %s says it', async (_name, body, message) => {
    const { completion } = await refused(400, body);
    expect(completion).toEqual({ kind: 'failed', code: 'context-overflow', message });
  });

  test('where only the answer would not fit, it gets what is left of the window', async () => {
    const long = { role: 'user', content: 'leave '.repeat(1020) } as const;
    const [completion] = await writeServed(server, [{ ...ONE, messages: [long] }]);
    expect(completion).toMatchObject({ kind: 'written', stoppedBy: 'length', text: 'The trial period is ' });
    expect(server.chats.map((chat) => chat.max_tokens)).toEqual([48, undefined]);
  });
});

describe('streams of other kinds', () => {
  test('one that breaks in the middle fails, and what was written was heard', async () => {
    const { heard, completion } = await raw((response) => {
      response.writeHead(200, SSE).write(chunk({ content: 'The trial ' }) + chunk({ content: 'period' }));
      setTimeout(() => response.destroy(), 20);
    });
    expect(heard).toBe('The trial period');
    expect(completion).toMatchObject({
      code: 'server-cut',
      message: expect.stringContaining('after 16 characters') as string,
    });
  });

  test.each([
    ['that ends without its end', chunk({ content: 'Half' })],
    ['that is cut within a chunk', `${chunk({ content: 'Half' })}data: {"choices":[{"del`],
    ['that its server aborted', chunk({ content: 'Half' }) + chunk({}, 'abort')],
  ])('one %s fails', async (_name, body) => {
    const { heard, completion } = await raw((response) => response.writeHead(200, SSE).end(body));
    expect(heard).toBe('Half');
    expect(completion).toMatchObject({
      kind: 'failed',
      code: expect.stringMatching(/^server-(cut|failed)$/) as string,
    });
  });

  test('without usage the counts are unknown; without [DONE] the end is the reason to stop', async () => {
    const { completion } = await raw((response) => {
      response
        .writeHead(200, SSE)
        .end(`:ping\r\n\r\n${chunk({ content: 'Five' }).replaceAll('\n', '\r\n')}${chunk({}, 'length')}`);
    });
    expect(completion).toMatchObject({ kind: 'written', text: 'Five', stoppedBy: 'length' });
    expect(completion).toMatchObject({ usage: { promptTokens: null, answerTokens: null } });
  });

  test('without a reason to stop, [DONE] is the end; zeros are no counts', async () => {
    const { completion } = await raw((response) => {
      const zeros = { choices: [], usage: { prompt_tokens: 0, completion_tokens: 0 } };
      response.writeHead(200, SSE).end(`${chunk({ content: 'Five' })}data:${JSON.stringify(zeros)}\n\ndata:[DONE]\n\n`);
    });
    expect(completion).toMatchObject({ text: 'Five', stoppedBy: 'end', usage: { promptTokens: null } });
  });

  test.each(['reasoning_content', 'reasoning'])('thoughts in “%s” are no part of the answer', async (field) => {
    const { heard, completion } = await raw((response) => {
      const thought = chunk({ content: null, [field]: 'Let me see.' });
      response.writeHead(200, SSE).end(`${thought}${chunk({ content: 'Five' })}${chunk({}, 'stop')}data: [DONE]\n\n`);
    });
    expect(heard).toBe('Five');
    expect(completion).toMatchObject({ text: 'Five' });
  });

  test.each([
    [
      'data: {"error":{"message":"EngineCore died","type":"InternalServerError","code":500}}\n\n',
      'server-failed',
      /EngineCore died/,
    ],
    ['error: {"code":500,"message":"failed to decode","type":"server_error"}\n\n', 'server-failed', /failed to decode/],
    ['data: {"object":"something"}\n\n', 'server-answer', /something else/],
  ] as const)('an error in place of the next piece: %s', async (body, code, message) => {
    const { heard, completion } = await raw((response) =>
      response.writeHead(200, SSE).end(chunk({ content: 'Half' }) + body),
    );
    expect(heard).toBe('Half');
    expect(completion).toMatchObject({ code, message: expect.stringMatching(message) as string });
  });

  test('an answer in one piece, from a server that does not stream', async () => {
    const { heard, completion } = await raw((response) => {
      const choices = [{ index: 0, message: { role: 'assistant', content: SAID }, finish_reason: 'stop' }];
      const usage = { prompt_tokens: 9, completion_tokens: 7 };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ choices, usage }));
    });
    expect(heard).toBe(SAID);
    expect(completion).toMatchObject({ text: SAID, usage: { promptTokens: 9, answerTokens: 7, decodeMs: null } });
  });

  test('a page in place of an answer, and in place of the list', async () => {
    const { completion } = await raw((response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Welcome</html>'),
    );
    expect(completion).toMatchObject({ kind: 'failed', code: 'server-answer' });
    const lost = { base: server.base.replace('/v1', '/v2'), key: null, pageProtocol: 'http:' };
    await expect(listServed(lost, signal)).rejects.toMatchObject({ code: 'server-answer' });
  });
});
