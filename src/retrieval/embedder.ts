import type { Job, Progress } from '../job';

/** What a text is to the search: many models put other words before what is asked than before what is found. */
export type EmbeddingRole = 'query' | 'passage';

/**
 * Turns text into unit-length vectors. `id` names weights, dtype, pooling and what is put before a passage: vectors of
 * equal id may be compared, and a stored one of that id need not be made again.
 */
export interface Embedder extends AsyncDisposable {
  readonly id: string;
  readonly dimensions: number;
  /** This embedder's weight in the fusion, against 1 for BM25. Measured, kept with its catalogue entry. */
  readonly fusionWeight: number;
  /** Row i of the result (i * dimensions) is texts[i]. Passages as `(Title) Text`, queries as they are. */
  embed(texts: readonly string[], role: EmbeddingRole, signal: AbortSignal): Job<Progress, Float32Array>;
}
