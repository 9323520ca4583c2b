/** Reads documents. Disposable: ended and started anew whenever a document hangs it. */
import { chunkDocument } from '../documents/chunking';
import { readDocument } from '../documents/formats';
import type { ParseJobs } from './jobs';
import { serve } from './rpc';

const jobs: ParseJobs = {
  // eslint-disable-next-line require-yield -- one file is read in one step
  async *read({ name, bytes }, signal) {
    const document = await readDocument(name, bytes, signal);
    return { document, chunks: chunkDocument(document) };
  },
};

serve(jobs, self);
