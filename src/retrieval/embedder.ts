import type { Job, Progress } from '../job';

/** Turns text into unit-length vectors. `id` names weights, dtype, pooling and prefix: vectors of equal id may be compared. */
export interface Embedder extends AsyncDisposable {
  readonly id: string;
  readonly dimensions: number;
  /** This embedder's weight in the fusion, against 1 for BM25. Measured, kept with its catalogue entry. */
  readonly fusionWeight: number;
  /** Row i of the result (i * dimensions) is texts[i]. Passages as `(Title) Text`, queries as they are. */
  embed(texts: readonly string[], signal: AbortSignal): Job<Progress, Float32Array>;
}
