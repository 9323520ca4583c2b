/** What each worker offers: name -> (input, signal) => Job. Types only; the workers implement them, the lab calls them. */
import type { AuditSettings } from '../adapters/audit';
import type { AdapterBase } from '../adapters/match';
import type { AdapterFiles } from '../adapters/sources/files';
import type { DeviceChoice, RunsOn } from '../device/choice';
import type { ChunkSettings, CutWith } from '../documents/chunking';
import type { Chunk, Document, FileToRead } from '../documents/document';
import type { Completion, WriteEvent, WriteRequest } from '../generation/engine';
import type { ReaderEntry } from '../generation/models';
import type { SelfTestResult } from '../generation/writingTest';
import type { HubListing } from '../inference/hub';
import type { DownloadEvent } from '../inference/hub/download';
import type { WeightPaths } from '../inference/source';
import type { ErrorCode } from '../errors';
import type { Job, Progress } from '../job';
import type { FinderEntry } from '../retrieval/embedders';
import type { Explained } from '../retrieval/explain';
import type { RerankerEntry } from '../retrieval/rerankers';
import type { Hit, Pool } from '../retrieval/retriever';
import type { Filter, SearchSettings } from '../retrieval/settings';
import type { Instructions, Source } from '../storage/library';
import type { ZipHead } from '../zip';

// Type aliases, not interfaces: an interface has no index signature, and the protocol asks for one.
/** Disposable: a document that hangs or eats memory ends only this worker. `bytes` is transferred. */
export type ParseJobs = {
  read(
    input: FileToRead & { cutting: Cutting },
    signal: AbortSignal,
  ): Job<Progress, { document: Document } & CutChunks>;
  /** Throws what reading the finder's tokenizer throws. */
  cut(input: { document: Document; cutting: Cutting }, signal: AbortSignal): Job<Progress, CutChunks>;
  /** Where the document would be cut between `from` and `to`, whole chunks. */
  preview(
    input: { document: Document; cutting: Cutting; from: number; to: number },
    signal: AbortSignal,
  ): Job<never, PreviewedChunk[]>;
  /** How many chunks the document would have, and how many of them are embedded otherwise than any of `chunks`. */
  weigh(
    input: { document: Document; chunks: readonly Chunk[]; cutting: Cutting },
    signal: AbortSignal,
  ): Job<Progress, { chunks: number; fresh: number }>;
  /** Of the finder. */
  countTokens(input: { tokenizer: FinderFiles; texts: readonly string[] }, signal: AbortSignal): Job<never, number[]>;
  /** One file of a zip. Throws `document-unreadable` and `document-locked`. */
  unpack(input: { zip: Blob; head: ZipHead }, signal: AbortSignal): Job<never, Uint8Array<ArrayBuffer>>;
};

/** Where a finder's own tokenizer is read; `base` is the page's URL. */
export interface FinderFiles {
  readonly base: string;
  readonly entry: Pick<FinderEntry, 'id' | 'source'>;
}

export interface Cutting {
  readonly settings: ChunkSettings;
  /** Whose tokens are counted. */
  readonly tokenizer: FinderFiles;
  readonly summary: CutWith['summary'];
}

/** `cut` is the key of how they were cut. */
export interface CutChunks {
  readonly chunks: Chunk[];
  readonly cut: string;
}

export interface PreviewedChunk {
  readonly start: number;
  readonly end: number;
  /** In the settings' unit. */
  readonly length: number;
}

/**
 * Keeps no contents of its own: the lab tells it what is on the shelf, and it reads and writes vectors alone.
 * A search goes before waiting batches of indexing.
 */
export type SearchJobs = {
  /**
   * Loads the finder, from the page's own files or from those kept. `base` is the page's URL. `again` passes by the
   * browser's cache, where a damaged copy may lie. `lasting`: vectors are kept in the library's database, else for this
   * visit. Throws as the reader's does where it could not run on the GPU.
   */
  load(
    input: { base: string; entry: FinderEntry; again: boolean; device: DeviceChoice; lasting: boolean },
    signal: AbortSignal,
  ): Job<Progress, RunsOn>;
  /** All sources there are, and the chunks of documents (by id) not told before. Search by words works from then on. */
  shelve(
    input: { sources: readonly Source[]; contents: Readonly<Record<string, readonly Chunk[]>> },
    signal: AbortSignal,
  ): Job<never, null>;
  /**
   * Embeds what is on the shelf and has no vector yet, newest source first; what is shelved meanwhile is taken in.
   * Yields after every batch. `indexed` counts chunks with a vector by source id. Where vectors could not be
   * stored it goes on and throws `storage-full` or `storage-refused` at its end.
   */
  index(input: Record<string, never>, signal: AbortSignal): Job<Indexed, Indexed>;
  /** Forgets stored vectors that nothing on the shelf needs. */
  sweep(input: Record<string, never>, signal: AbortSignal): Job<never, null>;
  /**
   * Loads a reranker in the place of the last one; without one, searches that ask for it go without. Where the GPU does
   * not compute it right it runs in WebAssembly.
   */
  loadReranker(
    input: { base: string; entry: RerankerEntry; again: boolean; device: DeviceChoice },
    signal: AbortSignal,
  ): Job<Progress, RunsOn>;
  unloadReranker(input: Record<string, never>, signal: AbortSignal): Job<never, null>;
  search(input: SearchInput, signal: AbortSignal): Job<never, Hit[]>;
  /** The same search, with what every passage came to on the way, and why. */
  explain(input: SearchInput, signal: AbortSignal): Job<never, Explained>;
  /** `filter` as in `Retriever`. */
  chunks(input: { pool: Pool; filter: Filter | null | undefined }, signal: AbortSignal): Job<never, Chunk[]>;
  /** Compares what was shelved since with all there is: from then on copies count once. Searches go between. */
  tidy(input: Record<string, never>, signal: AbortSignal): Job<Progress, Tidied>;
  /** Where the text of a document gives instructions. Searches go between. */
  look(input: { text: string }, signal: AbortSignal): Job<never, Instructions>;
};
export interface SearchInput {
  readonly query: string;
  readonly limit: number;
  readonly pool: Pool;
  readonly settings: Partial<SearchSettings>;
}

