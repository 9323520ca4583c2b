import { describe, expect, test } from 'vitest';
import { type DecoderShape, decode } from '../../src/generation/decoding';
import { picker } from '../../src/generation/sampling';
import type { Feeds, FloatTensor, Session } from '../../src/inference/session';

const { signal } = new AbortController();
const SHAPE: DecoderShape = { layers: 2, kvHeads: 1, headWidth: 1, endTokens: [0] };
const WIDTH = 8;

/** Writes the tokens of `answer` and after them 0, keeping what it was fed. Its cache counts the tokens read. */
function toy(answer: (written: number) => number, inputs = ['input_ids', 'attention_mask', 'position_ids']) {
  const fed: Feeds[] = [];
  const session: Session = {
    inputNames: inputs,
    run: (feeds) => {
      const width = feeds['input_ids']?.dims[1] ?? 0;
      const data = new Float32Array(width * WIDTH);
      data[(width - 1) * WIDTH + answer(fed.length)] = 1;
      fed.push(feeds);
      const read = (feeds['past_key_values.0.key']?.dims[2] ?? 0) + width;
      const kept: FloatTensor = { type: 'float32', data: new Float32Array(read), dims: [1, 1, read, 1] };
      const presents = [0, 1].flatMap((layer) => ['key', 'value'].map((part) => `present.${String(layer)}.${part}`));
      return Promise.resolve({
        logits: { type: 'float32', data, dims: [1, width, WIDTH] },
        ...Object.fromEntries(presents.map((name) => [name, kept])),
      });
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return { session, fed };
}

const numbers = (feeds: Feeds | undefined, name: string) => [...(feeds?.[name]?.data ?? [])].map(Number);

async function written(decoding: AsyncGenerator<number, 'end' | 'length', void>) {
  const tokens: number[] = [];
  for (;;) {
    const step = await decoding.next();
    if (step.done) return { tokens, stoppedBy: step.value };
    tokens.push(step.value);
  }
}

const GREEDY = picker({ temperature: 0, topP: 1, maxTokens: 1, seed: 0 });
const request = { prompt: [5, 6, 7], maxTokens: 9, pick: GREEDY, extra: {} };

describe('decoding', () => {
  test('reads the prompt once and then one token at a time behind the cache', async () => {
    const { session, fed } = toy((n) => [3, 4][n] ?? 0);
    expect(await written(decode(session, SHAPE, request, signal))).toEqual({ tokens: [3, 4], stoppedBy: 'end' });
    expect(fed.map((feeds) => numbers(feeds, 'input_ids'))).toEqual([[5, 6, 7], [3], [4]]);
    expect(fed.map((feeds) => numbers(feeds, 'position_ids'))).toEqual([[0, 1, 2], [3], [4]]);
    expect(fed.map((feeds) => numbers(feeds, 'attention_mask').length)).toEqual([3, 4, 5]);
    expect(fed.map((feeds) => feeds['past_key_values.1.value']?.dims[2])).toEqual([0, 3, 4]);
  });

  test('runs the model once per token written and no more', async () => {
    const { session, fed } = toy(() => 3);
    const run = decode(session, SHAPE, { ...request, maxTokens: 4 }, signal);
    expect(await written(run)).toEqual({ tokens: [3, 3, 3, 3], stoppedBy: 'length' });
    expect(fed).toHaveLength(4);
  });

  test('feeds the adapters on every run, and positions only to a graph that asks', async () => {
    const { session, fed } = toy((n) => [3][n] ?? 0, ['input_ids', 'attention_mask']);
    const gate = { type: 'float32', data: new Float32Array([1]), dims: [1, 1] } as const;
    await written(decode(session, SHAPE, { ...request, extra: { gate } }, signal));
    expect(fed.map((feeds) => feeds['gate'])).toEqual([gate, gate]);
    expect(fed.some((feeds) => 'position_ids' in feeds)).toBe(false);
  });

  test('hears a message that asks it to stop, however fast the model is', async () => {
    const abort = new AbortController();
    const { session } = toy(() => 3);
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener('message', () => {
      abort.abort();
    });
    port1.start();
    port2.postMessage('stop');
    const run = written(decode(session, SHAPE, { ...request, maxTokens: 2000 }, abort.signal));
    await expect(run).rejects.toHaveProperty('name', 'AbortError');
    port1.close();
  });
});

describe('sampling', () => {
  const logits = Float32Array.from([Math.log(0.5), Math.log(0.3), Math.log(0.2)]);
  const draws = (sampling: { temperature: number; topP: number; seed: number }, count: number) => {
    const pick = picker({ maxTokens: 1, ...sampling });
    return Array.from({ length: count }, () => pick(logits));
  };
  const shares = (drawn: readonly number[]) =>
    [0, 1, 2].map((token) => drawn.filter((one) => one === token).length / drawn.length);

  test('greedy takes the most likely token, the lower one of equals', () => {
    expect(GREEDY(Float32Array.from([1, 3, 3, 2]))).toBe(1);
  });

  test('draws each token as often as the softmax says', () => {
    const [a = 0, b = 0, c = 0] = shares(draws({ temperature: 1, topP: 1, seed: 1 }, 20_000));
    expect(Math.abs(a - 0.5)).toBeLessThan(0.02);
    expect(Math.abs(b - 0.3)).toBeLessThan(0.02);
    expect(Math.abs(c - 0.2)).toBeLessThan(0.02);
  });

  test('temperature 1/2 squares the odds', () => {
    const [a = 0] = shares(draws({ temperature: 0.5, topP: 1, seed: 1 }, 20_000));
    expect(Math.abs(a - 0.25 / 0.38)).toBeLessThan(0.02);
  });

  test('top-p keeps the smallest set of tokens that holds that much', () => {
    expect(new Set(draws({ temperature: 1, topP: 0.4, seed: 1 }, 500))).toEqual(new Set([0]));
    expect(new Set(draws({ temperature: 1, topP: 0.7, seed: 1 }, 500))).toEqual(new Set([0, 1]));
    expect(new Set(draws({ temperature: 1, topP: 1, seed: 1 }, 500))).toEqual(new Set([0, 1, 2]));
  });

  test('a seed repeats its draws, another gives others', () => {
    const some = (seed: number) => draws({ temperature: 1, topP: 1, seed }, 50);
    expect(some(4)).toEqual(some(4));
    expect(some(4)).not.toEqual(some(5));
  });
});
