import { LabError } from '../../../errors';

const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;
/** Hosts that seldom have a certificate: names without a dot, `.local`, and bare addresses. */
const PLAIN_HOST = /^(\[.*\]|[^.:/]+|[^:/]+\.local|\d+\.\d+\.\d+\.\d+)(?=[:/]|$)/i;
const ENDPOINT = /\/(chat\/completions|completions|models)$/;
const VERSION = /\/v\d/;

/**
 * The base of an OpenAI-compatible API, from what people paste: with or without scheme, `/v1`, an endpoint or slashes
 * at its end. The result has no slash at its end. Throws `server-address`.
 */
export function apiBase(address: string): string {
  const typed = address.trim();
  const whole = SCHEME.test(typed) ? typed : `${PLAIN_HOST.test(typed) ? 'http' : 'https'}://${typed}`;
  if (typed === '' || !URL.canParse(whole)) throw new LabError('server-address', `“${typed}” is not an address.`);
  const { protocol, origin, pathname, search, username, password } = new URL(whole);
  if (protocol !== 'http:' && protocol !== 'https:')
    throw new LabError('server-address', `“${protocol}” addresses cannot be asked, only http and https.`);
  // The address is shown, kept and put into errors, so it must not hold a key.
  if (username !== '' || password !== '' || search !== '')
    throw new LabError('server-address', `A key belongs into its own field, not into the address of ${origin}.`);
  const path = pathname.replace(/\/+$/, '').replace(ENDPOINT, '');
  return origin + (VERSION.test(path) ? path : `${path}/v1`);
}

/** Whether the server runs on this machine: what is asked leaves the page, yet not the machine. */
export function onThisMachine(base: string): boolean {
  const { hostname } = new URL(base);
  return hostname === '[::1]' || /^(.*\.)?localhost$/.test(hostname) || /^127(\.\d+){3}$/.test(hostname);
}

/** Whether browsers keep a page from asking it (https://www.w3.org/TR/mixed-content/). `pageProtocol`: `https:` or another. */
export function isMixed(base: string, pageProtocol: string): boolean {
  return pageProtocol === 'https:' && base.startsWith('http:') && !onThisMachine(base);
}

export interface WayIn {
  readonly server: string;
  /** What the visitor adds where the server is started. */
  readonly command: string;
  readonly note: string;
}

/**
 * How each server is told to let pages of an origin read its answers (CORS):
 * vLLM `entrypoints/openai/cli_args.py`, llama.cpp `tools/server/README.md`, Ollama `docs/faq.mdx`.
 */
export function waysIn(pageOrigin: string): readonly WayIn[] {
  return [
    {
      server: 'vLLM',
      command: `vllm serve MODEL --allowed-origins '["${pageOrigin}"]'`,
      note: 'Lets every page in unless this is given. A wrong key looks like a server that is not there.',
    },
    {
      server: 'llama.cpp',
      command: `llama-server -m MODEL.gguf --cors-origins ${pageOrigin}`,
      note: 'Lets every page in unless this is given; with --tools or --agent, pages of this machine alone.',
    },
    {
      server: 'Ollama',
      command: `OLLAMA_ORIGINS=${pageOrigin} ollama serve`,
      note: 'Lets only pages of this machine in. Restart it after the change; its app takes the variable from the system.',
    },
  ];
}
