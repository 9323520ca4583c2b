import type { Job } from './job';

export interface WriterMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/**
 * The loaded model, as a composition root hands it to rooms that need text written; they never import an engine. Only a
 * model that is marked able to write may be one. Yields the text in pieces as it comes and returns the whole; throws what
 * the model failed with.
 */
export type Writer = (messages: readonly WriterMessage[], signal: AbortSignal) => Job<string, string>;
