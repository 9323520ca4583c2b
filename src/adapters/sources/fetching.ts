/** An adapter fetched from an address: whole, counted, within the same limits as one that is dropped on the page. */
import { LabError } from '../../errors';
import type { Job, Progress } from '../../job';
import type { AdapterAddress } from './address';
import {
  type AdapterFiles,
  type BroughtFile,
  CONFIG,
  MAX_TEXT_BYTES,
  MAX_WEIGHTS_BYTES,
  README,
  WEIGHTS,
  pickAdapter,
} from './files';

/** Yields a file's bytes as they come. Throws a LabError for what is not there or breaks off. */
export type ReadAddress = (url: string, signal: AbortSignal) => AsyncIterable<Uint8Array>;

/** Throws `adapter-not-fetched` and what `pickAdapter` throws. */
export async function* fetchAdapter(
  address: AdapterAddress,
  read: ReadAddress,
  signal: AbortSignal,
): Job<Progress, AdapterFiles> {
  const files: BroughtFile[] = [];
  if (address.kind === 'zip') {
    const bytes = yield* whole(address.url, MAX_WEIGHTS_BYTES, read, signal);
    files.push(brought(`${address.name}.zip`, bytes));
  } else {
    const folder = `${address.name}/`;
    files.push(brought(folder + CONFIG, yield* whole(address.url + CONFIG, MAX_TEXT_BYTES, read, signal)));
    const card = yield* optional(whole(address.url + README, MAX_TEXT_BYTES, read, signal));
    if (card) files.push(brought(folder + README, card));
    files.push(brought(folder + WEIGHTS, yield* whole(address.url + WEIGHTS, MAX_WEIGHTS_BYTES, read, signal)));
  }
  const adapter = await pickAdapter(files);
  return { ...adapter, name: adapter.name ?? address.name };
}

function brought(path: string, bytes: Uint8Array<ArrayBuffer>): BroughtFile {
  return { path, bytes: bytes.length, read: () => Promise.resolve(bytes) };
}

async function* whole(
  url: string,
  most: number,
  read: ReadAddress,
  signal: AbortSignal,
): Job<Progress, Uint8Array<ArrayBuffer>> {
  const name = decodeURIComponent(url.slice(url.lastIndexOf('/') + 1));
  const parts: Uint8Array[] = [];
  let done = 0;
  try {
    for await (const part of read(url, signal)) {
      signal.throwIfAborted();
      done += part.length;
      if (done > most)
        throw new LabError(
          'adapter-unsupported',
          `${name} is longer than ${most.toLocaleString('en')} bytes, the most that is read.`,
        );
      parts.push(part);
      yield { step: `Fetching ${name}`, done, total: null, unit: 'bytes' };
    }
  } catch (error) {
    if (!(error instanceof LabError) || error.code === 'adapter-unsupported') throw error;
    throw new LabError('adapter-not-fetched', `${error.message} Asked for ${url}`, { cause: error });
  }
  const bytes = new Uint8Array(done);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Many adapters come without a card. */
async function* optional<T>(job: Job<Progress, T>): Job<Progress, T | null> {
  try {
    return yield* job;
  } catch (error) {
    if (error instanceof LabError) return null;
    throw error;
  }
}
