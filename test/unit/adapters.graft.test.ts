import { readFile } from 'node:fs/promises';
import * as ort from 'onnxruntime-web/wasm';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Adapter } from '../../src/adapters/adapter';
import { checkFits } from '../../src/adapters/fits';
import { graft } from '../../src/adapters/graft/graft';
import { mix } from '../../src/adapters/mix';
import { type OnnxNode, readModel } from '../../src/onnx/model';
import { readPeft } from '../../src/adapters/peft';
import { LabError } from '../../src/errors';
import { prepareGraph } from '../../src/generation/graph';
import {
  type Grafted,
  type Run,
  emptyPast,
  grafted,
  ids,
  largestDifference,
  plain,
} from '../fixtures/adapters/sessions';
import { normals } from '../fixtures/adapters/random';
import { merge, toyAdapter } from '../fixtures/adapters/toyAdapter';
import { LAYERS, SHAPES, linearName, toyDecoder, toyWeights } from '../fixtures/adapters/toyDecoder';

const PARITY = 1e-4;
const folder = new URL('../../public/', import.meta.url);
const bytesOf = async (path: string) => new Uint8Array(await readFile(new URL(path, folder)));

async function builtIn(name: string): Promise<Adapter> {
  const config = new TextDecoder().decode(await bytesOf(`adapters/${name}/adapter_config.json`));
  return readPeft(name, name, config, await bytesOf(`adapters/${name}/adapter_model.safetensors`));
}

