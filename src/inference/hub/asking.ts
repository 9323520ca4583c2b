import { LabError } from '../../errors';
import type { Line } from '../hub';

/** A failure that may pass by itself; `afterMs` when the host said how long to wait. */
export class Passing extends Error {
  constructor(
    readonly told: LabError,
    readonly afterMs: number | null = null,
  ) {
    super(told.message, { cause: told });
  }
}

/** For those who do not wait: a failure that may pass is the failure that it is now. */
export function asFinal(error: unknown): unknown {
  return error instanceof Passing ? error.told : error;
}

interface Asking {
  /** Asks for the bytes from here to the end. */
  readonly from?: number;
  /** Passes by the browser's cache, where a damaged copy may lie. */
  readonly again?: boolean;
}

/**
 * Asks a hub. Answers are 200, 206 or 416; throws `hub-gated`, `hub-lacks`, or `Passing` with `hub-unreachable` or
 * `hub-busy`.
 */
export async function ask(url: string, line: Line, signal: AbortSignal, asking: Asking = {}): Promise<Response> {
  const { from = 0, again = false } = asking;
  const name = new URL(url).pathname.split('/').at(-1) ?? url;
  let response: Response;
  try {
    response = await line.fetch(url, {
      signal,
      headers: from > 0 ? { Range: `bytes=${String(from)}-` } : {},
      cache: again ? 'reload' : 'default',
    });
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof LabError) throw cause;
    throw new Passing(new LabError('hub-unreachable', `${new URL(url).host} could not be reached.`, { cause }));
  }
  const { status } = response;
  if (response.ok || status === 416) return response;
  void response.body?.cancel().catch(() => undefined);
  const said = `${new URL(url).host} answered ${String(status)} for ${name}`;
  if (status === 401 || status === 403)
    throw new LabError('hub-gated', `${said}: it is not there, or is given only to those who have signed in.`);
  if (status === 408 || status === 429 || status >= 500)
    throw new Passing(new LabError('hub-busy', `${said}.`), retryAfter(response, line));
  throw new LabError('hub-lacks', `${said}.`);
}

/** `Retry-After` in seconds or as a date (RFC 9110, 10.2.3), which browsers show only where the host exposes it. */
function retryAfter({ headers }: Response, line: Line): number | null {
  const text = headers.get('Retry-After')?.trim();
  if (text === undefined) return null;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - line.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}
