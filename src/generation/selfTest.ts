import type { DecodeEvent, DecodeRow } from './decoding';
import { picker } from './sampling';

/**
 * Has a device read what WebAssembly wrote: after each token of a known answer it is asked for the next one, whatever
 * it chose before. Returns the share of tokens that it chose as WebAssembly did, 0 to 1; near ties may differ.
 */
export async function selfTest(
  prompt: readonly number[],
  expected: readonly number[],
  decoding: (rows: readonly DecodeRow[]) => AsyncIterable<DecodeEvent>,
): Promise<number> {
  const greedy = picker({ temperature: 0, topP: 1, maxTokens: expected.length, seed: 0 });
  let step = 0;
  let equal = 0;
  const pick = (logits: Float32Array): number => {
    const forced = expected[step++] ?? 0;
    if (greedy(logits) === forced) equal++;
    return forced;
  };
  for await (const event of decoding([{ prompt, maxTokens: expected.length, pick, wearing: '' }]))
    if (event.kind === 'failed') throw event.error;
  return expected.length === 0 ? 1 : equal / expected.length;
}

/** Tokens that the test without a known answer writes, twice. */
const STEPS = 8;

/**
 * What can be said of a device where no answer is known: null if all logits are finite and the same prompt is answered
 * the same twice, else what is wrong, for people.
 */
export async function steadyTest(
  prompt: readonly number[],
  decoding: (rows: readonly DecodeRow[]) => AsyncIterable<DecodeEvent>,
): Promise<string | null> {
  const greedy = picker({ temperature: 0, topP: 1, maxTokens: STEPS, seed: 0 });
  const texts: string[] = [];
  for (let turn = 0; turn < 2; turn++) {
    const tokens: number[] = [];
    let broken = 0;
    const pick = (logits: Float32Array): number => {
      if (!logits.every(Number.isFinite)) broken++;
      return greedy(logits);
    };
    for await (const event of decoding([{ prompt, maxTokens: STEPS, pick, wearing: '' }])) {
      if (event.kind === 'failed') throw event.error;
      if (event.kind === 'token') tokens.push(event.token);
    }
    if (broken > 0) return 'gives values that are not numbers';
    texts.push(tokens.join());
  }
  return texts[0] === texts[1] ? null : 'answers the same prompt otherwise a second time';
}
