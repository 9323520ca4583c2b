import type { Document, FileToRead } from '../documents/document';
import { LabError } from '../errors';
import type { Job, Progress } from '../job';
import type { CutChunks, Cutting, ParseJobs } from '../workers/jobs';
import type { Restartable } from './worker';

/** A document that shows no progress for this long is ended with its worker. */
const PATIENCE_MS = 60_000;

export interface ReadDocument extends CutChunks {
  readonly document: Document;
}

/** Reads and cuts one file; takes its bytes away. Throws what `readWith` throws, or `worker-lost` after a minute without a sign of life. */
export function readInWorker(
  worker: Restartable<ParseJobs>,
  file: FileToRead & { readonly cutting: Cutting },
  signal: AbortSignal,
  patience = PATIENCE_MS,
): Job<Progress, ReadDocument> {
  const reading = () => worker.call('read', file, signal, [file.bytes.buffer]);
  return guarded(worker, `Reading “${file.name}”`, reading, signal, patience);
}

/** Cuts a stored document anew. Throws what reading the finder's tokenizer throws, and `worker-lost`. */
export function cutInWorker(
  worker: Restartable<ParseJobs>,
  input: { readonly document: Document; readonly cutting: Cutting },
  signal: AbortSignal,
): Job<Progress, CutChunks> {
  const cutting = () => worker.call('cut', input, signal);
  return guarded(worker, `Cutting “${input.document.title}”`, cutting, signal, PATIENCE_MS);
}

async function* guarded<Result>(
  worker: Restartable<ParseJobs>,
  what: string,
  begin: () => Job<Progress, Result>,
  signal: AbortSignal,
  patience: number,
): Job<Progress, Result> {
  const overrun = () =>
    setTimeout(() => {
      worker.end(`${what} stood still for ${String(patience / 1000)} seconds.`);
    }, patience);
  let guard = overrun();
  let ended = false;
  try {
    const job = begin();
    for (;;) {
      const step = await job.next();
      clearTimeout(guard);
      if (step.done) {
        ended = true;
        return step.value;
      }
      yield step.value;
      guard = overrun();
    }
  } catch (error) {
    ended = !signal.aborted;
    throw error;
  } finally {
    clearTimeout(guard);
    // A page is read in one step that no message can interrupt.
    if (!ended) worker.end(`${what} was stopped.`);
  }
}

/** Throws a sentence for a file that was moved or changed since it was chosen. */
export async function bytesOf(file: File): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch (cause) {
    throw new LabError('unexpected', `“${file.name}” cannot be read: it was moved, changed or locked.`, { cause });
  }
}
