import type { Chunk, Document, FileToRead } from '../documents/document';
import { LabError } from '../errors';
import type { Job, Progress } from '../job';
import type { ParseJobs } from '../workers/jobs';
import type { Restartable } from './worker';

/** A document that shows no progress for this long is ended with its worker. */
const PATIENCE_MS = 60_000;

export interface ReadDocument {
  readonly document: Document;
  readonly chunks: Chunk[];
}

/** Reads and cuts one file; takes its bytes away. Throws what `readWith` throws, or `worker-lost` after a minute without a sign of life. */
export async function* readInWorker(
  worker: Restartable<ParseJobs>,
  file: FileToRead,
  signal: AbortSignal,
  patience = PATIENCE_MS,
): Job<Progress, ReadDocument> {
  const overrun = () =>
    setTimeout(() => {
      worker.end(`Reading “${file.name}” stood still for ${String(patience / 1000)} seconds.`);
    }, patience);
  let guard = overrun();
  let ended = false;
  try {
    const reading = worker.call('read', file, signal, [file.bytes.buffer]);
    for (;;) {
      const step = await reading.next();
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
    if (!ended) worker.end('Reading was stopped.');
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