/** What comparing the documents came to; by source id. */
export interface Tidied {
  /** Of the chunks in use, how many are copies and so not counted, and in which source most of them count. */
  readonly copies: Readonly<Record<string, { readonly count: number; readonly of: string }>>;
  /** Each is a version of another of its collection, which is newer. */
  readonly versions: readonly { readonly older: string; readonly newer: string }[];
}

export interface Indexed {
  readonly indexed: Readonly<Record<string, number>>;
  readonly progress: Progress;
  /** Why some of it could not be stored so far. */
  readonly unstored?: ErrorCode | null;
}

/** A model of a hub, as it is kept. */
export interface HubModel {
  readonly key: string;
  readonly label: string;
  readonly repo: string;
  readonly revision: string;
  readonly weights: WeightPaths;
}

/** A file that the visitor chose, under its path in the model. */
export interface OwnFile {
  readonly path: string;
  readonly file: Blob;
  /** Of a graph: bytes of its largest tensor. */
  readonly largestTensor?: number;
}

/** `host` is a hub's address without a slash at its end. All throw `hub-*`, `model-*`, `storage-*`. */
export type DepotJobs = {
  /** What the hub lists now, and the text of the model's config.json. */
  inspect(
    input: { host: string; model: HubModel },
    signal: AbortSignal,
  ): Job<never, { listing: HubListing; config: string | null }>;
  /** Fetches what is missing to run `graph`. Goes on with the commit that was begun; `listing` spares looking again. */
  download(
    input: { host: string; model: HubModel; graph: string; listing: HubListing | null },
    signal: AbortSignal,
  ): Job<DownloadEvent, null>;
  /** Keeps the visitor's own files, all or none. */
  keep(
    input: { key: string; label: string; weights: WeightPaths; files: readonly OwnFile[] },
    signal: AbortSignal,
  ): Job<Progress, null>;
};

export type GenerationJobs = {
  /**
   * `own` are the files of a model that is not kept; `key` is for the server that runs one.
   * Throws `gpu-unfit`, `gpu-lost` or `out-of-memory` where it could not run on the GPU: the runtime with WebGPU is
   * then in this worker, and a new one has to be started for the processor.
   */
  load(
    input: {
      base: string;
      entry: ReaderEntry;
      again: boolean;
      device: DeviceChoice;
      own: readonly OwnFile[] | null;
      key: string | null;
    },
    signal: AbortSignal,
  ): Job<Progress, RunsOn>;
  /** `base` + files of a built-in adapter, or the visitor's own bytes. Throws `adapter-*`. */
  addAdapter(
    input: { id: string; label: string; config: string; weights: Uint8Array<ArrayBuffer> },
    signal: AbortSignal,
  ): Job<never, { rank: number; alpha: number; baseModel: string | null }>;
  /** What the loaded reader lets adapters change; null for an engine that grafts none. */
  base(input: Record<string, never>, signal: AbortSignal): Job<never, AdapterBase | null>;
  removeAdapter(input: { id: string }, signal: AbortSignal): Job<never, null>;
  selfTest(input: Record<string, never>, signal: AbortSignal): Job<never, SelfTestResult>;
  countTokens(input: { texts: readonly string[] }, signal: AbortSignal): Job<never, number[]>;
  write(input: { requests: readonly WriteRequest[] }, signal: AbortSignal): Job<WriteEvent, Completion[]>;
};

/** An adapter as its files, and how strongly it is worn where that matters. */
export interface AdapterText {
  readonly id: string;
  readonly label: string;
  readonly config: string;
  readonly weights: Uint8Array<ArrayBuffer>;
}

/** Reads, audits and exports adapters; nothing here waits for the reader, nor the reader for it. All throw `adapter-*`. */
export type AdapterJobs = {
  /** The adapter among the visitor's files, whole and sound. `path` names the folders that a file lay in. */
  read(
    input: { files: readonly { readonly path: string; readonly file: Blob }[] },
    signal: AbortSignal,
  ): Job<never, AdapterFiles>;
  /** From an address or a hub id; `hub` is the hub's own address. */
  fetch(input: { address: string; hub: string }, signal: AbortSignal): Job<Progress, AdapterFiles>;
  /** Against the weights of the reader of that id. What was found last is remembered for `mitigate`. */
  audit(input: AuditInput, signal: AbortSignal): Job<Progress, AuditTable>;
  /** The weights with the share `lambda` of every intruder left; its config stays the same. */
  mitigate(input: AuditInput & { lambda: number }, signal: AbortSignal): Job<Progress, Uint8Array<ArrayBuffer>>;
  /** The mix as a zip of one adapter. */
  export(
    input: { worn: readonly { adapter: AdapterText; strength: number; licence: string | null }[] },
    signal: AbortSignal,
  ): Job<never, Uint8Array<ArrayBuffer>>;
};
export interface AuditInput {
  readonly base: string;
  /** The reader under the adapter. */
  readonly entry: ReaderEntry;
  readonly own: readonly OwnFile[] | null;
  readonly adapter: AdapterText;
  readonly settings: AuditSettings;
}
export interface AuditTable {
  readonly layers: number;
  readonly projections: readonly string[];
  readonly intruders: readonly (readonly (number | null)[])[];
}
