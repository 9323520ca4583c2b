import { expect, test } from 'vitest';
import { decode } from '../../src/generation/decoding';
import { selfTest, steadyTest } from '../../src/generation/selfTest';
import { LabError } from '../../src/errors';
import { toyShape } from '../fixtures/decoderShape';
import { memorySession, nextToken } from '../fixtures/memorySession';

const { signal } = new AbortController();
const SHAPE = toyShape();
const PROMPT = [5, 6, 7];

function right(count: number): number[] {
  const tokens: number[] = [];
  while (tokens.length < count) tokens.push(nextToken([...PROMPT, ...tokens]));
  return tokens;
}

const share = (expected: readonly number[], before?: Parameters<typeof memorySession>[1]) =>
  selfTest(PROMPT, expected, (rows) =>
    decode(memorySession('fresh', before), SHAPE, { rows, lora: () => ({}) }, signal),
  );

test('a device that chooses every token as it was written scores 1', async () => {
  expect(right(2)).not.toContain(0);
  expect(await share(right(2))).toBe(1);
});

test('each token that it would have chosen otherwise counts, and it reads on as written', async () => {
  const [first = 0] = right(1);
  const other = first === 1 ? 2 : 1;
  const after = nextToken([...PROMPT, other]);
  expect(await share([other, after === 0 ? 3 : after])).toBe(after === 0 ? 0 : 0.5);
});

test('a device that fails has not passed', async () => {
  const failing = share(right(2), () => {
    throw new LabError('out-of-memory', 'Full.');
  });
  await expect(failing).rejects.toHaveProperty('code', 'out-of-memory');
});

const steady = (session: ReturnType<typeof memorySession>) =>
  steadyTest(PROMPT, (rows) => decode(session, SHAPE, { rows, lora: () => ({}) }, signal));

test('without a known answer, a device is steady that answers the same twice', async () => {
  expect(await steady(memorySession('fresh'))).toBeNull();
});

test('values that are not numbers, and another answer the second time, are told', async () => {
  const broken = memorySession('fresh');
  const run = broken.run.bind(broken);
  broken.run = async (feeds) => {
    const outputs = await run(feeds);
    outputs.read.logits.data[3] = NaN;
    return outputs;
  };
  expect(await steady(broken)).toBe('gives values that are not numbers');

  const changing = memorySession('fresh');
  const steadyRun = changing.run.bind(changing);
  let runs = 0;
  changing.run = async (feeds) => {
    const outputs = await steadyRun(feeds);
    // Another token at each pass, never the one that ends a text.
    outputs.read.logits.data[1 + (runs++ % 7)] = 2;
    return outputs;
  };
  expect(await steady(changing)).toBe('answers the same prompt otherwise a second time');
});
