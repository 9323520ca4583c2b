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
