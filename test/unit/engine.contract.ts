/** What every engine owes its callers. Where an engine cannot do a thing, it owes a typed refusal. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Adapter } from '../../src/adapters/adapter';
import { readPeft } from '../../src/adapters/peft';
import type { Completion, Engine, LoadedModel, Sampling, WriteEvent, WriteRequest } from '../../src/generation/engine';
import type { ReaderEntry } from '../../src/generation/models';
import { writePrompt } from '../../src/generation/prompt';
import { finish } from '../../src/job';
import { PUBLIC } from '../fixtures/publicModels';

export const GREEDY: Sampling = { temperature: 0, topP: 1, maxTokens: 48, seed: 7 };
const { signal } = new AbortController();

/** The answer names 5 months. */
export const { messages } = writePrompt(
  'How long is the trial period at Keld Trust?',
  [{ title: 'Keld Trust: Start of work', text: 'The trial period at Keld Trust is 5 months. Please be on time.' }],
  '',
);
const SCHEMA = { type: 'object', properties: { answer: { type: 'string' } }, required: ['answer'] };

export interface Opened {
  readonly engine: Engine;
  /** Of a model whose window holds 1,024 tokens. */
  readonly entry: ReaderEntry;
  readonly close?: () => Promise<void>;
}

export interface ContractOptions {
  /** Whether the engine wears the built-in adapter `json-answer`, after which answers are JSON. */
  readonly wears: boolean;
}

function text(completion: Completion | undefined): string {
  if (completion?.kind !== 'written') throw new Error(JSON.stringify(completion));
  return completion.text;
}

async function jsonAnswer(): Promise<Adapter> {
  const folder = join(PUBLIC, 'adapters/json-answer/');
  const weights = await readFile(`${folder}adapter_model.safetensors`);
  return readPeft('json-answer', 'json-answer', await readFile(`${folder}adapter_config.json`, 'utf8'), weights);
}

