import { expect, test } from 'vitest';
import { PART_BYTES } from '../../src/inference/hub';
import { FLOAT } from '../../src/onnx/model';
import { newNode, newTensor, newValue } from '../../src/onnx/write';
import { partsOf } from '../../src/storage/keptModels';
import { MemoryModelStore } from '../../src/storage/memoryModels';
import { tensorIn } from '../../src/workers/keptTensors';
import { modelFile } from '../fixtures/onnx';

const KEY = 'hub:test/model';
const PATH = 'onnx/model.onnx';

/** Three tensors of 1, 5 and 2 MB, of which the second crosses the first boundary and the third holds the last. */
function graph(): Uint8Array<ArrayBuffer> {
  const nodes = [newNode({ op: 'Add', name: 'add', inputs: ['a', 'b'], outputs: ['d'] })];
  const initializers = Object.entries({ a: 1, b: 5, c: 2 }).map(([name, megabytes]) =>
    newTensor(name, FLOAT, [megabytes, 250_000], new Float32Array(megabytes * 250_000)),
  );
  return modelFile({ nodes, initializers, inputs: [], outputs: [newValue('d', FLOAT, [1])] });
}

async function kept(file: Uint8Array<ArrayBuffer>) {
  const store = new MemoryModelStore();
  const files = [{ path: PATH, bytes: file.length, sha256: null, gitOid: null, whole: true }];
  await store.putModel({
    key: KEY,
    label: 'Model',
    weights: { wasm: PATH, webgpu: PATH },
    hub: null,
    files,
    addedAt: 1,
  });
  const parts = partsOf(store, KEY);
  for (let at = 0; at < file.length; at += PART_BYTES)
    await parts.write(PATH, at / PART_BYTES, file.slice(at, at + PART_BYTES));
  return { store, parts };
}

test('the largest tensor is found over the boundaries of parts', async () => {
  const file = graph();
  expect(file.length).toBeGreaterThan(PART_BYTES);
  const { parts } = await kept(file);
  expect(await tensorIn(parts, PATH, file.length)).toBe(5e6);
});

test('where a part is lost, or it is no graph, nothing is known', async () => {
  const file = graph();
  const { store, parts } = await kept(file);
  await store.dropParts(KEY, PATH, 1);
  expect(await tensorIn(parts, PATH, file.length)).toBeNull();
  const text = new TextEncoder().encode('{"no": "graph"}');
  expect(await tensorIn((await kept(text)).parts, PATH, text.length)).toBeNull();
});
