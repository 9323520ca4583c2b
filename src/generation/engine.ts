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

/** JSON Schema, as an object. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export interface WriteRequest {
  readonly messages: readonly Message[];
  readonly wears: readonly Worn[];
  readonly sampling: Sampling;
  /** The answer must be JSON of this form; a request fails with `model-unsupported` where the engine cannot hold it to that. */
  readonly schema?: JsonSchema;
}

/** `request` is the index into the array given to `write`. Times in ms since `write` was called. */
export type WriteEvent =
  | { readonly kind: 'started'; readonly request: number; readonly promptTokens: number | null }
  | { readonly kind: 'text'; readonly request: number; readonly text: string; readonly ms: number }
  | { readonly kind: 'done'; readonly request: number; readonly completion: Completion };

/** Null is unknown: not every engine counts or lets its passes be timed. */
export interface Usage {
  readonly promptTokens: number | null;
  /** As the engine counts them: some count the token that ends the answer. */
  readonly answerTokens: number | null;
  /** From the call of `write` to this request's first token, queueing included. */
  readonly firstTokenMs: number;
  /** Of the passes that wrote its tokens after the first; what is done for others in between does not count. */
  readonly decodeMs: number | null;
  /** True when the time was shared with other requests decoded in the same pass. */
  readonly shared: boolean;
}

/** A request that failed is data, so that the others go on. What it wrote before stays with whoever heard its `text` events. */
export type Completion =
  | {
      readonly kind: 'written';
      readonly text: string;
      /** Null where the engine tells only text. */
      readonly tokens: readonly number[] | null;
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
  /** Can hold an answer to a JSON Schema; false where not given. */
  readonly jsonSchema?: boolean;
  /** What is asked is sent to another program, on this machine or elsewhere; false where not given. */
  readonly leavesDevice?: boolean;
}

export interface Engine {
  readonly id: string;
  readonly can: EngineAbilities;
  load(model: ReaderEntry, signal: AbortSignal): Job<Progress, LoadedModel>;
}

/** Once disposed of, every method but the disposal itself rejects with `model-not-loaded`. */
export interface LoadedModel extends AsyncDisposable {
  readonly model: ReaderEntry;
  /** Where it runs, for people: `WASM, 2 threads`. */
  readonly runsOn: string;
  /** The linears that take adapters, of an engine that grafts them. */
  readonly targets?: readonly GraftTarget[];
  /** Makes an adapter wearable; throws `adapter-mismatch` or `adapter-unsupported`. Replaces one of the same id. */
  addAdapter(adapter: Adapter): Promise<void>;
  removeAdapter(adapterId: string): Promise<void>;
  /** Rejects with `model-unsupported` where the engine cannot count. */
  countTokens(texts: readonly string[]): Promise<number[]>;
  /** Takes all requests at once; yields text as it is written. Results in the order of the requests. */
  write(requests: readonly WriteRequest[], signal: AbortSignal): Job<WriteEvent, Completion[]>;
}
