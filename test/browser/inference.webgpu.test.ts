/** ONNX Runtime on WebGPU, on an adapter in software. */
import { expect, test, vi } from 'vitest';
import { openSession } from '../../src/inference/session';
import type { FloatTensor } from '../../src/inference/tensor';
import { FLOAT } from '../../src/onnx/model';
import { newNode, newTensor, newValue } from '../../src/onnx/write';
import { useOwnRuntime } from '../../src/workers/runtime';
import { modelFile } from '../fixtures/onnx';

useOwnRuntime();
vi.setConfig({ testTimeout: 120_000 });

/** `read` is twice `cache`, and `present` three times. */
const GRAPH = modelFile({
  nodes: [
    newNode({ op: 'Mul', name: 'double', inputs: ['cache', 'two'], outputs: ['read'] }),
    newNode({ op: 'Mul', name: 'triple', inputs: ['cache', 'three'], outputs: ['present'] }),
  ],
  initializers: [newTensor('two', FLOAT, [1], Float32Array.of(2)), newTensor('three', FLOAT, [1], Float32Array.of(3))],
  inputs: [newValue('cache', FLOAT, ['rows', 2, 'columns', 2])],
  outputs: ['read', 'present'].map((name) => newValue(name, FLOAT, ['rows', 2, 'columns', 2])),
});

/** Row r, head h, column c, width w holds 1000 r + 100 h + 10 c + w. */
function numbered(rows: number, columns: number): FloatTensor {
  const dims = [rows, 2, columns, 2];
  const data = Float32Array.from({ length: rows * 4 * columns }, (_, i) => {
    const w = i % 2;
    const c = Math.floor(i / 2) % columns;
    const h = Math.floor(i / (2 * columns)) % 2;
    return 1000 * Math.floor(i / (4 * columns)) + 100 * h + 10 * c + w;
  });
  return { type: 'float32', data, dims };
}

test('what stays on the GPU is fed back, joined row by row and appended to, the same as in memory', async () => {
  const read: number[][] = [];
  for (const device of ['webgpu', 'wasm'] as const) {
    await using session = await openSession(GRAPH, { device, keeps: ['present'] });
    const first = await session.run({ cache: numbered(2, 3) });
    const second = await session.run({ cache: session.keep(numbered(1, 5)) });
    const [a, b] = [first.kept['present'], second.kept['present']];
    if (!a || !b) throw new Error('Nothing was kept.');
    expect(first.read).not.toHaveProperty('present');
    const joined = session.join(
      [
        { tensor: a, row: 1, length: 2 },
        { tensor: b, row: 0, length: 3 },
      ],
      4,
    );
    expect(joined.dims).toEqual([2, 2, 4, 2]);
    const fresh = session.keep({ type: 'float32', data: new Float32Array(8).fill(7), dims: [2, 2, 1, 2] });
    session.append(joined, fresh, [2, 3], 1);
    const { read: last } = await session.run({ cache: joined });
    read.push([...(last['read']?.data ?? [])]);
    for (const kept of [a, b, joined, fresh]) kept.release();
  }
  // Kept values are three times what went in; what is read of them is twice that. The new columns were not tripled.
  const row = (from: number, columns: readonly number[], behind: readonly number[]) =>
    [0, 1].flatMap((head) => [
      ...columns.flatMap((column) => [0, 1].map((w) => 6 * (from + 100 * head + 10 * column + w))),
      ...behind.flatMap((value) => [2 * value, 2 * value]),
    ]);
  const expected = [...row(1000, [0, 1], [7, 0]), ...row(0, [0, 1, 2], [7])];
  expect(read).toEqual([expected, expected]);
});

test('a GPU that is taken away is told as such', async () => {
  let device: { destroy(): void } | null = null;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its own adapter below
  const request = GPUAdapter.prototype.requestDevice;
  vi.spyOn(GPUAdapter.prototype, 'requestDevice').mockImplementation(async function (this: GPUAdapter, options) {
    return (device = await request.call(this, options));
  });
  const session = await openSession(GRAPH, { device: 'webgpu', keeps: ['present'] });
  await session.run({ cache: numbered(1, 2) });
  expect(device).not.toBeNull();
  (device as { destroy(): void } | null)?.destroy();
  await expect(session.run({ cache: numbered(1, 2) })).rejects.toMatchObject({ code: 'gpu-lost' });
});
