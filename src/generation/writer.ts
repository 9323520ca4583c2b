import { LabError } from '../errors';
import type { Writer } from '../writer';
import type { LoadedModel } from './engine';

/** A loaded model as a Writer: greedy, without adapters, up to `maxTokens`. Throws the error that it failed with. */
export function writerOf(model: Pick<LoadedModel, 'write'>, maxTokens: number): Writer {
  return async function* (messages, signal) {
    const sampling = { temperature: 0, topP: 1, maxTokens, seed: 0 };
    const job = model.write([{ messages, wears: [], sampling }], signal);
    let next = await job.next();
    for (; !next.done; next = await job.next()) if (next.value.kind === 'text') yield next.value.text;
    const [completion] = next.value;
    if (completion?.kind === 'written') return completion.text;
    throw new LabError(completion?.code ?? 'unexpected', completion?.message ?? 'The model wrote nothing.');
  };
}
