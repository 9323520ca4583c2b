import { writerOf } from '../generation/writer';
import { LabError } from '../errors';
import type { Job } from '../job';
import type { Lab } from '../lab';
import type { Retriever } from '../retrieval/retriever';
import { type Step, type SteppedSearch, searchInSteps } from '../retrieval/steps';
import type { Writer } from '../writer';
import type { ModelsDesk } from './modelsDesk';

/** Enough for a few queries, one a line; a model that goes on to answer is cut. */
const QUERY_TOKENS = 96;

/** The reader in use as a writer, without adapters. Throws `model-unsupported` where it is not marked able to write. */
function readerWriter({ depot, reader: desk, uses }: ModelsDesk, maxTokens: number): Writer {
  const { label, writes } = depot.reader(uses.reader);
  if (!writes) throw new LabError('model-unsupported', `${label} is not marked able to write queries.`);
  return writerOf({ write: (requests, signal) => desk.write(requests, () => Promise.resolve(), signal) }, maxTokens);
}

/** See `Lab.searchInSteps`. */
export async function* steppedSearch(
  models: ModelsDesk,
  settled: (signal: AbortSignal) => Promise<Retriever>,
  ...[question, limit, steps, settings, signal]: Parameters<Lab['searchInSteps']>
): Job<Step, SteppedSearch> {
  const writer = readerWriter(models, QUERY_TOKENS);
  const retriever = await settled(signal);
  return yield* searchInSteps({ retriever, writer }, question, limit, steps, settings, signal);
}
