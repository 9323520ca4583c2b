/**
 * Model files as they travel: fetched whole, counted in bytes, held against their size and digest
 * before anything runs them.
 */
import type { Job, Progress } from '../job';

/** `path` is relative to the model's folder. `bytes` and `sha256` (hex) are null where unknown. */
export interface ModelFile {
  readonly path: string;
  readonly bytes: number | null;
  readonly sha256: string | null;
}

export type ModelFiles = ReadonlyMap<string, Uint8Array<ArrayBuffer>>;

/** How a file's bytes are had: the page fetches, the terminal reads the disk. Yields chunks of bytes; throws `model-missing`. */
export type FileReader = (url: string, signal: AbortSignal) => AsyncIterable<Uint8Array>;

export type FetchModelFiles = (folder: string, files: readonly ModelFile[], read: FileReader, signal: AbortSignal) => Job<Progress, ModelFiles>;
