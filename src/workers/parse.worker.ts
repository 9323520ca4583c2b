/** Reads documents. Disposable: ended and started anew whenever a document hangs it. Composition root: names the formats. */
import { ZIP_REFUSALS } from '../documents/bundle';
import { chunkDocument } from '../documents/chunking';
import { readFile } from '../documents/formats';
import { useCharacterMaps } from '../documents/formats/pdf';
import { blobSource, unpack } from '../zip';
import type { ParseJobs } from './jobs';
import { serve } from './rpc';

// Behind an import of its own, since few documents need one of the 168.
useCharacterMaps(async (name) => (await import('./characterMaps')).characterMap(name));

// pdf.js leaves some rejections of damaged pages unheard, besides telling its caller; they would only fill the console.
self.addEventListener('unhandledrejection', (event) => {
  event.preventDefault();
});

const jobs: ParseJobs = {
  async *read(file, signal) {
    const document = yield* readFile(file, signal);
    return { document, chunks: chunkDocument(document) };
  },
  // eslint-disable-next-line require-yield -- bounded by what the zip's directory says
  async *unpack({ zip, head }) {
    return await unpack(blobSource(zip), head, ZIP_REFUSALS);
  },
};

serve(jobs, self);
