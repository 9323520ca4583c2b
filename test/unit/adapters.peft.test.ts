import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { BUILT_IN_ADAPTERS, BUILT_IN_SHARED } from '../../src/adapters/builtIn';
import { checkFits } from '../../src/adapters/fits';
import { graft } from '../../src/adapters/graft/graft';
import { matchBase } from '../../src/adapters/match';
import { readPeft } from '../../src/adapters/peft';
import { readModel } from '../../src/onnx/model';
import { type TensorToWrite, f32, writeSafetensors } from '../fixtures/adapters/safetensors';
import { toyAdapter, toyConfig } from '../fixtures/adapters/toyAdapter';
import { toyDecoder, toyWeights } from '../fixtures/adapters/toyDecoder';

const Q0 = 'base_model.model.model.layers.0.self_attn.q_proj';
const DOWN1 = 'base_model.model.model.layers.1.mlp.down_proj';

function pair(module: string, rank: number, infix = ''): TensorToWrite[] {
  return [
    f32(`${module}.lora_A${infix}.weight`, [rank, 3], Array<number>(rank * 3).fill(0.5)),
    f32(`${module}.lora_B${infix}.weight`, [2, rank], Array<number>(rank * 2).fill(0.25)),
  ];
}
const read = (config: Record<string, unknown>, tensors: readonly TensorToWrite[] = pair(Q0, 4)) =>
  readPeft('id', 'Label', toyConfig(config), writeSafetensors(tensors));
const coded = (code: string, words: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(words) as string }) as Error;

describe('reading', () => {
  test.each(
    BUILT_IN_ADAPTERS.flatMap(({ id, forReaders }) =>
      forReaders.map((trained) => [id, trained.baseName, trained] as const),
    ),
  )('the shipped adapter %s for %s', async (name, baseName, { folder: path, rank, alpha, layers }) => {
    const folder = new URL(`../../public/${path}`, import.meta.url);
    const config = await readFile(new URL('adapter_config.json', folder), 'utf8');
    const adapter = readPeft(
      name,
      name,
      config,
      new Uint8Array(await readFile(new URL('adapter_model.safetensors', folder))),
    );
    expect(adapter).toMatchObject({ id: name, baseModel: baseName, rank, alpha });
    expect(new Set(adapter.pairs.map(({ layer }) => layer)).size).toBe(layers);
    expect([...new Set(adapter.pairs.map(({ projection }) => projection))]).toEqual(BUILT_IN_SHARED.targets);
    expect(adapter.pairs).toHaveLength(layers * BUILT_IN_SHARED.targets.length);
    expect(adapter.pairs.every((one) => one.scale === 2 && one.rank === rank)).toBe(true);
  });

  test('the tiny reader’s have its shapes', async () => {
    const folder = new URL('../../public/adapters/json-answer/', import.meta.url);
    const config = await readFile(new URL('adapter_config.json', folder), 'utf8');
    const weights = new Uint8Array(await readFile(new URL('adapter_model.safetensors', folder)));
    const { pairs } = readPeft('json-answer', 'json-answer', config, weights);
    expect(pairs.find((one) => one.layer === 6 && one.projection === 'down_proj')).toMatchObject({
      inputs: 640,
      outputs: 256,
    });
  });

  test('shapes, values, and names with and without PEFT’s infix', () => {
    const adapter = read({}, [...pair(DOWN1, 4, '.default'), ...pair(Q0, 4)]);
    expect(adapter.pairs.map(({ layer, projection }) => [layer, projection])).toEqual([
      [0, 'q_proj'],
      [1, 'down_proj'],
    ]);
    expect(adapter.pairs[0]).toMatchObject({ rank: 4, inputs: 3, outputs: 2, scale: 2 });
    expect(adapter.pairs[0]?.a).toEqual(new Float32Array(12).fill(0.5));
    expect(adapter.pairs[0]?.b).toEqual(new Float32Array(8).fill(0.25));
  });

  test('rank-stabilised LoRA divides by the root of the rank', () => {
    expect(read({ use_rslora: true }).pairs[0]?.scale).toBe(4);
  });

  test.each([
    ['a bare name', { rank_pattern: { q_proj: 2 }, alpha_pattern: { q_proj: 6 } }],
    ['a path', { rank_pattern: { 'layers.0.self_attn.q_proj': 2 }, alpha_pattern: { 'self_attn.q_proj': 6 } }],
    [
      'an expression',
      { rank_pattern: { 'layers\\.\\d+\\.self_attn\\.q_proj': 2 }, alpha_pattern: { '(q|k)_proj': 6 } },
    ],
  ])('ranks and alphas of single modules: %s', (_, patterns) => {
    const adapter = read(patterns, [...pair(Q0, 2), ...pair(DOWN1, 4)]);
    expect(adapter.pairs.map(({ rank, scale }) => [rank, scale])).toEqual([
      [2, 3],
      [4, 2],
    ]);
  });

  test('a pattern does not match half a name', () => {
    expect(read({ alpha_pattern: { proj: 6 } }).pairs[0]?.scale).toBe(2);
  });
});

