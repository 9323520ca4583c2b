/** Decoders of several families on WebGPU, on an adapter in software: caches and states stay there between passes. */
import { expect, test, vi } from 'vitest';
import { useOwnRuntime } from '../../src/workers/runtime';
import { type RecordedDecoder, openFamily, widest, writeFamily } from '../fixtures/familyDecoding';

useOwnRuntime();
vi.setConfig({ testTimeout: 120_000 });

const GRAPHS = import.meta.glob<string>('../fixtures/families/*.onnx.gz', {
  query: '?url',
  import: 'default',
  eager: true,
});
const RECORDED = import.meta.glob<RecordedDecoder>('../fixtures/families/*.json', { import: 'default' });

test.each(['qwen2', 'qwen3.gqa', 'lfm2'])('%s', async (name) => {
  const packed = await fetch(GRAPHS[`../fixtures/families/${name}.onnx.gz`] ?? '');
  // A server may have unpacked it on the way.
  const bytes = new Uint8Array(await packed.arrayBuffer());
  const whole = bytes[0] === 0x1f ? new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip')) : null;
  const graph = whole ? new Uint8Array(await new Response(whole).arrayBuffer()) : bytes;
  const record = await RECORDED[`../fixtures/families/${name}.json`]?.();
  if (!record) throw new Error(`There is no ${name}.`);

  const opened = await openFamily(graph, record, 'webgpu', 'webgpu');
  const { rows, session, shape } = opened;
  const [first] = rows;
  const [alone] = await writeFamily(opened, rows.slice(0, 1));
  expect(alone?.tokens).toEqual(first?.tokens);
  const together = await writeFamily(opened, rows);
  expect(together.map(({ tokens }) => tokens)).toEqual(rows.map(({ tokens }) => tokens));
  for (const [i, { logits }] of rows.entries()) expect(widest(logits, together[i]?.logits ?? [])).toBeLessThan(1e-2);
  expect(together.some(({ shared }) => shared)).toBe(shape.batches);
  await session[Symbol.asyncDispose]();
});