export function engineContract(name: string, open: () => Promise<Opened>, { wears }: ContractOptions): void {
  describe(name, () => {
    let opened: Opened;
    let model: LoadedModel;
    const ask = (worn: WriteRequest['wears'] = [], sampling: Partial<Sampling> = {}): WriteRequest => ({
      messages,
      wears: worn,
      sampling: { ...GREEDY, ...sampling },
    });
    const write = async (...requests: WriteRequest[]) => finish(model.write(requests, signal));

    beforeAll(async () => {
      opened = await open();
      let progress = 0;
      model = await finish(opened.engine.load(opened.entry, signal), ({ done, total }) => {
        progress = done / (total ?? done);
      });
      expect(progress).toBe(1);
    });
    afterAll(async () => {
      await model[Symbol.asyncDispose]();
      await opened.close?.();
    });

    test('yields the text that it returns, and says when each request starts and is done', async () => {
      const events: WriteEvent[] = [];
      const both = await finish(model.write([ask(), ask()], signal), (event) => events.push(event));
      expect(both).toHaveLength(2);
      for (const [i, completion] of both.entries()) {
        const own = events.filter((event) => event.request === i);
        expect(own.map(({ kind }) => kind).filter((kind) => kind !== 'text')).toEqual(['started', 'done']);
        expect(own.at(0)?.kind).toBe('started');
        expect(own.at(-1)).toEqual({ kind: 'done', request: i, completion });
        expect(own.flatMap((event) => (event.kind === 'text' ? [event.text] : [])).join('')).toBe(text(completion));
      }
      expect(text(both[0])).toContain('5 months');
      expect(text(both[1])).toBe(text(both[0]));
    });

    test('answers several requests in their order, however long each is', async () => {
      const limits = [48, 2, 5, 1, 48, 3];
      const all = await write(...limits.map((maxTokens) => ask([], { maxTokens })));
      const whole = text(all[0]);
      for (const [i, maxTokens] of limits.entries()) {
        expect(all[i]).toMatchObject({ stoppedBy: maxTokens === 48 ? 'end' : 'length' });
        expect(whole.startsWith(text(all[i]))).toBe(true);
      }
      const lengths = [3, 1, 5, 2].map((i) => text(all[i]).length);
      expect(lengths).toEqual(lengths.toSorted((a, b) => a - b));
      expect(new Set(lengths).size).toBe(4);
      expect(await write()).toEqual([]);
    });

    test('tells times that lie within the call, and null for what it does not know', async () => {
      const called = performance.now();
      let firstText = Infinity;
      const [completion] = await finish(model.write([ask()], signal), (event) => {
        if (event.kind === 'text') firstText = Math.min(firstText, event.ms);
      });
      const took = performance.now() - called;
      if (completion?.kind !== 'written') throw new Error(JSON.stringify(completion));
      expect(completion.stoppedBy).toBe('end');
      const { firstTokenMs, decodeMs, promptTokens, answerTokens } = completion.usage;
      expect(firstTokenMs).toBeLessThanOrEqual(firstText);
      expect(decodeMs ?? 0).toBeGreaterThanOrEqual(0);
      expect(firstTokenMs + (decodeMs ?? 0)).toBeLessThanOrEqual(took);
      // No prompt and no answer here has no tokens: 0 would stand for something not known.
      expect(promptTokens).not.toBe(0);
      expect(answerTokens).not.toBe(0);
    });

    test('stops on its signal between tokens, and writes again', async () => {
      const abort = new AbortController();
      let tokens = 0;
      const run = finish(model.write([ask(), ask()], abort.signal), (event) => {
        if (event.kind === 'text' && ++tokens === 2) abort.abort();
      });
      await expect(run).rejects.toHaveProperty('name', 'AbortError');
      expect(tokens).toBe(2);
      expect(text((await write(ask()))[0])).toContain('5 months');
    });

    test('a signal that was given before writes nothing', async () => {
      let tokens = 0;
      const run = finish(model.write([ask()], AbortSignal.abort()), ({ kind }) => (tokens += kind === 'text' ? 1 : 0));
      await expect(run).rejects.toHaveProperty('name', 'AbortError');
      expect(tokens).toBe(0);
    });

    test('whoever leaves early leaves it free for others', async () => {
      for await (const event of model.write([ask()], signal)) if (event.kind === 'text') break;
      expect(text((await write(ask()))[0])).toContain('5 months');
    });

    test('stops at the limit of tokens', async () => {
      const [completion] = await write(ask([], { maxTokens: 3 }));
      expect(completion).toMatchObject({ kind: 'written', stoppedBy: 'length', usage: { answerTokens: 3 } });
    });

    test('honours the seed when it samples', async () => {
      expect(opened.engine.can.seed).toBe(true);
      const sample = async (seed: number) => text((await write(ask([], { temperature: 2, seed })))[0]);
      expect(await sample(1)).toBe(await sample(1));
      expect(await sample(1)).not.toBe(await sample(2));
    });

    test('counts tokens, or says that it cannot', async () => {
      const counting = model.countTokens(['', 'leave', 'leave leave leave']);
      if (!opened.engine.can.countsTokens) {
        await expect(counting).rejects.toMatchObject({ name: 'LabError', code: 'model-unsupported' });
        return;
      }
      const [none, one, two] = await counting;
      expect(none).toBe(0);
      expect(one).toBeGreaterThan(0);
      expect(two).toBeGreaterThan(one ?? 0);
    });

    test('holds an answer to a schema, or says that it cannot', async () => {
      const [completion] = await write({ ...ask(), schema: SCHEMA });
      if (opened.engine.can.jsonSchema) expect(JSON.parse(text(completion))).toHaveProperty('answer');
      else expect(completion).toMatchObject({ kind: 'failed', code: 'model-unsupported' });
    });

    if (wears) {
      test('puts an adapter on, at strength 0 it is the base, and taken off it is refused', async () => {
        const [base] = await write(ask());
        await model.addAdapter(await jsonAnswer());
        expect(text((await write(ask([{ adapterId: 'json-answer', strength: 1 }])))[0])).toMatch(/^\{"answer"/);
        const [idle] = await write(ask([{ adapterId: 'json-answer', strength: 0 }]));
        expect(text(idle)).toBe(text(base));
        await model.removeAdapter('json-answer');
        const [gone] = await write(ask([{ adapterId: 'json-answer', strength: 1 }]));
        expect(gone).toMatchObject({ kind: 'failed', code: 'adapter-mismatch' });
        expect(text((await write(ask()))[0])).toBe(text(base));
      });
    } else {
      test('refuses an adapter, and a request that wears one', async () => {
        await expect(model.addAdapter(await jsonAnswer())).rejects.toMatchObject({ code: 'adapter-unsupported' });
        await model.removeAdapter('json-answer');
        const [worn, idle] = await write(
          ask([{ adapterId: 'json-answer', strength: 1 }]),
          ask([{ adapterId: 'json-answer', strength: 0 }]),
        );
        expect(worn).toMatchObject({ kind: 'failed', code: expect.stringMatching(/^adapter-/) as string });
        expect(text(idle)).toContain('5 months');
      });
    }

    test('a request that cannot be answered fails alone; a prompt that overflows the window with the counts', async () => {
      const long = { role: 'user', content: 'leave '.repeat(3000) } as const;
      const [first, overflow, worn, last] = await write(
        ask(),
        { ...ask(), messages: [long] },
        ask([{ adapterId: 'unheard-of', strength: 1 }]),
        ask(),
      );
      const message = expect.stringMatching(/^The prompt has \d,\d{3} tokens; .* holds 1,024\.$/) as string;
      expect(overflow).toEqual({ kind: 'failed', code: 'context-overflow', message });
      expect(worn).toMatchObject({ kind: 'failed', code: expect.stringMatching(/^adapter-/) as string });
      expect(text(first)).toContain('5 months');
      expect(text(last)).toBe(text(first));
    });

    test('put away, it says so', async () => {
      const other = await finish(opened.engine.load(opened.entry, signal));
      await other[Symbol.asyncDispose]();
      await other[Symbol.asyncDispose]();
      const away = { name: 'LabError', code: 'model-not-loaded' };
      await expect(finish(other.write([ask()], signal))).rejects.toMatchObject(away);
      await expect(other.countTokens(['leave'])).rejects.toMatchObject(away);
      await expect(jsonAnswer().then((adapter) => other.addAdapter(adapter))).rejects.toMatchObject(away);
      await expect(other.removeAdapter('json-answer')).rejects.toMatchObject(away);
      // The others of this engine go on.
      expect(text((await write(ask()))[0])).toContain('5 months');
    });
  });
}
