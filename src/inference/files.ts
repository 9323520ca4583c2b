/**
 * Model files as they travel: fetched whole, counted in bytes, held against their size and digest
 * before anything runs them.
 */
import { LabError } from '../errors';
import { hex } from '../hex';
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

/** Reads all files of a model, with progress over all their bytes. Throws `model-missing`, `model-cut`, `model-corrupt`. */
export async function* readModelFiles(
  folder: string,
  files: readonly ModelFile[],
  read: FileReader,
  signal: AbortSignal,
): Job<Progress, ModelFiles> {
  const sizes = files.map(({ bytes }) => bytes);
  const total = sizes.includes(null) ? null : sizes.reduce((sum: number, bytes) => sum + (bytes ?? 0), 0);
  const got = new Map<string, Uint8Array<ArrayBuffer>>();
  let done = 0;
  for (const file of files) {
    const parts: Uint8Array[] = [];
    for await (const part of read(folder + file.path, signal)) {
      signal.throwIfAborted();
      parts.push(part);
      done += part.length;
      yield { step: 'Loading', done, total, unit: 'bytes' };
    }
    const bytes = joined(parts);
    await verify(file, bytes);
    got.set(file.path, bytes);
  }
  return got;
}

/** Holds a file against its size and digest. Browsers keep SHA-256 from pages served by plain http: there the size has to do. */
async function verify(file: ModelFile, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  if (file.bytes !== null && bytes.length < file.bytes)
    throw new LabError(
      'model-cut',
      `${file.path} ended after ${bytes.length.toLocaleString('en')} of ${file.bytes.toLocaleString('en')} bytes.`,
    );
  const { subtle } = crypto as { subtle?: typeof crypto.subtle };
  const digest =
    file.sha256 !== null && subtle ? hex(new Uint8Array(await subtle.digest('SHA-256', bytes))) : file.sha256;
  if (digest !== file.sha256 || (file.bytes !== null && bytes.length !== file.bytes))
    throw new LabError('model-corrupt', `${file.path} does not match its checksum.`);
}

/** The file of that path, which the catalogue entry must list. */
export function fileOf(files: ModelFiles, path: string): Uint8Array<ArrayBuffer> {
  const bytes = files.get(path);
  if (!bytes) throw new LabError('model-missing', `The model has no file ${path}.`);
  return bytes;
}

/** JSON of that path. Throws `model-corrupt`. */
export function jsonOf(files: ModelFiles, path: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(fileOf(files, path)));
  } catch (error) {
    if (error instanceof LabError) throw error;
    throw new LabError('model-corrupt', `${path} is not JSON.`, { cause: error });
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/**
 * Reads from the page's own host. A host that answers a missing file with its start page is told apart by
 * the media type. `again` passes by the browser's cache, where a damaged copy may lie.
 */
export function webFiles(again: boolean): FileReader {
  return async function* (url, signal) {
    const name = url.slice(url.lastIndexOf('/') + 1);
    let response: Response;
    try {
      // Node's fetch has no cache and its type no such option.
      const options = { signal, cache: again ? ('reload' as const) : ('default' as const) };
      response = await fetch(url, options);
    } catch (error) {
      signal.throwIfAborted();
      throw new LabError('model-missing', `${name} could not be loaded: the connection failed.`, { cause: error });
    }
    if (!response.ok || !response.body || response.headers.get('content-type')?.startsWith('text/html'))
      throw new LabError('model-missing', `${name} is not there (answer ${String(response.status)}).`);
    const reader = response.body.getReader();
    try {
      for (;;) {
        const next = await reader.read();
        if (next.done) return;
        yield next.value;
      }
    } catch (error) {
      signal.throwIfAborted();
      throw new LabError('model-cut', `${name} broke off: the connection was lost.`, { cause: error });
    } finally {
      void reader.cancel().catch(() => undefined);
    }
  };
}
