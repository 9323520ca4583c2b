/** The audit of whole adapters against the weights of a real graph. */
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { audit, countIntruders, mitigated } from '../../src/adapters/audit';
import { baseWeights } from '../../src/adapters/audit/base';
import { weightsOf } from '../../src/adapters/export';
import { type PeftAdapter, readPeft } from '../../src/adapters/peft';
import { finish } from '../../src/job';
import { FLOAT, readModel } from '../../src/onnx/model';
import { newNode, newTensor } from '../../src/onnx/write';
import { normals } from '../fixtures/adapters/random';
import { toyDecoder, toyWeights } from '../fixtures/adapters/toyDecoder';
import { peftJson } from '../fixtures/peft/read';

const PUBLIC = new URL('../../public/', import.meta.url);
const bytesOf = async (path: string) => new Uint8Array(await readFile(new URL(path, PUBLIC)));
const reader = baseWeights(readModel(await bytesOf('models/reader-tiny/onnx/model_q4.onnx')), new Map());
const counted = (await peftJson('audit/builtIn.json')) as Readonly<Record<string, Readonly<Record<string, number>>>>;
const SETTINGS = { topK: 10, epsilon: 0.5 };
const { signal } = new AbortController();

async function config(name: string) {
  return new TextDecoder().decode(await bytesOf(`adapters/${name}/adapter_config.json`));
}

/** A built-in adapter, as far as it changes these layers. */
async function builtIn(name: string, layers: readonly number[]): Promise<PeftAdapter> {
  const adapter = readPeft(name, name, await config(name), await bytesOf(`adapters/${name}/adapter_model.safetensors`));
  return { ...adapter, pairs: adapter.pairs.filter(({ layer }) => layers.includes(layer)) };
}

describe('a built-in adapter on the built-in reader', () => {
  test.each([
    ['handbook-facts', [0, 6]],
    ['robust-reader', [5]],
  ])('%s, layers %j: as many intruders as torch counts', async (name, layers) => {
    const adapter = await builtIn(name, layers);
    const told: number[] = [];
    const audited = await finish(audit(adapter, reader, SETTINGS, signal), ({ done, total, unit }) => {
      expect([total, unit]).toEqual([adapter.pairs.length, 'matrices']);
      told.push(done);
    });
    expect(new Set(told)).toEqual(new Set(adapter.pairs.keys()));
    expect(audited.projections).toEqual(['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj']);
    const table = countIntruders(adapter, audited);
    expect(table).toHaveLength(7);
    let compared = 0;
    for (const [layer, row] of table.entries())
      for (const [i, projection] of audited.projections.entries()) {
        const expected = layers.includes(layer) ? counted[name]?.[`${String(layer)}.${projection}`] : null;
        expect(row[i], `layer ${String(layer)}, ${projection}`).toBe(expected);
        if (expected !== null) compared++;
      }
    expect(compared).toBe(7 * layers.length);
  });

  test('what is left of it is read again, changes less, and has fewer intruders', async () => {
    const adapter = await builtIn('handbook-facts', [6]);
    const before = await finish(audit(adapter, reader, SETTINGS, signal));
    const weights = weightsOf(mitigated(adapter, before, 0));
    const left = readPeft('left', 'left', await config('handbook-facts'), weights);
    expect(left.pairs.map(({ module, rank, scale }) => [module, rank, scale])).toEqual(
      adapter.pairs.map(({ module, rank, scale }) => [module, rank, scale]),
    );
    const after = await finish(audit(left, reader, SETTINGS, signal));
    const total = (of: typeof before) => [...of.found.values()].reduce((sum, { length }) => sum + length, 0);
    expect(total(before)).toBeGreaterThan(20);
    expect(total(after)).toBeLessThan(total(before) / 2);
  });

  test('it can be stopped', async () => {
    const abort = new AbortController();
    const job = audit(await builtIn('handbook-facts', [0, 1, 2]), reader, SETTINGS, abort.signal);
    await job.next();
    abort.abort();
    await expect(finish(job)).rejects.toHaveProperty('name', 'AbortError');
  });
});

