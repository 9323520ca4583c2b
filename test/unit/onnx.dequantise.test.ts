import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as ort from 'onnxruntime-web/wasm';
import { describe, expect, test } from 'vitest';
import { dequantise } from '../../src/onnx/dequantise';
import { FLOAT, INT64, INT8, type OnnxModel, UINT8, readModel } from '../../src/onnx/model';
import { numbersOf } from '../../src/onnx/numbers';
import { newNode, newTensor, newValue, writeModel } from '../../src/onnx/write';
import { seededRandom } from '../../src/random';
import { modelFile } from '../fixtures/onnx';

const FINDER = join(import.meta.dirname, '../../public/models/embedder-tiny/onnx/model_quantized.onnx');

async function run(model: OnnxModel, feeds: Record<string, ort.Tensor>): Promise<Float32Array> {
  ort.env.wasm.numThreads = 1;
  const { graph, external } = writeModel(model);
  const session = await ort.InferenceSession.create(graph, { externalData: [...external] });
  const [output] = Object.values(await session.run(feeds));
  await session.release();
  return output?.data as Float32Array;
}

const ids = (rows: readonly (readonly number[])[]) =>
  new ort.Tensor('int64', BigInt64Array.from(rows.flat(), BigInt), [rows.length, rows[0]?.length ?? 0]);

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, i) => sum + value * (y[i] ?? NaN), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

describe('the built-in finder in floats', () => {
  const load = async () => readModel(new Uint8Array(await readFile(FINDER)));

  test('has no 8-bit operator left and no constant that nothing reads', async () => {
    const original = await load();
    expect(original.nodes.filter(({ op }) => op === 'MatMulInteger')).toHaveLength(18);
    const made = dequantise(original);
    expect(made?.nodes.filter(({ op }) => /Integer|Quantize/.test(op))).toEqual([]);
    // The 6 others are of attention.
    expect(made?.nodes.filter(({ op }) => op === 'MatMul')).toHaveLength(18 + 6);
    const read = new Set(made?.nodes.flatMap(({ inputs }) => inputs));
    expect(made?.initializers.filter(({ name }) => !read.has(name))).toEqual([]);
    // Each at least holds the word table's 8,192 x 256 bytes; the float one has four times as many.
    expect(made?.initializers.find(({ name }) => name === '/float/word_quantized')?.values).toHaveLength(
      4 * 8192 * 256,
    );
  });

  test('gives the hidden states of the file', async () => {
    const original = await load();
    const made = dequantise(original);
    if (!made) throw new Error('Nothing was made.');
    const tokens = Array.from({ length: 40 }, (_, i) => 10 + ((i * 61) % 4000));
    const feeds = {
      input_ids: ids([tokens]),
      attention_mask: ids([tokens.map(() => 1)]),
      token_type_ids: ids([tokens.map(() => 0)]),
    };
    expect(cosine(await run(made, feeds), await run(original, feeds))).toBeGreaterThan(0.999);
  });
});

