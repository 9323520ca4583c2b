import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as ort from 'onnxruntime-web/wasm';
import { beforeAll, describe, expect, test } from 'vitest';
import { prepareGraph } from '../../src/generation/graph';
import { cacheDims } from '../../src/generation/kvCache';
import { FLOAT, type OnnxModel, type OnnxNode, readModel } from '../../src/onnx/model';
import { newNode, newTensor, newValue, writeModel } from '../../src/onnx/write';
import { seededRandom } from '../../src/random';
import { emptyPast, ids, largestDifference } from '../fixtures/adapters/sessions';
import { modelFile } from '../fixtures/onnx';

const UINT8 = 2;
const READER = join(import.meta.dirname, '../../public/models/reader-tiny/onnx/model_q4.onnx');

async function open(model: OnnxModel): Promise<ort.InferenceSession> {
  const { graph, external } = writeModel(model);
  return ort.InferenceSession.create(graph, { executionProviders: ['wasm'], externalData: [...external] });
}

const floats = (tensor: ort.Tensor | undefined) => tensor?.data as Float32Array;
const masks = (rows: readonly (readonly number[])[]) => ids(rows);
const past = (output: ort.InferenceSession.ReturnType) =>
  Object.fromEntries(
    Object.entries(output)
      .filter(([name]) => name.startsWith('present.'))
      .map(([name, tensor]) => [name.replace('present', 'past_key_values'), tensor]),
  );

const none = Object.fromEntries(
  Object.keys(emptyPast(7, 4, 32, 1)).map((name) => {
    const dims = cacheDims({ kvHeads: 4, headWidth: 32, layout: 'fresh' }, name, 1, 0);
    return [name, new ort.Tensor('float32', new Float32Array(0), dims)];
  }),
);
/** A cache of layout `fresh`, for one row of 4 heads x 32, as the file's own graph has it. */
const straight = (cache: Record<string, ort.Tensor>) =>
  Object.fromEntries(
    Object.entries(cache).map(([name, tensor]) => {
      if (!name.endsWith('key')) return [name, tensor];
      const columns = tensor.dims[2] ?? 0;
      expect(tensor.dims).toEqual([1, 128, columns, 1]);
      const data = Float32Array.from(
        { length: 128 * columns },
        (_, i) =>
          floats(tensor)[(Math.floor(i / 32 / columns) * 32 + (i % 32)) * columns + (Math.floor(i / 32) % columns)] ??
          NaN,
      );
      return [name, new ort.Tensor('float32', data, [1, 4, columns, 32])];
    }),
  );

describe('the built-in reader made ready for WebAssembly', () => {
  let original: OnnxModel;
  let slow: ort.InferenceSession;
  let fast: ort.InferenceSession;
  const prompt = Array.from({ length: 90 }, (_, i) => 100 + ((i * 37) % 3000));
  const feeds = (tokens: readonly number[], seen: number) => ({
    input_ids: ids([tokens]),
    attention_mask: masks([new Array<number>(seen).fill(1)]),
  });

  beforeAll(async () => {
    original = readModel(new Uint8Array(await readFile(READER)));
    slow = await open(original);
    const prepared = prepareGraph(original, 'wasm');
    expect(prepared).toMatchObject({ layout: 'fresh', batches: true });
    expect(prepared.model.nodes.filter(({ op }) => /MatMulNBits|GroupQueryAttention/.test(op))).toEqual([]);
    fast = await open(prepared.model);
  });

  test('the last logits and the cache are those of the file, in one pass or in several', async () => {
    const expected = await slow.run({ ...feeds(prompt, 90), ...emptyPast(7, 4, 32, 1) });
    const whole = await fast.run({ ...feeds(prompt, 90), ...none });
    const first = await fast.run({ ...feeds(prompt.slice(0, 33), 33), ...none });
    const second = await fast.run({ ...feeds(prompt.slice(33), 90), ...past(first) });
    const last = floats(expected['logits']).slice(-4096);
    // Only the columns that are new come back.
    for (const [got, from] of [
      [whole, 0],
      [second, 33],
    ] as const) {
      expect(got['logits']?.dims).toEqual([1, 1, 4096]);
      expect(largestDifference(floats(got['logits']), last)).toBeLessThan(1e-3);
      for (const [name, tensor] of Object.entries(past(expected))) {
        const given = straight(past(got))[name];
        expect(given?.dims).toEqual([1, 4, 90 - from, 32]);
        const heads = [0, 1, 2, 3].map((head) => floats(tensor).slice((head * 90 + from) * 32, (head + 1) * 90 * 32));
        const columns = Float32Array.from(heads.flatMap((values) => [...values]));
        expect(largestDifference(floats(given), columns)).toBeLessThan(1e-3);
      }
    }
  });

  test('padding anywhere in a row is not seen', async () => {
    const short = prompt.slice(0, 20);
    const [a, b] = [
      await fast.run({ ...feeds(prompt, 90), ...none }),
      await fast.run({ ...feeds(short, 20), ...none }),
    ];
    const both = Object.fromEntries(
      Object.entries(past(a)).map(([name, long]) => {
        const [, lines = 0, , width = 0] = long.dims;
        const data = new Float32Array(2 * lines * 90 * width).fill(5);
        data.set(floats(long));
        for (let line = 0; line < lines; line++) {
          const own = floats(past(b)[name]).subarray(line * 20 * width, (line + 1) * 20 * width);
          data.set(own, (lines + line) * 90 * width);
        }
        return [name, new ort.Tensor('float32', data, [2, lines, 90, width])];
      }),
    );
    const real = (length: number) => Array.from({ length: 91 }, (_, i) => (i < length || i === 90 ? 1 : 0));
    const together = await fast.run({
      input_ids: ids([[7], [9]]),
      attention_mask: masks([real(90), real(20)]),
      ...both,
    });
    for (const [row, output, token, length] of [
      [0, a, 7, 90],
      [1, b, 9, 20],
    ] as const) {
      const alone = floats((await slow.run({ ...feeds([token], length + 1), ...straight(past(output)) }))['logits']);
      const own = floats(together['logits']).slice(row * 4096, (row + 1) * 4096);
      expect(largestDifference(own, alone)).toBeLessThan(1e-3);
    }
  });

  test('on WebGPU only the head is changed', () => {
    const { model, layout } = prepareGraph(original, 'webgpu');
    expect(layout).toBe('whole');
    expect(model.nodes).toHaveLength(original.nodes.length + 1);
    expect(model.nodes.at(-1)).toMatchObject({ op: 'MatMulNBits', outputs: ['logits'] });
  });
});

