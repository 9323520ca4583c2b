import { isAbort, LabError } from '../errors';

/** As the largest of the page's cards, several times over. */
const MAX_BYTES = 200_000;

/** The Markdown of one of the page's own model cards. `path` is relative to `base`. Throws `runtime-missing`. */
export async function fetchCard(base: string, path: string, signal: AbortSignal): Promise<string> {
  try {
    const response = await fetch(base + path, { signal });
    if (!response.ok) throw missing(path, `is not there (answer ${String(response.status)}).`);
    // Some hosts answer with a page of theirs for whatever they lack, or turn Markdown into one.
    if (response.headers.get('content-type')?.startsWith('text/html'))
      throw missing(path, 'came as a web page, not as Markdown.');
    const bytes = await response.arrayBuffer();
    if (bytes.byteLength > MAX_BYTES)
      throw missing(path, `has ${String(bytes.byteLength)} bytes, too many for a card.`);
    return new TextDecoder().decode(bytes);
  } catch (error) {
    if (error instanceof LabError || isAbort(error)) throw error;
    throw missing(path, 'did not arrive.', error);
  }
}

function missing(path: string, why: string, cause?: unknown): LabError {
  return new LabError('runtime-missing', `The model card ${path} ${why}`, { cause });
}