describe('products of 8-bit weights', () => {
  const [inputs, outputs] = [24, 6];
  const random = seededRandom(5);
  const quants = Int8Array.from({ length: inputs * outputs }, () => Math.floor(random() * 255) - 127);
  const x = Float32Array.from({ length: 3 * inputs }, () => random() - 0.5);

  /** `scale` and `zero` have one value, or one for each output. */
  const quantised = (scale: Float32Array, zero: Int8Array | null, change: { by?: string; cast?: string } = {}) =>
    readModel(
      modelFile({
        nodes: [
          newNode({ op: 'DynamicQuantizeLinear', name: 'round', inputs: ['x'], outputs: ['xq', 'xs', 'xz'] }),
          newNode({ op: 'Mul', name: 'scales', inputs: ['xs', 'ws'], outputs: ['by'] }),
          newNode({
            op: 'MatMulInteger',
            name: 'product',
            inputs: ['xq', 'wq', 'xz', ...(zero ? ['wz'] : [])],
            outputs: ['sum'],
          }),
          newNode({ op: 'Cast', name: 'cast', inputs: ['sum'], outputs: ['cast'], ints: { to: FLOAT } }),
          newNode({
            op: 'Mul',
            name: 'last',
            inputs: [change.cast ?? 'cast', change.by ?? 'by'],
            outputs: ['y'],
          }),
        ],
        initializers: [
          newTensor('wq', INT8, [inputs, outputs], quants),
          newTensor('ws', FLOAT, scale.length === 1 ? [] : [scale.length], scale),
          ...(zero ? [newTensor('wz', INT8, zero.length === 1 ? [] : [zero.length], zero)] : []),
        ],
        inputs: [newValue('x', FLOAT, ['rows', inputs])],
        outputs: [newValue('y', FLOAT, ['rows', outputs])],
      }),
    );

  const perColumn = Float32Array.from({ length: outputs }, (_, i) => 0.01 * (i + 1));
  test.each([
    ['one scale', Float32Array.of(0.02), null],
    ['one scale and a zero', Float32Array.of(0.02), Int8Array.of(-9)],
    ['a scale for each column', perColumn, null],
    ['a scale and a zero for each column', perColumn, Int8Array.of(1, -2, 3, -4, 5, -6)],
  ])('%s', async (_name, scale, zero) => {
    const made = dequantise(quantised(scale, zero));
    expect(made?.nodes.map(({ op }) => op)).toEqual(['MatMul']);
    if (!made) throw new Error('Nothing was made.');
    const weights = Array.from(quants, (q, i) => {
      const at = (list: ArrayLike<number> | null) => list?.[list.length === 1 ? 0 : i % outputs] ?? 0;
      return (q - at(zero)) * at(scale);
    });
    const expected = Float32Array.from({ length: 3 * outputs }, (_, i) => {
      const [row, column] = [Math.floor(i / outputs), i % outputs];
      return Array.from({ length: inputs }).reduce<number>(
        (sum, _value, k) => sum + (x[row * inputs + k] ?? 0) * (weights[k * outputs + column] ?? 0),
        0,
      );
    });
    const feeds = { x: new ort.Tensor('float32', x, [3, inputs]) };
    const got = await run(made, feeds);
    for (const [i, value] of expected.entries()) expect(got[i]).toBeCloseTo(value, 4);
    // What the 8-bit graph gives is near it, its activations being rounded.
    expect(cosine(await run(quantised(scale, zero), feeds), expected)).toBeGreaterThan(0.999);
  });

  test.each([
    ['scaled by something else', quantised(perColumn, null, { by: 'x' })],
    ['whose sums are not cast', quantised(perColumn, null, { cast: 'x' })],
    ['with as many scales as fit no column', quantised(Float32Array.of(1, 2), null)],
  ])('%s cannot be had in floats', (_name, model) => {
    expect(dequantise(model)).toBeNull();
  });

  test('too many of them stay as they are', () => {
    const model = quantised(perColumn, null);
    const initializers = model.initializers.map((one) =>
      one.name === 'wq' ? { ...one, dims: [2 ** 14, 2 ** 12] } : one,
    );
    expect(dequantise({ ...model, initializers })).toBeNull();
  });

  test('a graph without any is left as it is', () => {
    const model = readModel(
      modelFile({
        nodes: [newNode({ op: 'Mul', name: 'double', inputs: ['x', 'two'], outputs: ['y'] })],
        initializers: [newTensor('two', FLOAT, [1], Float32Array.of(2))],
        inputs: [newValue('x', FLOAT, ['rows'])],
        outputs: [newValue('y', FLOAT, ['rows'])],
      }),
    );
    expect(dequantise(model)?.nodes).toEqual(model.nodes);
  });
});

test('constants are read however they are kept', async () => {
  const finder = readModel(new Uint8Array(await readFile(FINDER)));
  const named = (name: string) => {
    const tensor = finder.initializers.find((one) => one.name === name);
    if (!tensor) throw new Error(`There is no ${name}.`);
    return tensor;
  };
  // As fields of their own, one negative; and as raw bytes.
  expect(named('layer0.q.weight_scale').raw).toBeNull();
  expect(numbersOf(finder, named('layer0.q.weight_scale'))?.[0]).toBeGreaterThan(0);
  const zeros = finder.initializers.filter(({ name, type }) => name.endsWith('zero_point') && type === INT8);
  expect(zeros.map((zero) => numbersOf(finder, zero))).toEqual(zeros.map(() => Int8Array.of(0)));
  const word = numbersOf(finder, named('word_zero_point'));
  expect(word).toBeInstanceOf(Uint8Array);
  expect(numbersOf(finder, named('layer0.q.weight_quantized'))).toHaveLength(256 * 256);
  expect(numbersOf(finder, named('split'))).toBeNull();
  expect(numbersOf(finder, newTensor('made', UINT8, [2], Uint8Array.of(0, 255)))).toEqual(Uint8Array.of(0, 255));
  expect(named('split').type).toBe(INT64);
});
