/** What the page sees of the library. */
import type { LabError } from '../../errors';
import type { Progress } from '../../job';
import type { Filter, LibrarySearch } from '../../retrieval/settings';
import type { Collection, Source } from '../../storage/library';

export interface LibraryState {
  readonly sources: readonly Source[];
  /** Those that were named; `own` and `sample` are there without. */
  readonly collections: readonly Collection[];
  /** What is searched by all who name nothing themselves; null: all that is in use. */
  readonly scope: Filter | null;
  /** How all search who say nothing else themselves. */
  readonly search: LibrarySearch;
  /** By source id: how many of its chunks do not count, since another source has the same, and which has most of them. */
  readonly copies: Readonly<Record<string, { readonly count: number; readonly of: string }>>;
  /** Chunks embedded so far, by source id. */
  readonly indexed: Readonly<Record<string, number>>;
  readonly indexing: Progress | null;
  /** Chunks in use, indexed or not. */
  readonly chunkCount: number;
  /** Why the last indexing could not be kept or ended early; what is indexed stays searchable. */
  readonly problem: LabError | null;
  /** The finder before, where it still answers from its own index since the new one's is not complete; else null. */
  readonly answering: string | null;
}

/** Bytes; null where the browser does not say. */
export interface StorageUse {
  /** Of all that this page keeps, as the browser tells. */
  readonly used: number | null;
  readonly quota: number | null;
  /** Whether the browser promised not to clear it by itself. */
  readonly kept: boolean | null;
  /** Of the vectors of all finders. */
  readonly vectors: number;
}

export interface AddedFile {
  /** With the folders it came in, a zip being one. */
  readonly name: string;
  readonly outcome:
    | { readonly kind: 'added'; readonly source: Source }
    /** `file` is what to give again, with its password where that is what it lacks. */
    | { readonly kind: 'failed'; readonly error: LabError; readonly file: File }
    /** Of no kind that is read, in a folder or zip. */
    | { readonly kind: 'passed' }
    /** Its turn did not come, or had not ended. */
    | { readonly kind: 'stopped' };
}
