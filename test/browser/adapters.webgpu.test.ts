/** Adapters grafted in the grouped form, on WebGPU on an adapter in software. */
import { expect, test, vi } from 'vitest';
import { graft } from '../../src/adapters/graft/graft';
import { mix } from '../../src/adapters/mix';
import { openSession } from '../../src/inference/session';
import type { Tensor } from '../../src/inference/tensor';
import { readModel } from '../../src/onnx/model';
import { writeModel } from '../../src/onnx/write';
import { useOwnRuntime } from '../../src/workers/runtime';
import { toyAdapter } from '../fixtures/adapters/toyAdapter';
import { LAYERS, toyDecoder, toyWeights } from '../fixtures/adapters/toyDecoder';

useOwnRuntime();
vi.setConfig({ testTimeout: 120_000 });

const MODEL = readModel(toyDecoder(toyWeights(1)));
const ADAPTERS = [toyAdapter('one', 11, 4, 8), toyAdapter('two', 12, 6, 6)].map(({ adapter }) => adapter);
const PROMPTS = [
  [3, 17, 5, 39, 0],
  [8, 8, 2, 30, 11],
  [3, 17, 5, 39, 0],
];
/** The last row wears nothing. */
const ROWS = [
  [{ adapterId: 'one', strength: 1 }],
  [
    { adapterId: 'two', strength: 0.5 },
    { adapterId: 'one', strength: 0.3 },
  ],
  [],
];

async function logits(
  device: 'wasm' | 'webgpu',
  form: 'plain' | 'grouped' | null,
): Promise<{ values: number[]; dispatches: number }> {
  const { model, targets } = form ? graft(MODEL, { form }) : { model: MODEL, targets: [] };
  const { graph, external } = writeModel(model);
  await using session = await openSession(graph, { device, external });
  const { feeds, gates } = mix(targets, ADAPTERS);
  const kept = [...feeds].map(([name, feed]) => [name, session.keep({ type: 'float32', ...feed })] as const);
  const gate = [...gates(ROWS)].map(([name, feed]) => [name, { type: 'float32', ...feed } satisfies Tensor] as const);
  const ids = BigInt64Array.from(PROMPTS.flat(), BigInt);
  const all = {
    ...Object.fromEntries(kept),
    ...Object.fromEntries(gate),
    input_ids: { type: 'int64', data: ids, dims: [PROMPTS.length, 5] } as const,
  };
  await session.run(all);
  const dispatch = vi.spyOn(GPUComputePassEncoder.prototype, 'dispatchWorkgroups');
  const { read } = await session.run(all);
  const dispatches = dispatch.mock.calls.length;
  dispatch.mockRestore();
  for (const [, resident] of kept) resident.release();
  return { values: [...(read['logits']?.data ?? [])], dispatches };
}

test('rows with their own adapters: the same as in WebAssembly, for half the passes over the GPU', async () => {
  const bare = await logits('webgpu', null);
  const plain = await logits('webgpu', 'plain');
  const grouped = await logits('webgpu', 'grouped');
  const expected = await logits('wasm', 'plain');
  const base = await logits('wasm', null);
  const apart = (a: readonly number[], b: readonly number[]) =>
    a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? NaN))), 0);
  expect(grouped.values).toHaveLength(3 * 5 * 40);
  for (const { values } of [plain, grouped]) expect(apart(values, expected.values)).toBeLessThan(1e-3);
  const row = grouped.values.length / 3;
  expect(apart(grouped.values.slice(2 * row), base.values.slice(2 * row))).toBeLessThan(1e-3);
  expect(apart(grouped.values.slice(0, row), base.values.slice(0, row))).toBeGreaterThan(0.05);

  expect(plain.dispatches - bare.dispatches).toBe(28 * LAYERS);
  expect(grouped.dispatches - bare.dispatches).toBe(15 * LAYERS);
});
