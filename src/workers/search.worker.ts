/** Embeds, indexes, searches. Composition root: names the store and the finder. */
import { findPlace } from '../device/place';
import type { Chunk } from '../documents/document';
import { LabError } from '../errors';
import { letMessagesIn } from '../generation/turn';
import { runsOn } from '../inference/session';
import type { Embedder } from '../retrieval/embedder';
import { loadFinder } from '../retrieval/embedders/load';
import { HybridRetriever } from '../retrieval/hybrid';
import type { OpenScanKernel } from '../retrieval/kernels/scan';
import { loadReranker } from '../retrieval/rerankers/load';
import type { OnnxReranker } from '../retrieval/rerankers/onnx';
import { FlatIndex } from '../retrieval/vectorIndex/flat';
import { QuantisedIndex } from '../retrieval/vectorIndex/quantised';
import { openDatabase } from '../storage/database';
import type { LibraryStore } from '../storage/library';
import { MemoryStore } from '../storage/memory';
import { Indexing, keysOf } from './indexing';
import type { SearchJobs } from './jobs';
import { modelReader } from './modelReader';
import { serve } from './rpc';
import { useOwnRuntime } from './runtime';
import { fetchScanKernel } from './scanKernel';
import { Shelf } from './shelf';
import { openTabs } from './tabs';
import { Tidying, lookAt } from './tidying';

useOwnRuntime();

/** Null until it is fetched, and where it cannot be had. */
let scanKernel: OpenScanKernel | null = null;
const retriever = new HybridRetriever((dimensions) =>
  scanKernel ? new QuantisedIndex(dimensions, scanKernel) : new FlatIndex(dimensions),
);
let store: LibraryStore = new MemoryStore();
let embedder: Embedder | null = null;
let reranker: OnnxReranker | null = null;
const shelf = new Shelf();
const tidying = new Tidying(shelf, letMessagesIn);
retriever.setCopies(tidying.copies);
/** Settles when the last indexing has ended, a stopped one too. */
let underWay: Promise<void> = Promise.resolve();

/** Lets the shelf as it is now answer; of the chunks that are gone nothing is kept. */
function answerAnew(gone: readonly Chunk[]): void {
  retriever.setChunks(
    { current: shelf.pool(false), stale: shelf.pool(true) },
    { current: shelf.labels(false), stale: shelf.labels(true) },
  );
  retriever.forgetVectors(gone.map(({ id }) => id));
  tidying.forget(gone);
}

async function useReranker(next: OnnxReranker | null, signal: AbortSignal): Promise<void> {
  if (signal.aborted) await next?.[Symbol.asyncDispose]();
  signal.throwIfAborted();
  const last = reranker;
  reranker = next;
  retriever.setReranker(next);
  await last?.[Symbol.asyncDispose]();
}

/** What answered until now answers no more where what was cut anew has all its vectors. */
function swap(): void {
  const gone = shelf.swap();
  if (gone) answerAnew(gone);
}

function keep(chunks: readonly Chunk[], found: ReadonlyMap<string, Float32Array>): void {
  retriever.addVectors(found);
  shelf.embedded(chunks);
}

async function sweep(): Promise<void> {
  const chunks = shelf.chunks();
  if (embedder) await store.sweep(new Set((await keysOf(chunks, embedder.id)).values()));
  else if (chunks.length === 0) await store.sweep(new Set());
}

const indexing = new Indexing({ shelf, store: () => store, keep, swap, sweep }, openTabs());

/* eslint-disable require-yield -- jobs without progress only return */
const jobs: SearchJobs = {
  async *load({ base, entry, again, device, lasting }, signal) {
    const { gpu, because, f16 } = await findPlace(device, navigator);
    const readModel = modelReader({ base, again, f16, own: null });
    const next = yield* loadFinder(entry, readModel, gpu === null ? 'wasm' : 'webgpu', signal);
    scanKernel ??= await fetchScanKernel();
    await embedder?.[Symbol.asyncDispose]();
    embedder = next.embedder;
    retriever.setEmbedder(embedder);
    if (lasting && !store.lasting) store = await openDatabase().catch(() => store);
    if (next.device === 'webgpu') return { runsOn: `${runsOn('webgpu')} (${gpu ?? ''})`, because: null };
    return { runsOn: runsOn('wasm'), because: because ?? 'int8' };
  },

  async *shelve(input) {
    answerAnew(shelf.put(input.sources, input.contents));
    return null;
  },

  async *index(_input, signal) {
    if (!embedder) throw new LabError('model-not-loaded', 'No finder is loaded.');
    let ended: () => void = () => undefined;
    underWay = new Promise((resolve) => (ended = resolve));
    try {
      return yield* indexing.run(embedder, signal);
    } finally {
      ended();
    }
  },

  async *sweep() {
    // An indexing that was stopped may still be storing its last batch.
    await underWay;
    await sweep();
    return null;
  },

  async *loadReranker({ base, entry, again, device }, signal) {
    const { gpu, because, f16 } = await findPlace(device, navigator);
    const read = modelReader({ base, again, f16, own: null });
    try {
      if (gpu !== null) {
        await useReranker(yield* loadReranker(entry, read, 'webgpu', signal), signal);
        return { runsOn: `${runsOn('webgpu')} (${gpu})`, because: null };
      }
    } catch (error) {
      // The GPU is the finder's as well: where it was lost, the whole worker is replaced.
      if (!(error instanceof LabError) || error.code !== 'gpu-unfit') throw error;
    }
    await useReranker(yield* loadReranker(entry, read, 'wasm', signal), signal);
    return { runsOn: runsOn('wasm'), because: because ?? 'gpu-unfit' };
  },

  async *unloadReranker(_input, signal) {
    await useReranker(null, signal);
    return null;
  },

  async *search({ query, limit, pool, settings }, signal) {
    return await retriever.search(query, limit, pool, signal, settings);
  },

  async *explain({ query, limit, pool, settings }, signal) {
    return await retriever.explain(query, limit, pool, signal, settings);
  },

  async *chunks({ pool, filter }, signal) {
    return await retriever.chunks(pool, signal, filter);
  },

  async *tidy(_input, signal) {
    return yield* tidying.run(signal);
  },

  async *look({ text }, signal) {
    return await lookAt(text, letMessagesIn, signal);
  },
};

serve(jobs, self);
