import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { openSession, runsOn } from '../../src/inference/session';
import { Tokenizer } from '../../src/inference/tokenizer';
import { failToOpen, onSessionOpened } from '../fixtures/openedSessions';

const FINDER = join(import.meta.dirname, '../../public/models/embedder-tiny/onnx/model_quantized.onnx');
const int64 = (values: readonly number[]) =>
  ({ type: 'int64', data: BigInt64Array.from(values, BigInt), dims: [1, values.length] }) as const;

afterEach(() => vi.restoreAllMocks());

test('without shared memory it runs on one thread', () => {
  expect(runsOn('wasm')).toBe('WASM, 1 thread');
  expect(runsOn('webgpu')).toBe('WebGPU');
});

test.each([
  ['empty', new Uint8Array()],
  ['noise', new Uint8Array([1, 2, 3])],
  ['a page', new TextEncoder().encode('<!doctype html>')],
])('a graph that is %s is corrupt', async (_name, graph) => {
  await expect(openSession(graph)).rejects.toMatchObject({ name: 'LabError', code: 'model-corrupt' });
});

// The runtime's WASM build is not re-entrant.
test('calls at the same time wait for each other, and a failed one holds up nobody', async () => {
  let running = 0;
  let most = 0;
  onSessionOpened((opened) => {
    const run = opened.run.bind(opened);
    opened.run = async (feeds: Parameters<typeof run>[0]) => {
      most = Math.max(most, ++running);
      try {
        return await run(feeds);
      } finally {
        running--;
      }
    };
  });
  await using session = await openSession(await readFile(FINDER));
  const feeds = (ids: readonly number[]) =>
    Object.fromEntries(session.inputNames.map((name) => [name, int64(name === 'input_ids' ? ids : ids.map(() => 1))]));
  const settled = await Promise.allSettled([
    session.run(feeds([5, 6])),
    session.run({}),
    session.run(feeds([7, 8, 9])),
  ]);
  expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(settled[1]).toMatchObject({ reason: { name: 'LabError', code: 'unexpected' } });
  expect(most).toBe(1);
});

test('a full heap is told as such', async () => {
  for (const error of [new RangeError('Array buffer allocation failed'), new Error('std::bad_alloc'), 5_243_880]) {
    failToOpen(error);
    await expect(openSession(new Uint8Array())).rejects.toHaveProperty('code', 'out-of-memory');
  }
});

test.each(['{}', 'null', '[]', '{'])('a tokenizer whose file is %s is corrupt', (text) => {
  const bytes = (json: string) => new TextEncoder().encode(json);
  const files = new Map([
    ['tokenizer.json', bytes(text)],
    ['tokenizer_config.json', bytes('{}')],
  ]);
  expect(() => new Tokenizer(files)).toThrow(expect.objectContaining({ name: 'LabError', code: 'model-corrupt' }));
});