describe.each(['plain', 'grouped'] as const)('a random fp32 decoder, %s', (form) => {
  const weights = toyWeights(1);
  const model = toyDecoder(weights);
  const input = { input_ids: ids([[3, 17, 5, 39, 0, 21]]) };
  const one = toyAdapter('one', 11, 4, 8);
  const two = toyAdapter('two', 12, 6, 6);
  const shallow = toyAdapter('shallow', 13, 2, 4, 1);
  const all = [one, two, shallow];
  let base: Float32Array;
  let toy: Grafted;

  beforeAll(async () => {
    base = await (await plain(model))(input);
    toy = await grafted(model, { form });
  });

  const worn = async (rows: Parameters<Grafted['logits']>[2], feeds = input, adapters = all) =>
    toy.logits(
      feeds,
      mix(
        toy.targets,
        adapters.map(({ adapter }) => adapter),
      ),
      rows,
    );
  const merged = async (mixture: Parameters<typeof merge>[1]) =>
    (await plain(toyDecoder(merge(weights, mixture))))(input);

  test('every linear but the head is a target, with a B of its own, and an A of its own or its group’s', () => {
    expect(toy.targets).toHaveLength(LAYERS * Object.keys(SHAPES).length);
    expect(toy.layers).toBe(LAYERS);
    expect(new Set(toy.targets.map(({ bName }) => bName)).size).toBe(toy.targets.length);
    const groups = new Set(toy.targets.map(({ aName, blocks }) => `${aName} ${String(blocks)}`));
    expect(groups.size).toBe(form === 'plain' ? toy.targets.length : LAYERS * 4);
    const expected = ['q_proj+k_proj+v_proj.A 3', 'o_proj.A 1', 'gate_proj+up_proj.A 2', 'down_proj.A 1'];
    if (form === 'grouped') expect([...groups].slice(0, 4)).toEqual(expected.map((name) => `lora.0.${name}`));
    for (const { projection, inputs, outputs } of toy.targets) expect([inputs, outputs]).toEqual(SHAPES[projection]);
  });

  test('strength 0, and wearing nothing, is the base bit for bit', async () => {
    expect(await worn([[]])).toEqual(base);
    expect(await worn([[{ adapterId: 'one', strength: 0 }]])).toEqual(base);
    expect(await worn([[]], input, [])).toEqual(base);
  });

  test.each([0.25, 0.5, 1, 1.5])('strength %d equals weights merged at that strength', async (strength) => {
    const logits = await worn([[{ adapterId: 'one', strength }]]);
    expect(largestDifference(logits, await merged([[one, strength]]))).toBeLessThan(PARITY);
    expect(largestDifference(logits, base)).toBeGreaterThan(0.05);
  });

  test('a mixture equals the sum of the merged changes', async () => {
    const strengths = { one: 0.7, two: 1.2, shallow: 1 };
    const logits = await worn([Object.entries(strengths).map(([adapterId, strength]) => ({ adapterId, strength }))]);
    expect(
      largestDifference(
        logits,
        await merged([
          [one, 0.7],
          [two, 1.2],
          [shallow, 1],
        ]),
      ),
    ).toBeLessThan(PARITY);
    expect(
      largestDifference(
        logits,
        await merged([
          [one, 0.7],
          [two, 1.2],
        ]),
      ),
    ).toBeGreaterThan(0.05);
  });

  test('an adapter of one layer leaves the others alone', async () => {
    const logits = await worn([[{ adapterId: 'shallow', strength: 1 }]]);
    expect(largestDifference(logits, await merged([[shallow, 1]]))).toBeLessThan(PARITY);
  });

  test('rows of a batch wear their own adapters', async () => {
    const prompts = [
      [3, 17, 5, 39, 0, 21],
      [8, 8, 2, 30, 11, 6],
    ];
    const rows = [
      [{ adapterId: 'one', strength: 1 }],
      [
        { adapterId: 'two', strength: 0.5 },
        { adapterId: 'shallow', strength: 1 },
      ],
    ];
    const together = await worn(rows, { input_ids: ids(prompts) });
    const half = together.length / 2;
    for (const [i, row] of rows.entries()) {
      const alone = await worn([row], { input_ids: ids([prompts[i] ?? []]) });
      expect(largestDifference(together.slice(i * half, (i + 1) * half), alone)).toBeLessThan(1e-5);
    }
  });

  test('a model without layers x projections is refused', () => {
    const missing = linearName(1, 'gate_proj');
    const refused = (rename: (name: string) => string) => () =>
      graft(readModel(toyDecoder(weights, { rename })), { form });
    expect(refused((name) => (name === missing ? '/model/layers.1/mlp/other/MatMul' : name))).toThrow(
      'Layer 1 of the model has no gate_proj',
    );
    expect(refused((name) => name.replace('layers.0', 'layers.2'))).toThrow('Layer 0 of the model has no q_proj');
    expect(refused((name) => name.replace('k_proj', 'q_proj'))).toThrow('more than one q_proj');
    expect(refused((name) => name.replace('layers', 'blocks'))).toThrow('No decoder projections');
    for (const rename of [
      (name: string) => name.replace('layers', 'blocks'),
      (name: string) => name.replace('k_proj', 'q_proj'),
    ])
      expect(refused(rename)).toThrow(expect.objectContaining({ code: 'model-unsupported' }));
  });

  test('a model that computes in bfloat16, or was grafted before, is refused', () => {
    const unsupported = expect.objectContaining({ code: 'model-unsupported' }) as Error;
    expect(() => graft(readModel(toyDecoder(weights, { type: 16 })))).toThrow(unsupported);
    expect(() => graft(readModel(toy.graph))).toThrow(unsupported);
  });

  test('grafted to its attention alone: the same changes there, and adapters of other linears are refused', async () => {
    const attention = await grafted(model, { form, only: 'attention' });
    const inAttention = (name: string) => /[qkvo]_proj/.test(name);
    expect(attention.targets).toHaveLength(LAYERS * 4);
    expect(attention.targets.every(({ projection }) => inAttention(projection))).toBe(true);
    expect(() => {
      checkFits(one.adapter, attention.targets, 'lab/toy');
    }).toThrow('“one” changes layer 0, gate_proj, where lab/toy takes no adapters.');

    const adapter = { ...one.adapter, pairs: one.adapter.pairs.filter(({ projection }) => inAttention(projection)) };
    const deltas = new Map([...one.deltas].filter(([name]) => inAttention(name)));
    checkFits(adapter, attention.targets, 'lab/toy');
    const logits = await attention.logits(input, mix(attention.targets, [adapter]), [
      [{ adapterId: 'one', strength: 1 }],
    ]);
    expect(largestDifference(logits, await merged([[{ adapter, deltas }, 1]]))).toBeLessThan(PARITY);
    expect(largestDifference(logits, base)).toBeGreaterThan(0.05);
  });

  test('a model without attention that could be grafted is refused', () => {
    const bare = toyDecoder(weights, { rename: (name) => name.replace(/attn\/._proj/, 'attn/other') });
    expect(() => graft(readModel(bare), { form, only: 'attention' })).toThrow('No decoder projections');
  });

  test('a cut model is refused in words, wherever it is cut', () => {
    let refused = 0;
    for (let length = 0; length < model.length; length += 97) {
      expect(() => graft(readModel(model.subarray(0, length)))).toThrow(LabError);
      refused++;
    }
    expect(refused).toBe(Math.ceil(model.length / 97));
  });
});