describe('packed weights', () => {
  const random = seededRandom(3);
  const [inputs, outputs, block] = [96, 10, 32];
  const quants = Uint8Array.from({ length: (inputs * outputs) / 2 }, () => Math.floor(random() * 256));
  const scales = Float32Array.from({ length: (inputs * outputs) / block }, () => random() - 0.5);

  const packed = (change: Partial<OnnxNode> = {}, ints: Record<string, number> = {}, opset?: number): OnnxModel => {
    const node = newNode({
      op: 'MatMulNBits',
      name: 'linear',
      domain: 'com.microsoft',
      inputs: ['x', 'q', 's'],
      outputs: ['y'],
      ints: { K: inputs, N: outputs, bits: 4, block_size: block, ...ints },
    });
    const bytes = modelFile(
      {
        nodes: [{ ...node, ...change }],
        initializers: [
          newTensor('q', UINT8, [outputs, inputs / block, block / 2], quants),
          newTensor('s', FLOAT, [scales.length], scales),
        ],
        inputs: [newValue('x', FLOAT, [1, 'rows', inputs])],
        outputs: [newValue('y', FLOAT, [1, 'rows', outputs])],
      },
      opset,
    );
    return readModel(bytes);
  };

  test('unpacked they multiply as the runtime multiplies packed ones', async () => {
    const { model } = prepareGraph(packed(), 'wasm');
    expect(model.nodes.map(({ op }) => op)).toEqual(['MatMul']);
    expect(model.initializers.map(({ name }) => name)).toEqual(['/unpacked/0']);
    const x = {
      x: new ort.Tensor(
        'float32',
        Float32Array.from({ length: 5 * inputs }, () => random() - 0.5),
        [1, 5, inputs],
      ),
    };
    const [before, after] = [await (await open(packed())).run(x), await (await open(model)).run(x)];
    expect(largestDifference(floats(after['y']), floats(before['y']))).toBeLessThan(1e-5);
  });

  test.each([
    ['8 bits', packed({}, { bits: 8 })],
    ['zero points of their own', packed({ inputs: ['x', 'q', 's', 'zero'] })],
    ['a block that does not fit', packed({}, { K: inputs - 1 })],
    ['weights that are computed', packed({ inputs: ['x', 'x', 's'] })],
  ])('%s are left as they are', (_name, model) => {
    expect(prepareGraph(model, 'wasm').model).toEqual(model);
  });
});

describe('attention of another kind is left as it is', () => {
  const model = async () => readModel(new Uint8Array(await readFile(READER)));
  const changed = async (change: (node: OnnxNode) => Partial<OnnxNode>): Promise<OnnxModel> => {
    const read = await model();
    return {
      ...read,
      nodes: read.nodes.map((node) => (node.op === 'GroupQueryAttention' ? { ...node, ...change(node) } : node)),
    };
  };

  test.each<[string, (node: OnnxNode) => Partial<OnnxNode>]>([
    ['a sliding window', ({ ints }) => ({ ints: new Map([...ints, ['local_window_size', 128]]) })],
    ['soft-capped', ({ floats }) => ({ floats: new Map([...floats, ['softcap', 30]]) })],
    ['interleaved rotary', ({ ints }) => ({ ints: new Map([...ints, ['rotary_interleaved', 1]]) })],
    ['without rotary', ({ ints }) => ({ ints: new Map([...ints, ['do_rotary', 0]]) })],
    ['with a bias of its own', ({ inputs }) => ({ inputs: [...inputs, '', 'bias'] })],
    ['packed', ({ inputs }) => ({ inputs: ['q', '', '', ...inputs.slice(3)] })],
  ])('%s', async (_name, change) => {
    const { layout, model: made } = prepareGraph(await changed(change), 'wasm');
    expect(layout).toBe('whole');
    expect(made.nodes.filter(({ op }) => op === 'GroupQueryAttention')).toHaveLength(7);
  });

  test('a graph of operators before version 13', async () => {
    expect(prepareGraph({ ...(await model()), opset: 12 }, 'wasm').layout).toBe('whole');
  });

  test('int8 decoders are told apart', async () => {
    const read = await model();
    const int8 = {
      ...read,
      nodes: [...read.nodes, newNode({ op: 'MatMulInteger', name: 'x', inputs: [], outputs: [] })],
    };
    expect(prepareGraph(int8, 'wasm').batches).toBe(false);
  });
});
