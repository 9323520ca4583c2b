import { expect, test } from 'vitest';
import { type ReadAt, largestTensor } from '../../src/onnx/largest';
import { FLOAT, FLOAT16, readModel } from '../../src/onnx/model';
import { newNode, newTensor, newValue } from '../../src/onnx/write';
import { familyGraph } from '../fixtures/families';
import { modelFile } from '../fixtures/onnx';

const SIZES: Readonly<Record<number, number>> = { 1: 4, 2: 1, 3: 1, 7: 8, 9: 1, 10: 2 };

/** Counts the bytes that were asked for. */
function reader(file: Uint8Array): { read: ReadAt; asked: () => number } {
  let asked = 0;
  const read: ReadAt = (at, length) => {
    asked += length;
    return Promise.resolve(file.subarray(at, at + length));
  };
  return { read, asked: () => asked };
}

test.each(['qwen2.q4', 'qwen2.int8', 'qwen2.fp16', 'llama.dynamo', 'embedder.bert-mean'])(
  'of %s it is what the whole graph says',
  async (name) => {
    const file = await familyGraph(name);
    const sizes = readModel(file).initializers.map(({ dims, type }) => {
      expect(SIZES).toHaveProperty(String(type));
      return dims.reduce((all, dim) => all * dim, SIZES[type] ?? NaN);
    });
    expect(await largestTensor(reader(file).read, file.length)).toBe(Math.max(...sizes));
  },
);

test('weights are passed over: the heads of tensors alone are read', async () => {
  const nodes = [newNode({ op: 'Add', name: 'add', inputs: ['a', 'b'], outputs: ['c'] })];
  const initializers = ['a', 'b', 'c'].map((name, i) =>
    newTensor(name, FLOAT, [i + 1, 1 << 18], new Float32Array((i + 1) << 18)),
  );
  const file = modelFile({ nodes, initializers, inputs: [], outputs: [newValue('c', FLOAT, [1])] });
  const { read, asked } = reader(file);
  expect(await largestTensor(read, file.length)).toBe(3 << 20);
  expect(file.length).toBeGreaterThan(6 << 20);
  // One window for each tensor, one before the first and one behind the last at most.
  expect(asked()).toBeLessThanOrEqual(5 * 64 * 1024);
});

test('a file that is cut, or none at all, is told', async () => {
  const nodes = [newNode({ op: 'Add', name: 'add', inputs: ['a', 'b'], outputs: ['c'] })];
  const initializers = [
    newTensor('a', FLOAT, [100, 3], new Float32Array(300)),
    newTensor('b', FLOAT16, [700], new Uint16Array(700)),
  ];
  const outputs = [newValue('c', FLOAT, [1])];
  const file = modelFile({ nodes, initializers, inputs: [], outputs });
  expect(await largestTensor(reader(file).read, file.length)).toBe(1400);
  for (const bytes of [file.subarray(0, 60), new Uint8Array([255, 255, 255, 255])])
    await expect(largestTensor(reader(bytes).read, bytes.length)).rejects.toMatchObject({ code: 'model-corrupt' });
});
