/**
 * Host: how the page is delivered, wherever it is put. What the browser may do with it (this file), its own files
 * kept for use without a network (`ownFiles`), and the page's first step (`arrival`). Refuses to know: what the page is for.
 */

/** Nothing leaves for another origin but those the visitor let in; wasm may be compiled, script text may not. */
export function contentSecurityPolicy(visitorOrigins: readonly string[] = []): string {
  return [
    "default-src 'self'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self' data:",
    ["connect-src 'self'", ...visitorOrigins].join(' '),
    "worker-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

/** Without the first two the browser grants no SharedArrayBuffer, and the models run on one thread. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
};

/** `URL` takes `*`, `;` and quotes as parts of a host name; in a policy they would open more than one origin. */
const PLAIN_HOST = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;
const THIS_MACHINE = ['localhost', '127.0.0.1'];

/**
 * Where huggingface.co sends a browser for the files themselves: hosts by region and by storage (`cdn-lfs-us-1.hf.co`,
 * `cas-bridge.xethub.hf.co`, `us.aws.cdn.hf.co`), all under this one. The only pattern that may be let in.
 */
export const HUB_STORES = 'https://*.hf.co';

/** The origin of an address the visitor may let in: `https`, or `http` on this machine; null for every other. */
export function allowableOrigin(address: string): string | null {
  if (address === HUB_STORES) return address;
  if (!URL.canParse(address)) return null;
  const { protocol, hostname, origin, username, password } = new URL(address);
  const guarded = protocol === 'https:' || (protocol === 'http:' && THIS_MACHINE.includes(hostname));
  return guarded && PLAIN_HOST.test(hostname) && username === '' && password === '' ? origin : null;
}
