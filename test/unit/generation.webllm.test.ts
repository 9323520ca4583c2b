import { beforeEach, describe, expect, test } from 'vitest';
import type { LoadedModel, WriteRequest } from '../../src/generation/engine';
import { WebllmEngine } from '../../src/generation/engines/webllm';
import { WEBLLM_READERS } from '../../src/generation/engines/webllm/catalogue';
import { READERS, type ReaderEntry } from '../../src/generation/models';
import { type Progress, finish } from '../../src/job';
import { ScriptedMlc, mlcError } from '../fixtures/scriptedMlc';
import { GREEDY, messages } from './engine.contract';

const F16 = new Set(['shader-f16']);
const SAID = 'The trial period is 5 months [1].';
const ONE: WriteRequest = { messages, wears: [], sampling: GREEDY };
const { signal } = new AbortController();
const [small] = WEBLLM_READERS as readonly [ReaderEntry];

function entryOf(part: string): ReaderEntry {
  const found = WEBLLM_READERS.find(({ id }) => id.includes(part));
  if (!found) throw new Error(part);
  return found;
}

let mlc: ScriptedMlc;
let opened: number;
beforeEach(() => {
  mlc = new ScriptedMlc({ reply: () => SAID });
  opened = 0;
});

interface Loading {
  readonly features?: ReadonlySet<string> | null;
  readonly stop?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

function load(entry = small, { features = F16, stop = signal, onProgress }: Loading = {}): Promise<LoadedModel> {
  const engine = new WebllmEngine(
    () => Promise.resolve(features),
    () => {
      opened++;
      return Promise.resolve(mlc);
    },
  );
  return finish(engine.load(entry, stop), onProgress);
}

describe('before anything is fetched', () => {
  test.each([
    ['without WebGPU', small, null, 'gpu-missing', /WebGPU/],
    [
      'without f16, for code that the library would try',
      entryOf('Qwen3-0.6B'),
      new Set<string>(),
      'gpu-missing',
      /shader-f16/,
    ],
    ['for another engine’s model', READERS[0], F16, 'model-unsupported', /none of WebLLM/],
  ] as const)('%s it refuses', async (_name, entry, features, code, message) => {
    const loading = load(entry, { features });
    await expect(loading).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string });
    expect(opened).toBe(0);
  });

  test('code for f32 runs without f16', async () => {
    await using model = await load(entryOf('Llama-3.2-1B-Instruct-q4f32'), { features: new Set() });
    expect(model.runsOn).toBe('WebGPU, by WebLLM');
  });
});

describe('loading', () => {
  test('tells how far it is in what the library counts', async () => {
    mlc.reports = [
      'Start to fetch params',
      'Fetching param cache[1/3]: 31MB fetched. 33% completed, 2 secs elapsed.',
      'Loading model from cache[3/3]: 90MB loaded. 100% completed, 1 secs elapsed.',
      'Loading GPU shader modules[12/80]: 15% completed, 1 secs elapsed.',
    ];
    const told: Progress[] = [];
    await using _ = await load(small, { onProgress: (progress) => told.push(progress) });
    expect(told).toEqual([
      { step: 'Downloading', done: 1, total: 3, unit: 'files' },
      { step: 'Loading', done: 3, total: 3, unit: 'files' },
      { step: 'Preparing the GPU', done: 12, total: 80, unit: 'parts' },
      { step: 'Loaded', done: 1, total: 1, unit: 'parts' },
    ]);
  });

  test('takes the window of the entry', async () => {
    await using _ = await load({ ...small, contextTokens: 8192 });
    expect(mlc.options).toMatchObject({ context_window_size: 8192 });
  });

  test('stopped in a download that hangs, it ends at once and the download with it', async () => {
    mlc.reports = ['Fetching param cache[1/3]: 31MB fetched.', new Promise(() => undefined)];
    const abort = new AbortController();
    const loading = load(small, {
      stop: abort.signal,
      onProgress: () => {
        abort.abort();
      },
    });
    await expect(loading).rejects.toHaveProperty('name', 'AbortError');
    // Once to end the download, once more for what it had brought onto the GPU meanwhile.
    await expect.poll(() => mlc.unloads).toBe(2);
    expect(mlc.loaded).toBe(false);
  });

  test.each([
    ['DeviceLostError', 'The WebGPU device was lost while loading the model.', 'out-of-memory'],
    ['ShaderF16SupportError', 'This model requires WebGPU extension shader-f16.', 'gpu-missing'],
    ['Error', 'Unable to find a compatible GPU. This issue might be …', 'gpu-missing'],
    ['TypeError', 'Failed to fetch', 'model-missing'],
    ['NetworkError', "Failed to execute 'add' on 'Cache': Cache.add() encountered a network error", 'model-missing'],
    ['QuotaExceededError', 'Quota exceeded.', 'storage-full'],
    ['IntegrityError', 'The digest of params_shard_0.bin differs.', 'model-corrupt'],
    ['RangeError', 'Array buffer allocation failed', 'out-of-memory'],
    ['Error', 'What nobody foresaw', 'unexpected'],
  ])('%s: “%s” is %s, and what was loaded is freed', async (name, message, code) => {
    mlc.fault = mlcError(name, message);
    await expect(load()).rejects.toMatchObject({ name: 'LabError', code });
    await expect.poll(() => mlc.unloads).toBe(2);
  });

  test('a load that the library gave up without an error is no model', async () => {
    const lost = new Promise<void>((resolve) => setTimeout(resolve, 5)).then(() => mlc.unload());
    mlc.reports = ['Start to fetch params', lost];
    await expect(load()).rejects.toMatchObject({ code: 'out-of-memory' });
  });
});