describe('the weights under an adapter', () => {
  const weights = toyWeights(1);
  const toy = readModel(toyDecoder(weights));
  const pair = { layer: 1, projection: 'up_proj', inputs: 16, outputs: 24 };

  test('[outputs, inputs], as the graph multiplies by them', () => {
    const base = baseWeights(toy, new Map());
    expect(base.layers).toBe(2);
    const stored = weights.get('/model/layers.1/mlp/up_proj/MatMul') ?? new Float32Array();
    const found = base.of(pair);
    expect(found).toHaveLength(16 * 24);
    for (let o = 0; o < 24; o++) for (let i = 0; i < 16; i++) expect(found[o * 16 + i]).toBe(stored[i * 24 + o]);
  });

  test('a linear of another shape, and one that is not there, are named', () => {
    const base = baseWeights(toy, new Map());
    const mismatch = (words: string) =>
      expect.objectContaining({ code: 'adapter-mismatch', message: expect.stringContaining(words) as string }) as Error;
    expect(() => base.of({ ...pair, outputs: 25 })).toThrow(
      mismatch('layer 1, up_proj is 16 × 25, the model’s 16 × 24'),
    );
    expect(() => base.of({ ...pair, layer: 2 })).toThrow(mismatch('no layer 2, up_proj'));
    expect(() => base.of({ ...pair, projection: 'nothing' })).toThrow(mismatch('no layer 1, nothing'));
  });

  test('a packed linear of a model that keeps its parts apart is their rows, one part after the other', () => {
    const base = baseWeights(toy, new Map());
    const parts = ['gate_proj', 'up_proj'].flatMap((projection) => [...base.of({ ...pair, projection })]);
    expect([...base.of({ ...pair, projection: 'gate_up_proj', outputs: 48 })]).toEqual(parts);
    expect(base.of({ ...pair, projection: 'qkv_proj', outputs: 48 })).toHaveLength(16 * 48);
  });

  test('weights that are no constant are refused', () => {
    const gone = toy.initializers.filter(({ name }) => !name.includes('layers.1.mlp.up_proj'));
    expect(gone.length).toBeLessThan(toy.initializers.length);
    // Grafting looks at constants too: a graph without them has no such layer at all.
    expect(() => baseWeights({ ...toy, initializers: gone }, new Map())).toThrow(
      expect.objectContaining({ code: 'model-unsupported' }),
    );
  });

  test('q, k and v, and gate and up, are found in matrices that hold them together', () => {
    const [inputs, q, kv, inner] = [8, 12, 4, 10];
    const qkv = normals(1)(inputs * (q + 2 * kv), 1);
    const gateUp = normals(2)(inputs * 2 * inner, 1);
    const linear = (block: string, name: string) =>
      newNode({
        op: 'MatMul',
        name: `/model/layers.0/${block}/${name}/MatMul`,
        inputs: ['x', name],
        outputs: [`${name}_out`],
      });
    const packed = {
      ...toy,
      nodes: [linear('attn', 'qkv_proj'), linear('mlp', 'gate_up_proj')],
      initializers: [
        newTensor('qkv_proj', FLOAT, [inputs, q + 2 * kv], qkv),
        newTensor('gate_up_proj', FLOAT, [inputs, 2 * inner], gateUp),
      ],
    };
    const base = baseWeights(packed, new Map());
    const parts = [
      ['q_proj', q, qkv, q + 2 * kv, 0],
      ['k_proj', kv, qkv, q + 2 * kv, q],
      ['v_proj', kv, qkv, q + 2 * kv, q + kv],
      ['gate_proj', inner, gateUp, 2 * inner, 0],
      ['up_proj', inner, gateUp, 2 * inner, inner],
    ] as const;
    for (const [projection, outputs, stored, width, from] of parts) {
      const found = base.of({ layer: 0, projection, inputs, outputs });
      const expected = Array.from({ length: outputs * inputs }, (_, at) => {
        const [o, i] = [Math.floor(at / inputs), at % inputs];
        return stored[i * width + from + o] ?? NaN;
      });
      expect([...found], projection).toEqual(expected);
    }
    for (const [projection, outputs] of [
      ['q_proj', q + 2 * kv],
      ['k_proj', 10],
      ['up_proj', inner - 1],
    ] as const)
      expect(() => base.of({ layer: 0, projection, inputs, outputs }), projection).toThrow(
        expect.objectContaining({ code: 'adapter-mismatch' }),
      );
  });
});
