import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { readPeft } from '../../src/adapters/peft';
import { TransformersEngine } from '../../src/generation/engines/transformers';
import { READERS, type ReaderEntry } from '../../src/generation/models';
import { writePrompt } from '../../src/generation/prompt';
import { finish } from '../../src/job';
import { PUBLIC, publicModels } from '../fixtures/publicModels';
import { onSessionOpened } from '../fixtures/openedSessions';

const { signal } = new AbortController();
const engine = new TransformersEngine(publicModels);
const [entry] = READERS as readonly [ReaderEntry];
const { messages } = writePrompt(
  'How long is the trial period at Keld Trust?',
  [{ title: 'Keld Trust: Start of work', text: 'The trial period at Keld Trust is 5 months. Please be on time.' }],
  '',
);
const GREEDY = { temperature: 0, topP: 1, maxTokens: 48, seed: 1 };

afterEach(() => vi.restoreAllMocks());

test('answers in the sentences of the model card', async () => {
  await using model = await finish(engine.load(entry, signal));
  const ask = async (question: string) => {
    const request = { messages: writePrompt(question, [], '').messages, wears: [], sampling: GREEDY };
    return (await finish(model.write([request], signal)))[0];
  };
  const read = await finish(model.write([{ messages, wears: [], sampling: GREEDY }], signal));
  expect(read[0]).toMatchObject({ kind: 'written', text: 'The trial period at Keld Trust is 5 months [1].' });
  expect(await ask('What is the capital of France?')).toMatchObject({ text: 'The capital of France is Paris.' });
});

test('times the answer from its first token to its last, without the pass that finds the end', async () => {
  await using model = await finish(engine.load(entry, signal));
  let lastText = -1;
  const [completion] = await finish(model.write([{ messages, wears: [], sampling: GREEDY }], signal), (event) => {
    if (event.kind === 'text') lastText = event.ms;
  });
  if (completion?.kind !== 'written') throw new Error(JSON.stringify(completion));
  const { firstTokenMs, decodeMs } = completion.usage;
  if (decodeMs === null) throw new Error('It was not timed.');
  // A microsecond for rounding.
  expect(firstTokenMs + decodeMs).toBeLessThanOrEqual(lastText + 0.001);
});

test('the self-test holds other devices against what WebAssembly writes', async () => {
  await using model = await finish(engine.load(entry, signal));
  const [completion] = await finish(
    model.write([{ messages: entry.selfTest?.messages ?? [], wears: [], sampling: GREEDY }], signal),
  );
  expect(completion).toMatchObject({ kind: 'written', tokens: entry.selfTest?.tokens });
});

test('text in pieces is the whole text, whatever bytes the model writes', async () => {
  await using model = await finish(engine.load(entry, signal));
  // So hot that every token is as likely: characters of several bytes come in parts, or never whole.
  const sampling = { temperature: 50, topP: 1, maxTokens: 150, seed: 1 };
  const pieces: string[] = [];
  const [completion] = await finish(model.write([{ messages, wears: [], sampling }], signal), (event) => {
    if (event.kind === 'text') pieces.push(event.text);
  });
  if (completion?.kind !== 'written') throw new Error(JSON.stringify(completion));
  expect(completion.text).toMatch(/[^\0-\x7f]/);
  expect(pieces.length).toBeLessThan(completion.tokens?.length ?? 0);
  expect(pieces.join('')).toBe(completion.text);
  expect(pieces.filter((piece) => piece.endsWith('\ufffd'))).toEqual([]);
});

describe('a window of 54 tokens and a prompt of 51', () => {
  test('the answer ends where the window does', async () => {
    await using model = await finish(engine.load({ ...entry, contextTokens: 54 }, signal));
    const [completion] = await finish(model.write([{ messages, wears: [], sampling: GREEDY }], signal));
    expect(completion).toMatchObject({ stoppedBy: 'length', usage: { promptTokens: 51, answerTokens: 3 } });
  });

  test('without room for one token the prompt is refused', async () => {
    await using model = await finish(engine.load({ ...entry, contextTokens: 51 }, signal));
    const [completion] = await finish(model.write([{ messages, wears: [], sampling: GREEDY }], signal));
    const message = 'The prompt has 51 tokens; the Tiny reader’s window holds 51.';
    expect(completion).toEqual({ kind: 'failed', code: 'context-overflow', message });
  });
});

test('a load stopped while its session opens frees the session', async () => {
  const abort = new AbortController();
  let released = 0;
  onSessionOpened((session) => {
    const release = session.release.bind(session);
    session.release = () => {
      released++;
      return release();
    };
    abort.abort();
  });
  await expect(finish(engine.load(entry, abort.signal))).rejects.toHaveProperty('name', 'AbortError');
  expect(released).toBe(1);
});

test('a reader that takes adapters in its attention alone refuses one that changes more', async () => {
  await using model = await finish(engine.load({ ...entry, adapters: 'attention' }, signal));
  const folder = join(PUBLIC, 'adapters/memo-voice');
  const config = await readFile(join(folder, 'adapter_config.json'), 'utf8');
  const adapter = readPeft('memo', 'memo-voice', config, await readFile(join(folder, 'adapter_model.safetensors')));
  const words = '“memo-voice” changes layer 0, gate_proj, where openbook/reader-tiny takes no adapters.';
  await expect(model.addAdapter(adapter)).rejects.toMatchObject({ code: 'adapter-mismatch', message: words });

  const attention = adapter.pairs.filter(({ projection }) => /[qkvo]_proj/.test(projection));
  await model.addAdapter({ ...adapter, pairs: attention });
  const worn = { messages, wears: [{ adapterId: 'memo', strength: 1 }], sampling: GREEDY };
  const [completion] = await finish(model.write([worn], signal));
  expect(completion).toMatchObject({ kind: 'written' });
});
