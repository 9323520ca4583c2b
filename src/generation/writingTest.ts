import type { Job } from '../job';
import { finish } from '../job';
import type { Completion, LoadedModel, WriteEvent } from './engine';

export type SelfTestResult = { readonly kind: 'passed' | 'failed'; readonly said: string };

const QUESTION = 'Write one short sentence about the sea.';
const TOKENS = 12;
/** As many of one token, and nothing else, are what broken numbers pick. */
const STUCK = 8;

/**
 * Has a loaded model write greedily, twice. Where an answer is on record it must be that one; else the two must be
 * alike, hold text, and not be one token over and over.
 */
export async function testWriting(model: LoadedModel, signal: AbortSignal): Promise<SelfTestResult> {
  const recorded = model.model.selfTest;
  const messages = recorded?.messages ?? [{ role: 'user' as const, content: QUESTION }];
  const sampling = { temperature: 0, topP: 1, maxTokens: recorded?.tokens.length ?? TOKENS, seed: 0 };
  const write = (): Job<WriteEvent, Completion[]> => model.write([{ messages, wears: [], sampling }], signal);
  const [first] = await finish(write());
  if (first?.kind !== 'written') return failed(first?.message ?? 'It wrote nothing.');
  // Null where an engine does not tell them.
  const { tokens } = first;
  if (recorded && tokens) {
    const equal = recorded.tokens.filter((token, at) => tokens[at] === token).length;
    const said = `${String(equal)} of ${String(recorded.tokens.length)} tokens are those on record.`;
    return equal >= recorded.leastShare * recorded.tokens.length ? { kind: 'passed', said } : failed(said);
  }
  if (first.text.trim() === '') return failed('It wrote no text.');
  if (tokens && tokens.length >= STUCK && new Set(tokens).size === 1)
    return failed(`It wrote one token ${String(tokens.length)} times over.`);
  const [second] = await finish(write());
  if (second?.kind !== 'written' || second.text !== first.text)
    return failed('It wrote two texts where only one is likeliest.');
  return {
    kind: 'passed',
    said: `It wrote the same ${tokens ? `${String(tokens.length)} tokens` : 'text'} twice. Its numbers are not known to be right: no answer is on record.`,
  };
}

function failed(said: string): SelfTestResult {
  return { kind: 'failed', said };
}
