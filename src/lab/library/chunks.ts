/** What the page sees of how the library is cut. */
import type { ChunkSettings } from '../../documents/chunking';
import type { Chunk } from '../../documents/document';
import type { LabError } from '../../errors';
import type { Job, Progress } from '../../job';

export interface ChunkingState {
  readonly settings: ChunkSettings;
  /** Documents that are cut otherwise still; those that can be searched answer as they are. */
  readonly due: number;
  readonly cutting: Progress | null;
  /** Why the last cutting ended early. */
  readonly problem: LabError | null;
}

/** Whole chunks around a place, and the text from the first one's start to the last one's end or what stands between. */
export interface ChunkPreview {
  readonly documentTitle: string;
  /** Where `text` begins in the document. */
  readonly from: number;
  readonly text: string;
  readonly ends: boolean;
  /** `length` in the settings' unit. Offsets are the document's. */
  readonly chunks: readonly { readonly start: number; readonly end: number; readonly length: number }[];
}

export interface ChunkingCost {
  readonly before: number;
  readonly after: number;
  /** Of those after, how many are embedded anew. */
  readonly fresh: number;
}

export interface InspectedChunks {
  readonly documentTitle: string;
  readonly count: number;
  /** The one that was asked for, and its neighbours; empty for a document without text. */
  readonly chunks: readonly (Chunk & {
    /** Of the finder; null where its tokenizer cannot be read. */
    readonly tokens: number | null;
  })[];
}

export interface ChunkDesk {
  /** Called at once and with every change; returns how to stop listening. */
  onChunking(listener: (chunking: ChunkingState) => void): () => void;
  /** Remembers the settings and cuts all documents anew in the background. Throws `storage-*`. */
  apply(settings: ChunkSettings): Promise<void>;
  /** What is cut stays cut. */
  stop(): void;
  resume(): void;
  /** Where the document would be cut, some thousand characters around `at`. Throws `unexpected` when it is gone, `model-*`. */
  preview(documentId: string, settings: ChunkSettings, at: number, signal: AbortSignal): Promise<ChunkPreview>;
  /** Cuts all documents and keeps nothing of it. */
  weigh(settings: ChunkSettings, signal: AbortSignal): Job<Progress, ChunkingCost>;
  inspect(documentId: string, ordinal: number, signal: AbortSignal): Promise<InspectedChunks>;
}
