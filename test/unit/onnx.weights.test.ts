/** Weights in every form that ONNX Runtime's tools write, held against what ONNX Runtime multiplies by. */
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { graft } from '../../src/adapters/graft/graft';
import { FLOAT, type OnnxModel, intOf, readModel } from '../../src/onnx/model';
import { linearWeights } from '../../src/onnx/weights';
import { newNode, newTensor } from '../../src/onnx/write';

const file = async (name: string) =>
  new Uint8Array(await readFile(new URL(`../fixtures/onnxWeights/${name}`, import.meta.url)));
const expected = JSON.parse(new TextDecoder().decode(await file('weights.json'))) as Readonly<
  Record<string, { readonly probe: readonly number[]; readonly first: readonly number[] }>
>;
const INT8 = 3;
const EMPTY: OnnxModel = {
  bytes: new Uint8Array(),
  opset: 21,
  nodes: [],
  initializers: [],
  inputs: [],
  outputs: [],
  values: [],
  graphRest: [],
  modelRest: [],
};
const LINEARS = ['MatMul', 'Gemm', 'MatMulNBits', 'MatMulInteger'];

async function read(name: string, external: ReadonlyMap<string, Uint8Array> = new Map()) {
  const model = readModel(await file(`${name}.onnx`));
  const node = model.nodes.find(({ op }) => LINEARS.includes(op));
  if (!node) throw new Error('There is no linear.');
  return linearWeights(model, node, external);
}

const FORMS = [
  'fp32',
  'fp16',
  'gemm',
  'q4',
  'q4-zeros',
  'q8',
  'q8-zeros',
  'qdq',
  'qdq-blocks',
  'int8',
  'int8-channels',
  'transposed',
  'external',
];

test('every form that was made is read', () => {
  expect(Object.keys(expected).toSorted()).toEqual(FORMS.toSorted());
});

test.each(FORMS)('%s', async (name) => {
  const weights = await read(name, new Map([['external.onnx_data', await file('external.onnx_data')]]));
  if (!weights) throw new Error('It was not understood.');
  const { inputs, outputs, data } = weights;
  expect([outputs, inputs, data.length]).toEqual([24, 40, 960]);
  const { probe = [], first = [] } = expected[name] ?? {};
  first.forEach((value, i) => expect(data[i]).toBeCloseTo(value, 4));
  const change = Array.from({ length: outputs }, (_, o) =>
    data.subarray(o * inputs, (o + 1) * inputs).reduce((sum, value, i) => sum + value * Math.sin(i + 1), 0),
  );
  // In fp16 the runtime's answers are rounded to three digits.
  probe.forEach((value, o) => expect(change[o]).toBeCloseTo(value, name === 'fp16' ? 2 : 3));
});

test.each([
  ['MatMulIntegerToFloat', ['xq', 'wq', 'xs', 's', 'xz', 'z']],
  ['DynamicQuantizeMatMul', ['x', 'wq', 's', 'z']],
])('%s, in which the runtime joins an integer product with its scale', (op, inputs) => {
  const linear = newNode({ op, name: 'l', inputs, outputs: ['y'], domain: 'com.microsoft' });
  const initializers = [
    newTensor('wq', INT8, [3, 2], Int8Array.from([1, -2, 3, 4, 5, -6])),
    newTensor('s', FLOAT, [2], Float32Array.from([0.5, 2])),
    newTensor('z', INT8, [2], Int8Array.from([1, -1])),
  ];
  const found = linearWeights({ ...EMPTY, nodes: [linear], initializers }, linear, new Map());
  expect(found).toEqual({ inputs: 3, outputs: 2, data: Float32Array.from([0, 1, 2, -2, 10, -10]) });
});

describe('not understood', () => {
  const linear = newNode({ op: 'MatMul', name: 'l', inputs: ['x', 'w'], outputs: ['y'] });
  const model = (more: Partial<OnnxModel>): OnnxModel => ({ ...EMPTY, nodes: [linear], ...more });

  test('weights that are no constant', () => {
    expect(linearWeights(model({}), linear, new Map())).toBeNull();
  });

  test('external data that is not at hand', async () => {
    expect(await read('external')).toBeNull();
    expect(await read('external', new Map([['external.onnx_data', new Uint8Array(100)]]))).toBeNull();
  });

  test('fewer values than the shape asks for', () => {
    const w = newTensor('w', FLOAT, [3, 2], new Float32Array(5));
    expect(linearWeights(model({ initializers: [w] }), linear, new Map())).toBeNull();
  });

  test('nodes that lead in a circle', () => {
    const circle = newNode({ op: 'Transpose', name: 't', inputs: ['w'], outputs: ['w'] });
    expect(linearWeights(model({ nodes: [circle, linear] }), linear, new Map())).toBeNull();
  });
});

test('the built-in reader: all its linears, with the shapes that the graft finds', async () => {
  const path = new URL('../../public/models/reader-tiny/onnx/model_q4.onnx', import.meta.url);
  const model = readModel(new Uint8Array(await readFile(path)));
  const { targets } = graft(model);
  const linears = model.nodes.filter((node) => node.op === 'MatMulNBits' && node.name.includes('layers.'));
  expect(linears).toHaveLength(targets.length);
  for (const node of linears) {
    const weights = linearWeights(model, node, new Map());
    expect([weights?.inputs, weights?.outputs]).toEqual([intOf(node, 'K'), intOf(node, 'N')]);
    const values = weights?.data ?? new Float32Array();
    const spread = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
    expect(spread).toBeGreaterThan(0.005);
    expect(spread).toBeLessThan(1);
  }
});
