import { expect, test } from 'vitest';
import { type GpuDevice, GpuMemory } from '../../src/inference/gpu';
import { halfToFloat } from '../../src/inference/half';
import { realTensor } from '../../src/inference/page';
import { appendColumns, joinRows } from '../../src/inference/rows';
import type { RealTensor, RealType } from '../../src/inference/tensor';

test('16-bit floats are the numbers that IEEE 754 says', () => {
  const bits = [0x0000, 0x8000, 0x3c00, 0xc000, 0x3555, 0x7bff, 0x0001, 0x0400, 0x7c00, 0xfc00, 0x7e00];
  const numbers = [0, -0, 1, -2, 0.333251953125, 65504, 2 ** -24, 2 ** -14, Infinity, -Infinity, NaN];
  expect([...halfToFloat(Uint16Array.from(bits))]).toEqual(numbers);
});

test('a browser’s own array of them is read as its bits', () => {
  const { buffer } = Uint16Array.of(9, 0x3c00, 0xc000);
  // Stands for a Float16Array, which Node 20 has not.
  const data = { buffer, byteOffset: 2, length: 2 };
  const read = realTensor({ type: 'float16', data, dims: [2] });
  expect(read).toEqual({ type: 'float16', data: Uint16Array.of(0x3c00, 0xc000), dims: [2] });
});

/** Two rows, two heads, three columns, one value wide: an odd number of values for each head. */
const state: RealTensor = { type: 'float16', data: Uint16Array.from({ length: 12 }, (_, i) => i + 1), dims: [2, 2, 3] };

test('rows with three dimensions are joined and written over in 16 bits', () => {
  const rows = [1, 0].map((row) => ({ tensor: state, row, length: 3 }));
  const joined = joinRows(rows, 3);
  expect(joined).toEqual({
    type: 'float16',
    data: Uint16Array.of(7, 8, 9, 10, 11, 12, 1, 2, 3, 4, 5, 6),
    dims: [2, 2, 3],
  });
  appendColumns(joined, state, [0, 0], 3);
  expect([...joined.data]).toEqual([...state.data]);
  const wide: RealTensor = { type: 'float16', data: new Uint16Array(16), dims: [2, 2, 4] };
  appendColumns(wide, state, [1, 3], 1);
  expect([...wide.data]).toEqual([0, 3, 0, 0, 0, 6, 0, 0, 0, 0, 0, 9, 0, 0, 0, 12]);
});

/** A GPU of which only the bytes that it is asked to copy are real. */
function recordingGpu() {
  const copies: number[][] = [];
  const sizes: number[] = [];
  const device: GpuDevice = {
    queue: { submit: () => undefined, writeBuffer: () => undefined },
    lost: new Promise(() => undefined),
    addEventListener: () => undefined,
    createBuffer: ({ size }) => {
      sizes.push(size);
      return { destroy: () => undefined };
    },
    createCommandEncoder: () => ({
      copyBufferToBuffer: (_from, from, _to, to, bytes) => copies.push([from, to, bytes]),
      finish: () => ({}),
    }),
  };
  const wrap = (gpuBuffer: object, type: RealType, dims: readonly number[], dispose: () => void) => ({
    gpuBuffer,
    type,
    dims,
    dispose,
  });
  return { memory: new GpuMemory(device, wrap), copies, sizes };
}

test('on a GPU 16-bit values are copied by twos, also where each head has an odd number of them', () => {
  const { memory, copies, sizes } = recordingGpu();
  const kept = memory.keep(state);
  const joined = memory.join(
    [1, 0].map((row) => ({ tensor: kept, row, length: 3 })),
    3,
  );
  memory.append(joined, kept, [0, 0], 3);
  expect(joined.type).toBe('float16');
  expect(sizes).toEqual([32, 32]);
  // One copy for each row: 6 values of 2 bytes.
  expect(copies).toEqual([
    [12, 0, 12],
    [0, 12, 12],
    [0, 0, 12],
    [12, 12, 12],
  ]);
});
