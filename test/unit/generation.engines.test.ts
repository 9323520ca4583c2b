/** The contract every engine keeps, run against each of them. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readPeft } from '../../src/adapters/peft';
import type { Completion, Engine, LoadedModel, Sampling, WriteEvent } from '../../src/generation/engine';
import { TransformersEngine } from '../../src/generation/engines/transformers';
import { READERS } from '../../src/generation/models';
import { writePrompt } from '../../src/generation/prompt';
import { finish } from '../../src/job';
import { PUBLIC, publicModels } from '../fixtures/publicModels';
import { scriptedEngine } from '../fixtures/scriptedEngine';

const GREEDY: Sampling = { temperature: 0, topP: 1, maxTokens: 48, seed: 7 };
const { signal } = new AbortController();

const { messages } = writePrompt(
  'How long is the trial period at Keld Trust?',
  [{ title: 'Keld Trust: Start of work', text: 'The trial period at Keld Trust is 5 months. Please be on time.' }],
  '',
);

const engines: Record<string, () => Engine> = {
  transformers: () => new TransformersEngine(publicModels),
  scripted: () =>
    scriptedEngine((_prompt, worn, seed) =>
      worn.length > 0 ? '{"answer": "5 months"}' : `The trial period is 5 months${seed ? ` ${String(seed)}` : ''} [1].`,
    ),
};

function text(completion: Completion | undefined): string {
  if (completion?.kind !== 'written') throw new Error(JSON.stringify(completion));
  return completion.text;
}

describe.each(Object.entries(engines))('%s', (_name, open) => {
  let model: LoadedModel;
  const write = (wears: { adapterId: string; strength: number }[], sampling: Partial<Sampling> = {}) =>
    finish(model.write([{ messages, wears, sampling: { ...GREEDY, ...sampling } }], signal));

  beforeAll(async () => {
    const [entry] = READERS;
    if (!entry) throw new Error('The catalogue is empty.');
    let progress = 0;
    model = await finish(open().load(entry, signal), ({ done, total }) => {
      progress = done / (total ?? done);
    });
    expect(progress).toBe(1);
  });
  afterAll(() => model[Symbol.asyncDispose]());

  test('yields the text that it returns, and says when each request starts and is done', async () => {
    const events: WriteEvent[] = [];
    const request = { messages, wears: [], sampling: GREEDY };
    const both = await finish(model.write([request, request], signal), (event) => events.push(event));
    expect(both).toHaveLength(2);
    for (const [i, completion] of both.entries()) {
      const own = events.filter((event) => event.request === i);
      expect(own.at(0)?.kind).toBe('started');
      expect(own.at(-1)).toEqual({ kind: 'done', request: i, completion });
      expect(own.flatMap((event) => (event.kind === 'text' ? [event.text] : [])).join('')).toBe(text(completion));
    }
    expect(text(both[0])).toContain('5 months');
    expect(text(both[1])).toBe(text(both[0]));
  });

  test('times the answer from its first token to its last, without the pass that finds the end', async () => {
    let lastText = -1;
    const [completion] = await finish(model.write([{ messages, wears: [], sampling: GREEDY }], signal), (event) => {
      if (event.kind === 'text') lastText = event.ms;
    });
    if (completion?.kind !== 'written') throw new Error(JSON.stringify(completion));
    expect(completion.stoppedBy).toBe('end');
    const { firstTokenMs, decodeMs } = completion.usage;
    expect(decodeMs).toBeGreaterThanOrEqual(0);
    // A microsecond for rounding.
    expect(firstTokenMs + decodeMs).toBeLessThanOrEqual(lastText + 0.001);
  });

  test('stops on its signal between tokens', async () => {
    const abort = new AbortController();
    let tokens = 0;
    const run = finish(model.write([{ messages, wears: [], sampling: GREEDY }], abort.signal), (event) => {
      if (event.kind === 'text' && ++tokens === 2) abort.abort();
    });
    await expect(run).rejects.toHaveProperty('name', 'AbortError');
    expect(tokens).toBe(2);
  });

  test('stops at the limit of tokens', async () => {
    const [completion] = await write([], { maxTokens: 3 });
    expect(completion).toMatchObject({ kind: 'written', stoppedBy: 'length', usage: { answerTokens: 3 } });
  });

  test('honours the seed when it samples', async () => {
    const sample = async (seed: number) => text((await write([], { temperature: 2, seed }))[0]);
    expect(await sample(1)).toBe(await sample(1));
    expect(await sample(1)).not.toBe(await sample(2));
  });

  test('counts tokens', async () => {
    const [none, one, two] = await model.countTokens(['', 'leave', 'leave leave leave']);
    expect(none).toBe(0);
    expect(one).toBeGreaterThan(0);
    expect(two).toBeGreaterThan(one ?? 0);
  });

  test('puts an adapter on, at strength 0 it is the base, and taken off it is refused', async () => {
    const folder = join(PUBLIC, 'adapters/json-answer/');
    const config = await readFile(`${folder}adapter_config.json`, 'utf8');
    const weights = await readFile(`${folder}adapter_model.safetensors`);
    const base = await write([]);
    await model.addAdapter(readPeft('json-answer', 'json-answer', config, weights));
    expect(text((await write([{ adapterId: 'json-answer', strength: 1 }]))[0])).toMatch(/^\{"answer"/);
    const idle = await write([{ adapterId: 'json-answer', strength: 0 }]);
    expect(text(idle[0])).toBe(text(base[0]));
    await model.removeAdapter('json-answer');
    const [gone] = await write([{ adapterId: 'json-answer', strength: 1 }]);
    expect(gone).toMatchObject({ kind: 'failed', code: 'adapter-mismatch' });
    expect(text((await write([]))[0])).toBe(text(base[0]));
  });

  test('a prompt that overflows the window fails alone, with the counts', async () => {
    const long = { role: 'user', content: 'leave '.repeat(3000) } as const;
    const requests = [
      { messages: [long], wears: [], sampling: GREEDY },
      { messages, wears: [], sampling: GREEDY },
    ];
    const [overflow, fine] = await finish(model.write(requests, signal));
    const message = expect.stringMatching(/^The prompt has \d,\d{3} tokens; .* holds 1,024\.$/) as string;
    expect(overflow).toMatchObject({ kind: 'failed', code: 'context-overflow', message });
    expect(text(fine)).toContain('5 months');
  });
});
