import type { Job, Progress } from '../job';

/** Reads a question and a passage together, and says how well the one answers the other. */
export interface Reranker extends AsyncDisposable {
  readonly id: string;
  /** For each passage (as `passageText` writes it) the probability that it is relevant, 0 to 1, in their order. */
  score(query: string, passages: readonly string[], signal: AbortSignal): Job<Progress, Float32Array>;
}
