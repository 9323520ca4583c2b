/** What the page sees of models. */
import type { RunsOn } from '../../device/choice';
import type { Fit } from '../../device/fit';
import type { LabError } from '../../errors';

/** A model's state as the masthead tells it. */
export type ModelState =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'loading'; readonly done: number; readonly total: number | null }
  | ({ readonly kind: 'ready' } & RunsOn)
  /** By the visitor, before it was loaded. */
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly error: LabError };

export interface ModelInfo {
  readonly id: string;
  readonly label: string;
  readonly bytes: number | null;
  readonly reads: string | null;
  /** The smaller model, by its id, whose place it takes once it is loaded. */
  readonly succeeds: string | null;
  readonly state: ModelState;
}

export type ModelRole = 'reader' | 'finder' | 'reranker';
export type ModelOrigin = 'built-in' | 'hub' | 'webllm' | 'server' | 'disk';

/** How much of a model is in this browser; of what the present device needs. */
export type Kept =
  | { readonly kind: 'none' }
  /** `begun` is false where only the files have come that every device needs. */
  | { readonly kind: 'part'; readonly bytes: number; readonly of: number | null; readonly begun?: boolean }
  | { readonly kind: 'whole'; readonly bytes: number };

export type Download =
  | { readonly kind: 'idle' }
  /** In bytes, unless `unit` says that only parts are known. */
  | { readonly kind: 'running'; readonly done: number; readonly total: number | null; readonly unit?: 'parts' }
  /** `until` in ms since 1970; null until the browser is online again. */
  | { readonly kind: 'waiting'; readonly until: number | null; readonly attempt: number; readonly error: LabError }
  | { readonly kind: 'failed'; readonly error: LabError };

export type SelfTest =
  | { readonly kind: 'untested'; readonly why: string }
  | { readonly kind: 'passed'; readonly said: string }
  | { readonly kind: 'failed'; readonly said: string };

export interface CatalogueModel {
  readonly id: string;
  readonly role: ModelRole;
  readonly origin: ModelOrigin;
  readonly label: string;
  readonly reads: string | null;
  readonly succeeds: string | null;
  readonly licence: string | null;
  /** Address of its model card, relative to the page; null for those that the page does not bring. */
  readonly card: string | null;
  readonly contextTokens: number | null;
  readonly leavesDevice: boolean;
  /** The address of the server that runs it; null for all that run here. */
  readonly server: string | null;
  /** Of the files that the present device needs; null until the hub was looked at. */
  readonly bytes: number | null;
  /** Bytes, an estimate (`device/fit.ts`). */
  readonly memory: number | null;
  readonly fit: Fit;
  readonly kept: Kept;
  readonly download: Download;
  readonly state: ModelState;
  /** The default of its role. */
  readonly inUse: boolean;
  readonly selfTest: SelfTest;
  readonly adapters: 'runtime' | 'merge' | 'server' | 'none';
  /** Marked able to write: other wordings of a question, the next search of two, a summary. */
  readonly writes: boolean;
  /** Not let in yet; empty = it may be fetched. */
  readonly needsOrigins: readonly string[];
}