describe.each(['plain', 'grouped'] as const)('the built-in reader, %s', (form) => {
  const prompt = [1, 300, 45, 2210, 17, 980, 4, 77, 1500, 3];
  const feeds = (rows: number) => ({
    input_ids: ids(Array.from({ length: rows }, () => prompt)),
    attention_mask: ids(Array.from({ length: rows }, () => prompt.map(() => 1))),
    ...emptyPast(7, 4, 32, rows),
  });
  const names = ['robust-reader', 'handbook-facts', 'json-answer', 'memo-voice'];
  let model: Uint8Array;
  let run: Run;
  let reader: Grafted;
  let adapters: Adapter[];

  beforeAll(async () => {
    model = await bytesOf('models/reader-tiny/onnx/model_q4.onnx');
    run = await plain(model);
    reader = await grafted(model, { form });
    adapters = await Promise.all(names.map(builtIn));
  });

  test('49 targets in 7 layers, and a graph far smaller than the file', () => {
    expect(reader.targets).toHaveLength(49);
    expect(reader.layers).toBe(7);
    const computing = (nodes: readonly OnnxNode[]) =>
      nodes.filter(({ op, name }) => name.startsWith('/lora/') && !/^(Flatten|Shape|Reshape)$/.test(op)).length / 7;
    expect(computing(reader.model.nodes)).toBe(form === 'plain' ? 28 : 15);
    expect(reader.graph.length).toBeLessThan(model.length / 20);
  });

  test('strength 0 is the base bit for bit, with every adapter laid beside it', async () => {
    const rows = [names.map((adapterId) => ({ adapterId, strength: 0 }))];
    expect(await reader.logits(feeds(1), mix(reader.targets, adapters), rows)).toEqual(await run(feeds(1)));
  });

  test('each adapter changes the logits, and does the same alone as beside the others', async () => {
    const base = await run(feeds(1));
    const beside = mix(reader.targets, adapters);
    expect(beside.rank).toBe(56);
    for (const adapter of adapters) {
      const rows = [[{ adapterId: adapter.id, strength: 1 }]];
      const together = await reader.logits(feeds(1), beside, rows);
      const alone = await reader.logits(feeds(1), mix(reader.targets, [adapter]), rows);
      expect(largestDifference(together, alone)).toBeLessThan(PARITY);
      expect(largestDifference(together, base)).toBeGreaterThan(0.5);
    }
  });

  test('rows of a batch equal single runs', async () => {
    const beside = mix(reader.targets, adapters);
    const rows = names.map((adapterId) => [{ adapterId, strength: 1 }]);
    const together = await reader.logits(feeds(rows.length), beside, rows);
    const width = together.length / rows.length;
    for (const [i, row] of rows.entries()) {
      const alone = await reader.logits(feeds(1), beside, [row]);
      expect(largestDifference(together.slice(i * width, (i + 1) * width), alone)).toBeLessThan(PARITY);
    }
  });
});

test('on a graph made ready for WebGPU, rows of unlike lengths and adapters are grouped as they are plain', async () => {
  const { model } = prepareGraph(readModel(await bytesOf('models/reader-tiny/onnx/model_q4.onnx')), 'webgpu');
  const adapters = await Promise.all(['robust-reader', 'memo-voice'].map(builtIn));
  const seen = 5;
  const mask = (length: number) => Array.from({ length: seen + 1 }, (_, column) => (column <= length ? 1 : 0));
  const past = Object.entries(emptyPast(7, 4, 32, 1)).map(([name], i) => {
    const columns = normals(i)(2 * 4 * seen * 32, 0.5);
    return [name, new ort.Tensor('float32', columns, [2, 4, seen, 32])] as const;
  });
  const feeds = {
    input_ids: ids([[300], [45]]),
    attention_mask: ids([mask(seen), mask(2)]),
    ...Object.fromEntries(past),
  };
  const rows = adapters.map(({ id }) => [{ adapterId: id, strength: 1 }]);
  const [plainly, grouped] = await Promise.all(
    (['plain', 'grouped'] as const).map(async (form) => {
      const reader = await grafted(model, { form });
      return reader.logits(feeds, mix(reader.targets, adapters), rows);
    }),
  );
  expect(grouped).toHaveLength(2 * 4096);
  expect(largestDifference(grouped ?? new Float32Array(), plainly ?? new Float32Array())).toBeLessThan(PARITY);
});
