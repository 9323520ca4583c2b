/** Files that PEFT itself wrote: what is read of them is what PEFT makes of them, or they are refused by name. */
import { describe, expect, test } from 'vitest';
import { readPeft, readPeftShape } from '../../src/adapters/peft';
import { peftFiles, peftJson } from '../fixtures/peft/read';

interface Expected {
  readonly peft: string;
  readonly modules: Readonly<
    Record<
      string,
      Readonly<Record<string, { rank: number; scaling: number; shape: [number, number]; change: readonly number[] }>>
    >
  >;
}
const expected = (await peftJson('imports/imports.json')) as Expected;

const counts = {
  plain: 14,
  half: 4,
  bfloat: 4,
  patterns: 14,
  rslora: 4,
  'all-linear': 14,
  'one-layer': 2,
  expression: 2,
  packed: 4,
  transposed: 1,
  orthogonal: 4,
};

test('there is something to read for every case that PEFT recorded', () => {
  expect(Object.keys(expected.modules).toSorted()).toEqual(Object.keys(counts).toSorted());
});

test.each(Object.entries(counts))('%s: every module changes what PEFT changes', async (name, count) => {
  const { config, weights } = await peftFiles(`imports/${name}`);
  const adapter = readPeft(name, name, config, weights);
  const modules = expected.modules[name] ?? {};
  expect(adapter.pairs.map(({ module }) => module).toSorted()).toEqual(Object.keys(modules).toSorted());
  expect(adapter.pairs).toHaveLength(count);
  expect(adapter.peftVersion).toBe(expected.peft);
  for (const { module, rank, scale, inputs, outputs, a, b } of adapter.pairs) {
    const peft = modules[module];
    if (!peft) throw new Error(`PEFT knows no ${module}.`);
    expect([rank, outputs, inputs]).toEqual([peft.rank, ...peft.shape]);
    expect(scale).toBeCloseTo(peft.scaling, 9);
    const inner = Array.from({ length: rank }, (_, r) =>
      a.subarray(r * inputs, (r + 1) * inputs).reduce((sum, value, i) => sum + value * Math.sin(i + 1), 0),
    );
    const change = Array.from({ length: outputs }, (_, o) =>
      inner.reduce((sum, value, r) => sum + scale * (b[o * rank + r] ?? NaN) * value, 0),
    );
    const apart = Math.max(...change.map((value, o) => Math.abs(value - (peft.change[o] ?? NaN))));
    expect(apart, module).toBeLessThan(1e-5);
  }
});

test('the header alone tells the same shapes as the values', async () => {
  const { config, weights } = await peftFiles('imports/patterns');
  const whole = readPeft('x', 'x', config, weights);
  const shape = readPeftShape(config, weights);
  expect(shape.pairs).toEqual(whole.pairs.map(({ a: _a, b: _b, ...rest }) => rest));
  expect(shape).toMatchObject({ baseModel: 'lab/tiny-llama', rank: 4, alpha: 8 });
});

describe('refused by name', () => {
  test.each([
    ['dora', 'use_dora'],
    ['head-saved', 'modules_to_save'],
    ['bias-all', 'bias: all'],
    ['lora-bias', 'lora_bias'],
    ['embeddings', 'embed_tokens'],
    ['head', 'lm_head'],
    ['tokens', 'trainable_token_indices'],
    ['pissa', 'pissa'],
    ['ia3', 'IA3'],
    ['loha', 'LOHA'],
    ['prompt', 'PROMPT_TUNING'],
  ])('%s', async (name, words) => {
    const { config, weights } = await peftFiles(`imports/${name}`);
    const refusal = expect.objectContaining({
      code: 'adapter-unsupported',
      message: expect.stringContaining(words) as string,
    }) as Error;
    expect(() => readPeft('x', 'x', config, weights)).toThrow(refusal);
    expect(() => readPeftShape(config, weights)).toThrow(refusal);
  });

  // Some tools write configs that leave out what the weights hold.
  test.each([
    ['dora', 'DoRA'],
    ['head-saved', 'whole modules'],
    ['lora-bias', 'biases'],
    ['embeddings', 'token embeddings'],
    ['head', 'lm_head'],
    ['tokens', 'trainable_tokens_delta'],
  ])('%s, where the config does not say so', async (name, words) => {
    const { weights } = await peftFiles(`imports/${name}`);
    const config = JSON.stringify({ peft_type: 'LORA', r: 1, lora_alpha: 8, target_modules: '.*' });
    expect(() => readPeft('x', 'x', config, weights)).toThrow(
      expect.objectContaining({
        code: 'adapter-unsupported',
        message: expect.stringContaining(words) as string,
      }) as Error,
    );
  });
});
