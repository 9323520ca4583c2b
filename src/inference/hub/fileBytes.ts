import { LabError } from '../../errors';
import type { Line } from '../hub';
import { Passing, ask } from './asking';

/** A line that has been silent for this long is given up and asked anew. */
const PATIENCE_MS = 90_000;

interface Expected {
  readonly path: string;
  readonly bytes: number;
}

/**
 * The bytes of a file from `from` to its end. A host that ignores ranges, or refuses this one, is asked for the whole
 * and its beginning is passed over. No `If-Range` is sent: the address names a commit, the digest decides in the end, and
 * browsers would have to ask leave for that header. Throws as `ask` does; `Passing` with `model-cut` where it
 * broke off, `model-corrupt` where there is more than expected.
 */
export async function* fileBytes(
  url: string,
  { path, bytes }: Expected,
  from: number,
  line: Line,
  signal: AbortSignal,
  again = false,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  const { response, at: begins } = await open(url, bytes, from, line, signal, again);
  const reader = response.body?.getReader();
  let at = begins;
  try {
    for (;;) {
      const next = await heard(reader, path, line, signal);
      if (next === null) break;
      const fresh = next.subarray(Math.max(0, Math.min(next.length, from - at)));
      at += next.length;
      if (at > bytes) throw new LabError('model-corrupt', `${path} is longer than the hub’s listing says.`);
      if (fresh.length > 0) yield fresh;
    }
  } finally {
    void reader?.cancel().catch(() => undefined);
  }
  if (at < bytes) throw broken(path, at, bytes);
}

/** `at` is where the answer begins. */
async function open(
  url: string,
  bytes: number,
  from: number,
  line: Line,
  signal: AbortSignal,
  again: boolean,
): Promise<{ response: Response; at: number }> {
  const response = await ask(url, line, signal, { from, again });
  if (response.status === 200) return { response, at: 0 };
  // Not every host lets a page read this header; the digest tells in the end.
  const range = response.headers.get('Content-Range')?.match(/^bytes (\d+)-\d+\/(\d+|\*)$/);
  const asAsked = !range || (Number(range[1]) === from && (range[2] === '*' || Number(range[2]) === bytes));
  if (response.status === 206 && asAsked) return { response, at: from };
  void response.body?.cancel().catch(() => undefined);
  const whole = await ask(url, line, signal, { again: true });
  if (whole.status !== 200) throw new LabError('hub-lacks', `${url} answered ${String(whole.status)}.`);
  return { response: whole, at: 0 };
}

async function heard(
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined,
  path: string,
  line: Line,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer> | null> {
  if (!reader) return null;
  const spoke = new AbortController();
  const silence = line.sleep(PATIENCE_MS, AbortSignal.any([spoke.signal, signal])).then(
    () => 'silent' as const,
    () => 'ended' as const,
  );
  try {
    const next = await Promise.race([reader.read(), silence]);
    signal.throwIfAborted();
    if (typeof next === 'string') throw new Error('Nothing came for a minute and a half.');
    return next.done ? null : next.value;
  } catch (cause) {
    signal.throwIfAborted();
    throw new Passing(new LabError('model-cut', `${path} broke off: the connection was lost.`, { cause }));
  } finally {
    spoke.abort();
  }
}

function broken(path: string, at: number, bytes: number): Passing {
  const sentence = `${path} ended after ${at.toLocaleString('en')} of ${bytes.toLocaleString('en')} bytes.`;
  return new Passing(new LabError('model-cut', sentence));
}
