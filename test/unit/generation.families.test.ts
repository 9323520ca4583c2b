import { describe, expect, test } from 'vitest';
import { decoderShape } from '../../src/generation/decoderShape';
import { decode } from '../../src/generation/decoding';
import { type CacheLayout, prepareGraph } from '../../src/generation/graph';
import { picker } from '../../src/generation/sampling';
import { openSession } from '../../src/inference/session';
import { readModel } from '../../src/onnx/model';
import { writeModel } from '../../src/onnx/write';
import { type RecordedRow, familyGraph, recorded } from '../fixtures/families';

const { signal } = new AbortController();
const CONTEXT = 96;

type Device = 'wasm' | 'webgpu';

/** Opened as that device would have it; it runs in WebAssembly either way. */
async function open(name: string, device: Device) {
  const { config, rows } = await recorded(name);
  const prepared = prepareGraph(readModel(await familyGraph(name)), device);
  const shape = decoderShape(prepared, config, {}, CONTEXT);
  const { graph, external } = writeModel(prepared.model);
  const keeps = shape.parts.map(({ output }) => output);
  return { rows, shape, session: await openSession(graph, { external, keeps }) };
}
type Opened = Awaited<ReturnType<typeof open>>;

/** What is written after each prompt, all asked for at once; `shared` where rows shared a pass. */
async function write({ session, shape }: Opened, asked: readonly RecordedRow[]) {
  const greedy = picker({ temperature: 0, topP: 1, maxTokens: 1, seed: 0 });
  const written = asked.map(() => ({ tokens: [] as number[], logits: [] as number[], shared: false }));
  const rows = asked.map(({ prompt, tokens }, i) => ({
    prompt,
    maxTokens: tokens.length,
    wearing: '',
    pick: (logits: Float32Array) => {
      const row = written[i];
      if (row?.logits.length === 0) row.logits = [...logits];
      return greedy(logits);
    },
  }));
  for await (const event of decode(session, shape, { rows, lora: () => ({}) }, signal)) {
    if (event.kind === 'failed') throw event.error;
    const row = written[event.row];
    if (row && event.kind === 'token') row.tokens.push(event.token);
    else if (row && event.kind === 'end') row.shared = event.shared;
  }
  return written;
}

const off = (a: readonly number[], b: readonly number[]) =>
  Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? NaN))));

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
      const [alone] = await write(opened, [row]);
      expect(alone?.tokens).toEqual(row.tokens);
      expect(off(row.logits, alone?.logits ?? [])).toBeLessThan(within);
    }
    // Ragged, and the last three begin with the same 20 tokens.
    const together = await write(opened, rows);
    expect(together.map((row) => row.tokens)).toEqual(tokens);
    for (const [i, row] of rows.entries()) expect(off(row.logits, together[i]?.logits ?? [])).toBeLessThan(within);
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
  const together = await write({ ...opened, shape: { ...opened.shape, batches: true } }, opened.rows);
  expect(together.map((row) => row.tokens)).not.toEqual(opened.rows.map((row) => row.tokens));
  await opened.session[Symbol.asyncDispose]();
});
