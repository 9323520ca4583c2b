/**
 * Generation: runs language models. Refuses to know: documents, retrieval, lanes.
 * An engine says what it can do; asking for more is a typed refusal (`model-unsupported`).
 */
import type { Adapter, Worn } from '../adapters/adapter';
import type { GraftTarget } from '../adapters/graft/graft';
import type { ErrorCode } from '../errors';
import type { Job, Progress } from '../job';
import type { ReaderEntry } from './models';

export interface Message {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/** Temperature 0 is greedy; then `topP` and `seed` do nothing. */
export interface Sampling {
  readonly temperature: number;
  readonly topP: number;
  readonly maxTokens: number;
  readonly seed: number;
}

export interface WriteRequest {
  readonly messages: readonly Message[];
  readonly wears: readonly Worn[];
  readonly sampling: Sampling;
}

/** `request` is the index into the array given to `write`. Times in ms since `write` was called. */
export type WriteEvent =
  | { readonly kind: 'started'; readonly request: number; readonly promptTokens: number }
  | { readonly kind: 'text'; readonly request: number; readonly text: string; readonly ms: number }
  | { readonly kind: 'done'; readonly request: number; readonly completion: Completion };

export interface Usage {
  readonly promptTokens: number;
  readonly answerTokens: number;
  /** From the call of `write` to this request's first token, queueing included. */
  readonly firstTokenMs: number;
  /** Of the passes that wrote its tokens after the first; what is done for others in between does not count. */
  readonly decodeMs: number;
  /** True when the time was shared with other requests decoded in the same pass. */
  readonly shared: boolean;
}

/** A request that failed is data, so that the others go on. */
export type Completion =
  | {
      readonly kind: 'written';
      readonly text: string;
      readonly tokens: readonly number[];
      readonly stoppedBy: 'end' | 'length';
      readonly usage: Usage;
    }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string };

export interface EngineAbilities {
  readonly adapters: 'runtime' | 'merge' | 'server' | 'none';
  readonly batches: boolean;
  readonly seed: boolean;
  readonly topP: boolean;
  readonly countsTokens: boolean;
}

export interface Engine {
  readonly id: string;
  readonly can: EngineAbilities;
  load(model: ReaderEntry, signal: AbortSignal): Job<Progress, LoadedModel>;
}

export interface LoadedModel extends AsyncDisposable {
  readonly model: ReaderEntry;
  /** Where it runs, for people: `WASM, 2 threads`. */
  readonly runsOn: string;
  /** The linears that take adapters, of an engine that grafts them. */
  readonly targets?: readonly GraftTarget[];
  /** Makes an adapter wearable; throws `adapter-mismatch` or `adapter-unsupported`. Replaces one of the same id. */
  addAdapter(adapter: Adapter): Promise<void>;
  removeAdapter(adapterId: string): Promise<void>;
  countTokens(texts: readonly string[]): Promise<number[]>;
  /** Takes all requests at once; yields text as it is written. Results in the order of the requests. */
  write(requests: readonly WriteRequest[], signal: AbortSignal): Job<WriteEvent, Completion[]>;
}
