import { describe, expect, test } from 'vitest';
import type { CacheLayout } from '../../src/generation/graph';
import type { Device } from '../../src/inference/session';
import { familyGraph, recorded } from '../fixtures/families';
import { type RecordedDecoder, openFamily, widest, writeFamily } from '../fixtures/familyDecoding';

const open = async (name: string, device: Device) =>
  openFamily(await familyGraph(name), await recorded<RecordedDecoder>(name), device);

/**
 * How the cache comes back as exported, and as prepared for WebAssembly; whether rows share passes, on a GPU and there;
 * the widest difference of a logit.
 */
const FORMS: readonly [
  name: string,
  layouts: Readonly<Record<Device, CacheLayout>>,
  batches: Readonly<Record<Device, boolean>>,
  within: number,
][] = [
  ['llama', { webgpu: 'behind', wasm: 'behind' }, { webgpu: true, wasm: true }, 1e-3],
  ['llama.gqa', { webgpu: 'whole', wasm: 'fresh' }, { webgpu: true, wasm: true }, 1e-3],
  ['llama.dynamo', { webgpu: 'behind', wasm: 'behind' }, { webgpu: true, wasm: true }, 1e-3],
  // Positions are counted by columns there, padding included.
  ['llama.nopos', { webgpu: 'behind', wasm: 'behind' }, { webgpu: false, wasm: false }, 1e-3],
  ['qwen2', { webgpu: 'behind', wasm: 'behind' }, { webgpu: true, wasm: true }, 1e-3],
  ['qwen2.gqa', { webgpu: 'whole', wasm: 'fresh' }, { webgpu: true, wasm: true }, 1e-3],
  ['qwen2.q4', { webgpu: 'behind', wasm: 'behind' }, { webgpu: true, wasm: true }, 1e-3],
  ['qwen2.fp16', { webgpu: 'behind', wasm: 'behind' }, { webgpu: true, wasm: true }, 0.02],
  ['qwen2.int8', { webgpu: 'behind', wasm: 'behind' }, { webgpu: false, wasm: false }, 1e-3],
  ['qwen3', { webgpu: 'behind', wasm: 'behind' }, { webgpu: true, wasm: true }, 1e-3],
  ['qwen3.gqa', { webgpu: 'whole', wasm: 'fresh' }, { webgpu: true, wasm: true }, 1e-3],
  ['qwen3.gqa.q4f16', { webgpu: 'whole', wasm: 'whole' }, { webgpu: true, wasm: true }, 0.02],
  // A window of 12 columns, which would end too early behind padding; GroupQueryAttention counts a row's own.
  ['gemma3', { webgpu: 'behind', wasm: 'behind' }, { webgpu: false, wasm: false }, 1e-3],
  ['gemma3.gqa', { webgpu: 'whole', wasm: 'whole' }, { webgpu: true, wasm: true }, 1e-3],
  ['lfm2', { webgpu: 'behind', wasm: 'behind' }, { webgpu: true, wasm: true }, 1e-3],
  // Its convolutions read the end of the mask, where shorter rows have their padding.
  ['lfm2.gqa', { webgpu: 'whole', wasm: 'fresh' }, { webgpu: false, wasm: true }, 1e-3],
];

describe.each(FORMS)('%s', (name, layouts, batches, within) => {
  test.each(['webgpu', 'wasm'] as const)('writes what the reference wrote, as prepared for %s', async (device) => {
    const opened = await open(name, device);
    const { rows, shape, session } = opened;
    expect(shape.layout).toBe(layouts[device]);
    expect(shape.batches).toBe(batches[device]);
    const tokens = rows.map((row) => row.tokens);
    expect(tokens.flat().length).toBeGreaterThan(20);

    for (const row of rows) {
      const [alone] = await writeFamily(opened, [row]);
      expect(alone?.tokens).toEqual(row.tokens);
      expect(widest(row.logits, alone?.logits ?? [])).toBeLessThan(within);
    }
    // Ragged, and the last three begin with the same 20 tokens.
    const together = await writeFamily(opened, rows);
    expect(together.map((row) => row.tokens)).toEqual(tokens);
    for (const [i, row] of rows.entries()) expect(widest(row.logits, together[i]?.logits ?? [])).toBeLessThan(within);
    expect(together.some(({ shared }) => shared)).toBe(batches[device]);
    await session[Symbol.asyncDispose]();
  });
});

test('a state beside the columns: its part is told apart, and has the size that the graph says', async () => {
  const { shape, session } = await open('lfm2', 'webgpu');
  await session[Symbol.asyncDispose]();
  expect(shape.parts).toEqual([
    { input: 'past_conv.0', output: 'present_conv.0', type: 'float32', dims: [32, 3], grows: false },
    { input: 'past_key_values.1.key', output: 'present.1.key', type: 'float32', dims: [1, 0, 16], grows: true },
    { input: 'past_key_values.1.value', output: 'present.1.value', type: 'float32', dims: [1, 0, 16], grows: true },
    { input: 'past_conv.2', output: 'present_conv.2', type: 'float32', dims: [32, 3], grows: false },
  ]);
});

test.each(['llama.nopos', 'gemma3', 'lfm2.gqa'])('%s would write something else in a batch', async (name) => {
  const opened = await open(name, 'webgpu');
  const together = await writeFamily({ ...opened, shape: { ...opened.shape, batches: true } }, opened.rows);
  expect(together.map((row) => row.tokens)).not.toEqual(opened.rows.map((row) => row.tokens));
  await opened.session[Symbol.asyncDispose]();
});
