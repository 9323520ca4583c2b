import { expect, test } from 'vitest';
import type { Completion, LoadedModel } from '../../src/generation/engine';
import { READERS } from '../../src/generation/models';
import { testWriting } from '../../src/generation/writingTest';

const { signal } = new AbortController();
const recorded = READERS[0]?.selfTest ?? null;
const usage = { promptTokens: 1, answerTokens: 1, firstTokenMs: 1, decodeMs: 1, shared: false };
const written = (tokens: readonly number[], text = tokens.join(' ')): Completion => ({
  kind: 'written',
  text,
  tokens,
  stoppedBy: 'length',
  usage,
});

/** A model that writes these, one after the other. */
function writes(selfTest: typeof recorded, ...completions: Completion[]) {
  const model = {
    model: { selfTest },
    // eslint-disable-next-line require-yield -- a script of results
    async *write() {
      return [completions.shift()];
    },
  };
  return testWriting(model as unknown as LoadedModel, signal);
}

test.each([
  ['the tokens on record', [written(recorded?.tokens ?? [])], 'passed'],
  ['one other token of fourteen', [written([0, ...(recorded?.tokens.slice(1) ?? [])])], 'passed'],
  ['other tokens', [written([1, 2, 3])], 'failed'],
])('with a record, %s', async (_name, completions, kind) => {
  expect(await writes(recorded, ...completions)).toMatchObject({ kind });
});

const MORE = [1, 2, 3, 4, 5, 6, 7, 8, 9];
test.each([
  ['the same text twice', [written(MORE), written(MORE)], 'passed'],
  ['two texts', [written(MORE), written([...MORE, 1])], 'failed'],
  ['no text', [written([5], ' ')], 'failed'],
  ['one token over and over', [written(MORE.map(() => 0))], 'failed'],
  ['a failure', [{ kind: 'failed', code: 'out-of-memory', message: 'No room.' }], 'failed'],
] as const)('without one, %s', async (_name, completions, kind) => {
  expect(await writes(null, ...completions)).toMatchObject({ kind });
});
