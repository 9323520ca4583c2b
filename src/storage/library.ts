/**
 * The library as kept: sources (what the visitor added), contents (by hash) and vectors (by hash of what
 * was embedded). The same bytes in two collections are stored once and go with their last source.
 * Two implementations of one port: `database.ts` (IndexedDB) and `memory.ts` (this visit only, Node, tests).
 * Refuses to know: how documents are read, how vectors are made or searched.
 */
import type { Chunk, Document } from '../documents/document';
import type { Filter } from '../retrieval/settings';

export interface Source {
  readonly id: string;
  readonly name: string;
  readonly collection: string;
  /** ms since 1970. */
  readonly addedAt: number;
  readonly documentId: string;
  readonly title: string;
  readonly mediaType: string;
  readonly bytes: number;
  readonly inUse: boolean;
  /** Id of the source that replaces this one; while that is there this is stale: never retrieved, offered as noise. */
  readonly replacedBy: string | null;
  /** Ids of sources that this is no version of, as the visitor said. */
  readonly apartFrom?: readonly string[];
  /** The visitor's own words, each once. */
  readonly tags?: readonly string[];
  /** Of the file, ms since 1970; absent where nobody knows. */
  readonly lastModified?: number;
  /** Where its text gives instructions; absent until it was looked at. */
  readonly instructions?: Instructions;
  readonly chunkCount: number;
  /** How its content is cut (`cutKey`); absent = by default. Equal for all sources of one document. */
  readonly cut?: string;
  /** Absent for formats without pages. */
  readonly pages?: number;
  /** Those of them without any text. */
  readonly blankPages?: number;
}

/** `lines` count from 1, the first few of `count` places. */
export interface Instructions {
  readonly count: number;
  readonly lines: readonly number[];
}

export type SourceChange = Partial<
  Pick<Source, 'inUse' | 'replacedBy' | 'name' | 'apartFrom' | 'tags' | 'collection' | 'instructions'>
>;

/** Documents that are searched together. */
export interface Collection {
  readonly id: string;
  readonly name: string;
  /** ms since 1970. */
  readonly addedAt: number;
}

/** A vector's key: hash of (normalised text, embedder id with dtype, pooling and prefix). */
export type VectorKey = string;

/** Where an adapter comes from. */
export interface AdapterOrigin {
  /** For people: `From disk`, an address; null where nobody kept it. */
  readonly from: string | null;
  /** ms since 1970; null where nobody kept it. */
  readonly addedAt: number | null;
  /** As its card names it. */
  readonly licence: string | null;
  /** The adapter that this one is the mitigated form of, and the share of its intruders that was left. */
  readonly derivedFrom: { readonly adapterId: string; readonly lambda: number } | null;
}

/** An adapter the visitor brought, as its two files. */
export interface StoredAdapter {
  readonly id: string;
  readonly label: string;
  /** Text of adapter_config.json. */
  readonly config: string;
  /** Bytes of adapter_model.safetensors. */
  readonly weights: Uint8Array<ArrayBuffer>;
  readonly origin: AdapterOrigin;
}

/** Every method throws `storage-full` or `storage-refused`; what was stored before stays. */
export interface LibraryStore {
  /** False when it lasts for this visit only. */
  readonly lasting: boolean;
  /** In the order they were added. */
  sources(): Promise<Source[]>;
  /**
   * Adds or replaces the source; stores its content and chunks if their hash is new, else the source takes over how the
   * content is cut. One transaction.
   */
  add(source: Source, document: Document, chunks: readonly Chunk[]): Promise<void>;
  /** Replaces the chunks of a content, and what its sources say of them. One transaction; nothing happens when it is gone. */
  recut(documentId: string, chunks: readonly Chunk[], cut: string): Promise<void>;
  /** What a model wrote on what the document is about; goes with its content. */
  summary(documentId: string, writer: string): Promise<string | null>;
  /** Nothing happens when the content is gone. */
  addSummary(documentId: string, writer: string, text: string): Promise<void>;
  /** Changes use, name or the like of one source; nothing happens when it is gone. */
  update(id: string, change: SourceChange): Promise<void>;
  /** The same of several, all or none. */
  updateAll(changes: ReadonlyMap<string, SourceChange>): Promise<void>;
  /** Those that were named, the oldest first; sources may be in others. */
  collections(): Promise<Collection[]>;
  /** Adds or replaces by id. */
  putCollection(collection: Collection): Promise<void>;
  /** Its sources stay where they are. */
  removeCollection(id: string): Promise<void>;
  /** What is searched; null: all that is in use. */
  scope(): Promise<Filter | null>;
  setScope(scope: Filter | null): Promise<void>;
  /** Removes the source; its content goes when it was the last one. Vectors stay until `sweep`, so that undo is instant. */
  remove(id: string): Promise<void>;
  document(documentId: string): Promise<Document | null>;
  chunks(documentId: string): Promise<Chunk[]>;
  /** Vectors known for these keys; rows missing are absent from the map. */
  vectors(keys: readonly VectorKey[]): Promise<Map<VectorKey, Float32Array>>;
  /** Stores rows (keys.length * dimensions floats) durably, in one transaction. */
  addVectors(keys: readonly VectorKey[], dimensions: number, rows: Float32Array): Promise<void>;
  /** What all vectors take, without their keys. */
  vectorBytes(): Promise<number>;
  /** Drops vectors no stored chunk uses. `live` are the keys still needed. */
  sweep(live: ReadonlySet<VectorKey>): Promise<void>;
  /** By `addedAt`. */
  adapters(): Promise<StoredAdapter[]>;
  /** Adds or replaces by id. */
  addAdapter(adapter: StoredAdapter): Promise<void>;
  removeAdapter(id: string): Promise<void>;
  /** True once `remember` was called with this name: things done once and never again by themselves. */
  remembers(name: string): Promise<boolean>;
  remember(name: string): Promise<void>;
  /** What the visitor has set about the library; undefined when never. */
  setting(name: string): Promise<unknown>;
  setSetting(name: string, value: unknown): Promise<void>;
  /** What was remembered and set about the library goes too. */
  deleteEverything(): Promise<void>;
  close(): void;
}

/** The source of a content that is stored already, and cut as this sibling of it says. */
export function cutAs(source: Source, { chunkCount, cut }: Source): Source {
  const { cut: _own, ...rest } = source;
  return { ...rest, chunkCount, ...(cut !== undefined && { cut }) };
}
