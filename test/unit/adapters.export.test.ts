/** A mix as one adapter: the sum of its parts, here and, as recorded in `fixtures/peft/exported.json`, in PEFT itself. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { LoraPair } from '../../src/adapters/adapter';
import { type ToMix, exportMix } from '../../src/adapters/export';
import { readPeft } from '../../src/adapters/peft';
import { licenceOf } from '../../src/adapters/sources/licence';
import { MIXED, mixedParts } from '../fixtures/peft/mixed';
import { peftJson } from '../fixtures/peft/read';

const parts = await mixedParts();

/** dW times `by`. */
function change({ a, b, rank, inputs, outputs, scale }: LoraPair, by: number): number[] {
  return Array.from({ length: inputs * outputs }, (_, at) => {
    const [o, i] = [Math.floor(at / inputs), at % inputs];
    let sum = 0;
    for (let r = 0; r < rank; r++) sum += (b[o * rank + r] ?? NaN) * (a[r * inputs + i] ?? NaN);
    return sum * scale * by;
  });
}

function sumOf(worn: readonly ToMix[]): Map<string, number[]> {
  const sums = new Map<string, number[]>();
  for (const { adapter, strength } of worn)
    for (const pair of adapter.pairs) {
      const before = sums.get(pair.module);
      sums.set(
        pair.module,
        change(pair, strength).map((value, i) => value + (before?.[i] ?? 0)),
      );
    }
  return sums;
}

function roundTrip(worn: readonly ToMix[]) {
  const { config, weights } = exportMix(worn);
  return readPeft('mix', 'mix', config, weights);
}

test('the sum of its parts, module for module', () => {
  const mix = roundTrip(parts);
  const sums = sumOf(parts);
  expect(mix.baseModel).toBe('lab/tiny-llama');
  expect(mix.pairs).toHaveLength(14);
  expect(mix.pairs.map(({ module }) => module).toSorted()).toEqual([...sums.keys()].toSorted());
  for (const pair of mix.pairs) {
    const expected = sums.get(pair.module) ?? [];
    const largest = Math.max(...expected.map(Math.abs));
    const apart = Math.max(...change(pair, 1).map((value, i) => Math.abs(value - (expected[i] ?? NaN))));
    expect(largest, pair.module).toBeGreaterThan(0.05);
    expect(apart / largest, pair.module).toBeLessThan(1e-6);
    expect(pair.scale).toBe(1);
  }
});

test('ranks add up, and a pattern tells where modules differ', () => {
  const mix = roundTrip(parts);
  const rank = (module: string) => mix.pairs.find((pair) => pair.module === module)?.rank;
  // plain 4, patterns 2, rslora 4, one-layer 2 in layer 1
  expect(rank('model.layers.0.self_attn.q_proj')).toBe(10);
  expect(rank('model.layers.1.self_attn.q_proj')).toBe(12);
  expect(rank('model.layers.0.mlp.down_proj')).toBe(5);
  expect(rank('model.layers.1.mlp.gate_proj')).toBe(10);
  expect(mix.rank).toBe(12);
});

test('PEFT loads these very bytes, and they change what the parts change together', async () => {
  const { config, weights } = exportMix(parts);
  const digest = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex');
  const recorded = (await peftJson('exported.json')) as Readonly<Record<string, string | number>>;
  expect([digest(config), digest(weights)]).toEqual([recorded['config'], recorded['weights']]);
  expect(recorded['modules']).toBe(14);
  expect(recorded['largestDelta']).toBeGreaterThan(1);
  expect(recorded['largestError']).toBeLessThan(2e-6);
  expect(recorded['mergedAgainstWorn']).toBeLessThan(2e-6);
});

test('its card names the parts, and a licence that they share', () => {
  const { readme } = exportMix(parts);
  for (const [name, strength] of MIXED) expect(readme).toContain(`| ${name} | ${String(strength)} | mit |`);
  expect(readme).toContain('base_model: "lab/tiny-llama"');
  expect(licenceOf(readme)).toBe('mit');
  const [first, ...rest] = parts;
  if (!first) throw new Error('There are no parts.');
  const mixed = exportMix([{ ...first, licence: 'apache-2.0' }, ...rest]).readme;
  expect(licenceOf(mixed)).toBeNull();
  expect(mixed).toContain('| plain | 0.5 | apache-2.0 |');
});

describe('refused', () => {
  const [first] = parts;
  if (!first) throw new Error('There are no parts.');

  test('nothing worn', () => {
    const refusal = expect.objectContaining({ code: 'adapter-unsupported' }) as Error;
    expect(() => exportMix([])).toThrow(refusal);
    expect(() => exportMix([{ ...first, strength: 0 }])).toThrow(refusal);
  });

  test('adapters of different models: by name, and by shape', () => {
    const other = { ...first, adapter: { ...first.adapter, label: 'other', baseModel: 'lab/large' } };
    expect(() => exportMix([first, other])).toThrow(
      expect.objectContaining({
        code: 'adapter-mismatch',
        message: '“plain” was trained for lab/tiny-llama and “other” for lab/large: they make no adapter together.',
      }) as Error,
    );
    const pairs = first.adapter.pairs.map((pair) => ({ ...pair, inputs: pair.inputs + 1 }));
    const nameless = { ...first, adapter: { ...first.adapter, baseModel: null, pairs } };
    expect(() => exportMix([first, nameless])).toThrow(
      expect.objectContaining({
        code: 'adapter-mismatch',
        message: 'The adapters give model.layers.0.self_attn.q_proj two shapes: 16 × 16 and 17 × 16.',
      }) as Error,
    );
  });
});
