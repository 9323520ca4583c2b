/** What each worker offers: name -> (input, signal) => Job. Types only; the workers implement them, the lab calls them. */
import type { Chunk, Document } from '../documents/document';
import type { Completion, WriteEvent, WriteRequest } from '../generation/engine';
import type { Job, Progress } from '../job';
import type { Hit, Pool } from '../retrieval/retriever';

// Type aliases, not interfaces: an interface has no index signature, and the protocol asks for one.
/** Disposable: a document that hangs or eats memory ends only this worker. `bytes` is transferred. */
export type ParseJobs = {
  read(input: { name: string; bytes: Uint8Array<ArrayBuffer> }, signal: AbortSignal): Job<Progress, { document: Document; chunks: Chunk[] }>;
};

/** Opens its own connection to the library's database. */
export type SearchJobs = {
  /** Loads the finder from the page's own files. `base` is the page's URL. */
  load(input: { base: string; finderId: string }, signal: AbortSignal): Job<Progress, { runsOn: string }>;
  /** Reads sources and their chunks anew and embeds what has no vector yet. Yields after every stored batch, sources by id. Words-only search works before it ends. */
  index(input: Record<string, never>, signal: AbortSignal): Job<{ indexed: Record<string, number>; progress: Progress }, { indexed: Record<string, number> }>;
  search(input: { query: string; limit: number; pool: Pool }, signal: AbortSignal): Job<never, Hit[]>;
  chunks(input: { pool: Pool }, signal: AbortSignal): Job<never, Chunk[]>;
};

export type GenerationJobs = {
  load(input: { base: string; readerId: string }, signal: AbortSignal): Job<Progress, { runsOn: string }>;
  /** `base` + files of a built-in adapter, or the visitor's own bytes. Throws `adapter-*`. */
  addAdapter(
    input: { id: string; label: string; config: string; weights: Uint8Array<ArrayBuffer> },
    signal: AbortSignal,
  ): Job<never, { rank: number; alpha: number; baseModel: string | null }>;
  removeAdapter(input: { id: string }, signal: AbortSignal): Job<never, null>;
  countTokens(input: { texts: readonly string[] }, signal: AbortSignal): Job<never, number[]>;
  write(input: { requests: readonly WriteRequest[] }, signal: AbortSignal): Job<WriteEvent, Completion[]>;
};
