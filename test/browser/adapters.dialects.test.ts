/** Graphs of real exporters with LoRA grafted on, on WebGPU on an adapter in software, against PEFT. */
import { expect, test, vi } from 'vitest';
import { graft } from '../../src/adapters/graft/graft';
import { mix } from '../../src/adapters/mix';
import { readPeft } from '../../src/adapters/peft';
import { openSession } from '../../src/inference/session';
import type { Tensor } from '../../src/inference/tensor';
import { type OnnxModel, readModel } from '../../src/onnx/model';
import { writeModel } from '../../src/onnx/write';
import { useOwnRuntime } from '../../src/workers/runtime';
import recorded from '../fixtures/graft/cases.json';

useOwnRuntime();
vi.setConfig({ testTimeout: 120_000 });

const ADDRESSES = import.meta.glob<string>(['../fixtures/graft/*.onnx.gz', '../fixtures/graft/*/adapter_*'], {
  query: '?url',
  import: 'default',
  eager: true,
});

async function bytesOf(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(ADDRESSES[`../fixtures/graft/${path}`] ?? '');
  const bytes = new Uint8Array(await response.arrayBuffer());
  // Some servers unpack what they send.
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(unpacked).arrayBuffer());
}

function feedsOf(inputs: readonly string[], rows: number): Record<string, Tensor> {
  const tokens = recorded.prompt.length;
  const whole = (row: readonly number[]): Tensor => {
    const data = BigInt64Array.from(Array.from({ length: rows }, () => row).flat(), BigInt);
    return { type: 'int64', data, dims: [rows, tokens] };
  };
  const empty = (dims: readonly number[]): Tensor => ({
    type: 'float32',
    data: new Float32Array(dims.reduce((product, one) => product * one, 1)),
    dims,
  });
  return Object.fromEntries(
    inputs.map((name) => {
      if (name === 'input_ids') return [name, whole(recorded.prompt)];
      if (name === 'attention_mask') return [name, whole(recorded.prompt.map(() => 1))];
      return [name, empty(name.startsWith('past_conv') ? [rows, 32, 3] : [rows, 1, 0, 16])];
    }),
  );
}

const largest = (a: readonly number[], b: readonly number[]) =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? NaN))), 0);

test.each([
  ['genai-llama-int4', 1e-3],
  ['genai-lfm2', 1e-3],
  // They compute the angles' sines on the GPU, where these may be off by 2^-11: https://www.w3.org/TR/WGSL/#concrete-float-accuracy
  ['optimum-qwen2', 1e-2],
  ['optimum-llama-q4', 1e-2],
] as const)('%s: the base at strength 0 and PEFT’s merge at 1, in one batch', async (name, tolerance) => {
  const { family, base, worn } = recorded.cases[name];
  const config = new TextDecoder().decode(await bytesOf(`${family}/adapter_config.json`));
  const adapter = readPeft(family, family, config, await bytesOf(`${family}/adapter_model.safetensors`));
  const bare = readModel(await bytesOf(`${name}.onnx.gz`));
  const inputs = bare.inputs.map((input) => input.name);
  const run = async (model: OnnxModel, lora: Record<string, Tensor>) => {
    const { graph, external } = writeModel(model);
    await using session = await openSession(graph, { device: 'webgpu', external });
    const { read } = await session.run({ ...feedsOf(inputs, 2), ...lora });
    return [...(read['logits']?.data ?? [])];
  };

  const untouched = await run(bare, {});
  const { model, targets } = graft(bare, { form: 'grouped' });
  const { feeds, gates } = mix(targets, [adapter]);
  const rows = [[{ adapterId: family, strength: 0 }], [{ adapterId: family, strength: 1 }]];
  const lora = [...feeds, ...gates(rows)].map(([key, feed]) => [key, { type: 'float32', ...feed } as const] as const);
  const logits = await run(model, Object.fromEntries(lora));
  expect(logits).toHaveLength(2 * base.length);
  expect(largest(logits.slice(0, base.length), untouched)).toBeLessThan(1e-4);
  expect(largest(base, logits)).toBeLessThan(tolerance);
  expect(largest(worn, logits.slice(base.length))).toBeLessThan(tolerance);
});
