import { LabError } from '../../../errors';
import { isMixed } from './address';
import { type Asked, refusalOf, saidIn } from './refusals';

export interface Server {
  /** As `apiBase` gives it. */
  readonly base: string;
  /** Goes into one header and nowhere else. */
  readonly key: string | null;
  /** `location.protocol` of the page; any other than `https:` where there is no page. */
  readonly pageProtocol: string;
}

/** What a header may hold; what it may not is quoted by some browsers' errors, and that would tell the key. */
const KEY = /^[\x21-\x7e]+$/;

export function originOf({ base }: Server): string {
  return new URL(base).origin;
}

/**
 * Sends a request (POST where there is a body). Throws `server-mixed`, `server-unreachable` and what `refusalOf` says.
 * A page cannot tell a server that is not there from one that does not let it read the answer.
 */
export async function ask(
  server: Server,
  path: string,
  body: object | null,
  label: string,
  signal: AbortSignal,
): Promise<Response> {
  const { base, key, pageProtocol } = server;
  const asked: Asked = { origin: originOf(server), label, key };
  if (isMixed(base, pageProtocol))
    throw new LabError('server-mixed', `${asked.origin} is asked by http, and this page came by https.`);
  if (key !== null && !KEY.test(key))
    throw new LabError(
      'server-refused',
      `The key for ${asked.origin} holds a space or another character that no key has.`,
    );
  let response: Response;
  try {
    response = await fetch(base + path, {
      method: body ? 'POST' : 'GET',
      headers: {
        ...(body && { 'content-type': 'application/json' }),
        ...(key !== null && { authorization: `Bearer ${key}` }),
      },
      ...(body && { body: JSON.stringify(body) }),
      credentials: 'omit',
      signal,
    });
  } catch (error) {
    signal.throwIfAborted();
    throw new LabError(
      'server-unreachable',
      `${asked.origin} gave no answer that this page may read: no server runs there, or it does not let this page in (CORS), or this page was not allowed to ask it.`,
      { cause: error },
    );
  }
  if (response.ok) return response;
  const text = await response.text().catch(() => '');
  signal.throwIfAborted();
  const said = saidIn(jsonIn(text));
  throw refusalOf(response.status, said, response.headers.get('retry-after'), asked);
}

/** Undefined when it is no JSON. */
export function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
