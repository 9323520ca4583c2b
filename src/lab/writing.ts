import type { LoadedModel } from '../generation/engine';
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
/** Enough for a sentence. */
const SUMMARY_TOKENS = 120;

type ReaderWriter = { readonly id: string; readonly write: Writer };

/** The reader in use, without adapters, loaded when it is asked to write; null where it is not marked able to. */
function readerWriter({ depot, readers, uses }: ModelsDesk, maxTokens: number): ReaderWriter | null {
  const id = uses.reader;
  if (!depot.reader(id).writes) return null;
  const write: LoadedModel['write'] = (requests, signal) => {
    readers.makeRoom([id]);
    return readers.desk(id).write(requests, () => Promise.resolve(), signal);
  };
  return { id, write: writerOf({ write }, maxTokens) };
}

/** Writes what stands before chunks. */
export function summaryWriter(models: ModelsDesk): ReaderWriter | null {
  return readerWriter(models, SUMMARY_TOKENS);
}

/** See `Lab.searchInSteps`. */
export async function* steppedSearch(
  models: ModelsDesk,
  open: (signal: AbortSignal) => Promise<Retriever>,
  ...[question, limit, steps, settings, signal]: Parameters<Lab['searchInSteps']>
): Job<Step, SteppedSearch> {
  const writer = readerWriter(models, QUERY_TOKENS)?.write;
  if (!writer) {
    const { label } = models.depot.reader(models.uses.reader);
    throw new LabError('model-unsupported', `${label} is not marked able to write queries.`);
  }
  const retriever = await open(signal);
  return yield* searchInSteps({ retriever, writer }, question, limit, steps, settings, signal);
}
