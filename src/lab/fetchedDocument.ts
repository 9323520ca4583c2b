import { documentAddress, nameOfFetched } from '../documents/address';
import { refuseUnread } from '../documents/reading';
import { isAbort, LabError } from '../errors';
import { allowableOrigin } from '../host/policy';
import type { Job, Progress } from '../job';

/**
 * Asks an address that the visitor typed, with nothing of theirs: no cookies, no word of where they come from.
 * `lacking` tells which origins the page may not reach. Throws `address-refused`, `address-unreadable`,
 * `unknown-format` and `document-too-large`, the last two before all of it has come.
 */
export async function* fetchDocument(
  typed: string,
  lacking: (origins: readonly string[]) => readonly string[],
  signal: AbortSignal,
): Job<Progress, File> {
  const url = documentAddress(typed);
  if (lacking([url.origin]).length > 0) {
    const never = `${url.origin} is neither https nor on this machine.`;
    const why = allowableOrigin(url.origin) === null ? never : `This page was not let in to ${url.host} yet.`;
    throw new LabError('address-refused', why);
  }
  const step = `Fetching ${url.host}`;
  yield { step, done: 0, total: null, unit: 'bytes' };
  try {
    const response = await fetch(url, { signal, credentials: 'omit', referrerPolicy: 'no-referrer' });
    if (!response.ok)
      throw new LabError('address-unreadable', `${url.host} answered ${String(response.status)} for ${url.pathname}.`);
    const name = nameOfFetched(url, response.headers.get('content-type'));
    const said = response.headers.get('content-length');
    // The length of what travels, which may be packed: more can come.
    const total = said === null || response.headers.has('content-encoding') ? null : Number(said);
    refuseUnread(name, total ?? 0);
    const parts: Uint8Array<ArrayBuffer>[] = [];
    let done = 0;
    for await (const part of partsOf(response)) {
      signal.throwIfAborted();
      done += part.length;
      refuseUnread(name, done);
      parts.push(part);
      yield { step, done, total, unit: 'bytes' };
    }
    const file = new File(parts, name.slice(name.lastIndexOf('/') + 1));
    return Object.defineProperty(file, 'webkitRelativePath', { value: name });
  } catch (error) {
    if (error instanceof LabError || isAbort(error)) throw error;
    const why = `${url.host} could not be reached, lets no other page read it, or sends on to another address.`;
    throw new LabError('address-unreadable', why, { cause: error });
  }
}

/** Safari cannot walk over a stream. */
async function* partsOf({ body }: Response): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  const reader = body?.getReader();
  if (!reader) return;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