describe('refusing by name', () => {
  test.each([
    ['DoRA', { use_dora: true }, 'use_dora'],
    ['biases', { bias: 'all' }, 'bias: all'],
    ['whole modules', { modules_to_save: ['lm_head'] }, 'modules_to_save'],
    ['another method', { peft_type: 'IA3' }, 'IA3'],
    ['the embedding table', { target_modules: ['q_proj', 'embed_tokens'] }, 'embed_tokens'],
    ['the head', { target_modules: ['model.lm_head'] }, 'model.lm_head'],
    ['a changed base', { init_lora_weights: 'pissa_niter_4' }, 'pissa_niter_4'],
    [
      'repeated layers',
      {
        layer_replication: [
          [0, 2],
          [1, 3],
        ],
      },
      'layer_replication',
    ],
    ['a pattern that could run for ever', { rank_pattern: { '(a+)+b': 2 } }, '(a+)+b'],
  ])('%s', (_, config, words) => {
    expect(() => read(config)).toThrow(coded('adapter-unsupported', words));
  });

  test.each([
    [
      'an embedding',
      f32('base_model.model.model.embed_tokens.lora_embedding_A', [4, 3], Array<number>(12).fill(0)),
      'lora_embedding_A',
    ],
    ['a magnitude', f32(`${Q0}.lora_magnitude_vector`, [2], [1, 1]), 'lora_magnitude_vector'],
    ['a head', f32('base_model.model.lm_head.lora_A.weight', [4, 3], Array<number>(12).fill(0)), 'lm_head'],
    ['a convolution', f32(`${DOWN1}.lora_A.weight`, [4, 3, 1, 1], Array<number>(12).fill(0)), 'down_proj'],
  ])('the weights of %s', (_, tensor, words) => {
    expect(() => read({}, [...pair(Q0, 4), tensor])).toThrow(coded('adapter-unsupported', words));
  });

  const [a, b] = pair(Q0, 4) as [TensorToWrite, TensorToWrite];
  test.each([
    ['half a pair: no B', [a], 'no lora_B'],
    ['half a pair: no A', [b], 'no lora_A'],
    ['another rank than the config', pair(Q0, 8), 'rank 4'],
    ['another rank in B alone', [a, f32(b.name, [2, 3], [1, 2, 3, 4, 5, 6])], 'have 4 and 3'],
    ['another rank in A alone', [f32(a.name, [3, 3], Array<number>(9).fill(1)), b], 'have 3 and 4'],
    ['the same half twice', [...pair(Q0, 4), ...pair(Q0, 4, '.default')], 'two lora_A'],
    ['two modules in one place', [...pair(Q0, 4), ...pair('model.layers.0.attn.q_proj', 4)], 'layer 0, q_proj'],
    ['no weights', [], 'no weights'],
    ['not a number', [f32(a.name, [4, 3], [...Array<number>(11).fill(0), NaN]), b], 'lora_A'],
    ['infinity', [a, f32(b.name, [2, 4], [...Array<number>(7).fill(0), -Infinity])], 'lora_B'],
  ])('damaged: %s', (_, tensors, words) => {
    expect(() => read({}, tensors)).toThrow(coded('adapter-damaged', words));
  });

  test.each([
    ['no JSON', '{"r": 4', 'not valid JSON'],
    ['no object', '[]', 'adapter_config.json'],
    ['no kind', '{"r": 4, "lora_alpha": 8}', 'peft_type'],
    ['no rank', toyConfig({ r: null }), 'r is'],
    ['a rank of nothing', toyConfig({ r: 0 }), 'r is'],
    ['a rank in words', toyConfig({ r: 'eight' }), 'r is'],
    ['no alpha', toyConfig({ lora_alpha: undefined }), 'lora_alpha'],
    ['a broken pattern', toyConfig({ rank_pattern: { '(q_proj': 2 } }), '(q_proj'],
  ])('a config with %s', (_, config, words) => {
    expect(() => readPeft('id', 'Label', config, writeSafetensors(pair(Q0, 4)))).toThrow(
      coded('adapter-damaged', words),
    );
  });
});

describe('fitting', () => {
  const { targets } = graft(readModel(toyDecoder(toyWeights(1))));
  const { adapter } = toyAdapter('one', 11, 4, 8);

  test.each(['lab/toy', 'mirror/Toy', '/home/me/toy/'])('an adapter of the same base, called %s', (baseModel) => {
    expect(() => checkFits({ ...adapter, baseModel }, targets, 'lab/toy')).not.toThrow();
  });

  test('an adapter that names no base is held against the shapes alone', () => {
    expect(() => checkFits({ ...adapter, baseModel: null }, targets, 'lab/toy')).not.toThrow();
  });

  test('a name alone refuses nothing, and is named where the shapes differ too', () => {
    expect(() => checkFits({ ...adapter, baseModel: 'lab/other' }, targets, 'lab/toy')).not.toThrow();
    expect(() => checkFits({ ...read({}), baseModel: 'lab/other' }, targets, 'lab/toy')).toThrow(
      coded('adapter-mismatch', 'It was trained for lab/other.'),
    );
  });

  test.each([
    ['lab/toy', 'exact'],
    ['mirror/Toy', 'exact'],
    ['lab/other', 'shapes'],
    [null, 'shapes'],
  ])('a base called %s: %s', (baseModel, kind) => {
    expect(matchBase({ ...adapter, baseModel }, { baseName: 'lab/toy', targets })).toEqual({ kind });
  });

  test('what differs is said', () => {
    const match = matchBase({ ...read({}), baseModel: 'lab/toy' }, { baseName: 'lab/toy', targets });
    expect(match).toEqual({
      kind: 'no',
      why: '“Label” is for a model whose layer 0, q_proj is 3 × 2; in lab/toy it is 16 × 16.',
    });
  });

  test('another shape, and a linear that is not there', () => {
    expect(() => checkFits({ ...read({}), baseModel: null }, targets, 'lab/toy')).toThrow(
      coded('adapter-mismatch', 'layer 0, q_proj is 3 × 2; in lab/toy it is 16 × 16'),
    );
    const deeper = adapter.pairs.map((one) => ({ ...one, layer: one.layer + 1 }));
    expect(() => checkFits({ ...adapter, pairs: deeper }, targets, 'lab/toy')).toThrow(
      coded('adapter-mismatch', 'layer 2, q_proj'),
    );
  });
});
