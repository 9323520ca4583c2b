import type { Chunk, Document } from '../documents/document';
import { isAbort } from '../errors';
import { finish } from '../job';
import type { ParseJobs } from '../workers/jobs';
import type { Restartable } from './worker';

/** A document that takes longer than this is ended with its worker. */
const BUDGET_MS = 60_000;

export interface ReadDocument {
  readonly document: Document;
  readonly chunks: Chunk[];
}

/** Reads and cuts one file; takes `bytes` away. Throws what `readDocument` throws, or `worker-lost` after a minute. */
export async function readInWorker(
  worker: Restartable<ParseJobs>,
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
  signal: AbortSignal,
): Promise<ReadDocument> {
  const overrun = setTimeout(() => {
    worker.end(`Reading “${name}” took longer than ${String(BUDGET_MS / 1000)} seconds.`);
  }, BUDGET_MS);
  try {
    return await finish(worker.call('read', { name, bytes }, signal, [bytes.buffer]));
  } catch (error) {
    // Reading one file is a single step that no message can interrupt.
    if (isAbort(error)) worker.end('Reading was stopped.');
    throw error;
  } finally {
    clearTimeout(overrun);
  }
}
