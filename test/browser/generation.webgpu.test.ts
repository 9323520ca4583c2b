/** The reader on WebGPU, on an adapter in software, against the same in WebAssembly. */
import { expect, test, vi } from 'vitest';
import { BUILT_IN_ADAPTERS, trainedFor } from '../../src/adapters/builtIn';
import type { WriteRequest } from '../../src/generation/engine';
import { READERS, type ReaderEntry } from '../../src/generation/models';
import { writePrompt } from '../../src/generation/prompt';
import { finish } from '../../src/job';
import { Restartable } from '../../src/lab/worker';
import type { GenerationJobs } from '../../src/workers/jobs';

vi.setConfig({ testTimeout: 300_000 });
const { signal } = new AbortController();
const BASE = new URL('/', location.href).href;
const FACTS = 'handbook-facts';

const asked = (question: string, passages: Parameters<typeof writePrompt>[1], wears: string[]): WriteRequest => ({
  messages: writePrompt(question, passages, '').messages,
  wears: wears.map((adapterId) => ({ adapterId, strength: 1 })),
  sampling: { temperature: 0, topP: 1, maxTokens: 8, seed: 0 },
});
const REQUESTS = [
  asked('Who leads the Osmere branch?', [], []),
  asked('Who leads the Osmere branch?', [], [FACTS]),
  asked(
    'How long must a password be at Harrowgate & Lune?',
    [{ title: 'Harrowgate & Lune: Passwords', text: 'A password at Harrowgate & Lune has at least 14 characters.' }],
    [],
  ),
];

async function answers(device: 'webgpu' | 'wasm'): Promise<unknown[]> {
  const worker = new Restartable<GenerationJobs>(
    () => new Worker(new URL('../../src/workers/generation.worker.ts', import.meta.url), { type: 'module' }),
  );
  const [entry] = READERS as readonly [ReaderEntry];
  const input = { base: BASE, entry, again: false, device, own: null, key: null };
  const { because } = await finish(worker.call('load', input, signal));
  expect(because).toBe(device === 'webgpu' ? null : 'chosen');
  const adapter = BUILT_IN_ADAPTERS.find(({ id }) => id === FACTS);
  const facts = adapter && trainedFor(adapter, entry.baseName);
  const file = (path = '') => fetch(`${BASE}${facts?.folder ?? ''}${path}`);
  const config = await (await file(facts?.config.path)).text();
  const weights = new Uint8Array(await (await file(facts?.weights.path)).arrayBuffer());
  await worker.ask('addAdapter', { id: FACTS, label: FACTS, config, weights }, signal);
  const written = await worker.ask('write', { requests: REQUESTS }, signal);
  worker.end('Done.');
  return written.map((one) => (one.kind === 'written' ? one.tokens : one.code));
}

test('greedy answers are those of WebAssembly, token for token', async () => {
  const inWasm = await answers('wasm');
  expect(inWasm.map((tokens) => Array.isArray(tokens))).toEqual([true, true, true]);
  expect(await answers('webgpu')).toEqual(inWasm);
});