describe('a request', () => {
  test('says all that decides the answer, and nothing of the model’s own settings holds', async () => {
    await using model = await load();
    const schema = { type: 'object' };
    const sampling = { temperature: 0.7, topP: 0.9, maxTokens: 20, seed: 11 };
    await finish(model.write([{ ...ONE, sampling, schema }], signal));
    expect(mlc.requests).toEqual([
      {
        messages,
        stream: true,
        stream_options: { include_usage: true },
        temperature: 0.7,
        top_p: 0.9,
        max_tokens: 20,
        seed: 11,
        repetition_penalty: 1,
        frequency_penalty: 0,
        presence_penalty: 0,
        response_format: { type: 'json_object', schema: '{"type":"object"}' },
      },
    ]);
  });

  test('the figures are the library’s', async () => {
    await using model = await load();
    const [completion] = await finish(model.write([ONE], signal));
    expect(completion).toMatchObject({ text: SAID, tokens: null, usage: { answerTokens: 7, shared: false } });
    if (completion?.kind !== 'written') throw new Error('Not written.');
    expect(completion.usage.promptTokens).toBeGreaterThan(20);
    expect(completion.usage.decodeMs).toBeGreaterThan(0);
  });

  test('a model that would think is told not to, and its empty thought is neither shown nor counted', async () => {
    await using model = await load(entryOf('Qwen3-0.6B'));
    const request = { ...ONE, sampling: { ...GREEDY, maxTokens: 3 } };
    let heard = '';
    const [completion] = await finish(model.write([request], signal), (event) => {
      if (event.kind === 'text') heard += event.text;
    });
    expect(mlc.requests[0]?.extra_body).toEqual({ enable_thinking: false });
    expect(heard).toBe('The trial period ');
    expect(completion).toMatchObject({ text: heard, stoppedBy: 'length', usage: { answerTokens: 3 } });
  });

  test('two calls are answered in turns', async () => {
    await using model = await load();
    const both = await Promise.all([finish(model.write([ONE, ONE], signal)), finish(model.write([ONE], signal))]);
    expect(both.flat().map((one) => one.kind)).toEqual(['written', 'written', 'written']);
    expect(mlc.requests).toHaveLength(3);
  });

  test('stopped, the library is interrupted, and the next call waits until it has ended', async () => {
    await using model = await load();
    const abort = new AbortController();
    const stopped = finish(model.write([ONE], abort.signal), (event) => {
      if (event.kind === 'text') abort.abort();
    });
    const next = finish(model.write([ONE], signal));
    await expect(stopped).rejects.toHaveProperty('name', 'AbortError');
    expect(await next).toMatchObject([{ kind: 'written', text: SAID }]);
    expect(mlc.interrupted).toBe(1);
  });

  test('put away under a request, the request ends first', async () => {
    const model = await load();
    const events = model.write([ONE], signal);
    await events.next();
    await events.next();
    const away = model[Symbol.asyncDispose]();
    await expect(finish(events)).rejects.toMatchObject({ code: 'model-not-loaded' });
    await away;
    expect(mlc.loaded).toBe(false);
  });
});

describe('a fault while it writes', () => {
  test('a lost GPU is told as that, whatever broke first, for this request and those that wait', async () => {
    await using model = await load();
    mlc.fault = new TypeError("Cannot read properties of undefined (reading 'dispose')");
    let heard = '';
    const all = await finish(model.write([ONE, ONE], signal), (event) => {
      if (event.kind !== 'text') return;
      heard += event.text;
      mlc.lose();
    });
    expect(heard).toBe('The ');
    expect(all.map((one) => one.kind === 'failed' && one.code)).toEqual(['gpu-lost', 'gpu-lost']);
  });

  test('any other fails its request alone', async () => {
    await using model = await load();
    mlc.fault = mlcError('GrammarMatcherInitError', 'Failed to initialize the grammar. Check it.');
    const all = await finish(model.write([ONE, ONE], signal));
    expect(all).toMatchObject([
      { code: 'model-unsupported', message: `${small.label}: Failed to initialize the grammar.` },
      { text: SAID },
    ]);
  });
});
