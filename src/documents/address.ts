/** A document that stands at an address: which address somebody typed, and what the file is called once it is here. */
import { LabError } from '../errors';
import { DOCUMENT_KINDS, type DocumentKindId, KIND_IDS, kindOf } from './kinds';

/** What hosts call the kinds, where it differs from what the kinds are called here. */
const SERVED_AS: ReadonlyMap<string, DocumentKindId> = new Map<string, DocumentKindId>([
  ['application/xhtml+xml', 'html'],
  ['text/x-markdown', 'markdown'],
  ['text/tab-separated-values', 'csv'],
  ['application/jsonl', 'json'],
  ['application/x-ndjson', 'json'],
]);
const LONGEST = 200;

/** Without a scheme it is taken for https, without what stands behind `#`. Throws `address-refused`. */
export function documentAddress(typed: string): URL {
  const text = typed.trim();
  const whole = /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  const url = URL.canParse(whole) ? new URL(whole) : null;
  if (!url || !/^https?:$/.test(url.protocol) || !/[.:]|^localhost$/.test(url.hostname))
    throw new LabError('address-refused', `“${text.slice(0, LONGEST)}” is no address of a page or file.`);
  // Addresses are shown and kept: nobody's password should be.
  if (url.username !== '' || url.password !== '')
    throw new LabError('address-refused', `An address with a password in it is not asked (${url.host}).`);
  url.hash = '';
  return url;
}

/**
 * The file's name: host and path, with an extension that says its kind. What the host says of the kind counts, except
 * that plain text and bytes without a kind may be what the path says. Throws `unknown-format`.
 */
export function nameOfFetched(url: URL, contentType: string | null): string {
  const { host, pathname } = url;
  const path = decodedPath(pathname).replace(/\/$/, '/index').slice(0, LONGEST).toWellFormed();
  const served = (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const byPath = kindOf(path);
  const byHost = SERVED_AS.get(served) ?? KIND_IDS.find((id) => DOCUMENT_KINDS[id].mediaType === served) ?? null;
  const vague = /^(?:|text\/.*|application\/(?:octet-stream|binary|zip|xml|javascript|x-.*))$/.test(served);
  const kind = byHost && (byHost !== 'plainText' || !byPath) ? byHost : vague ? byPath : null;
  if (!kind) {
    const why = `${url.href.slice(0, LONGEST)} is served as “${served || 'nothing'}”, which is none of the kinds that can be read.`;
    throw new LabError('unknown-format', why);
  }
  return host + (byPath === kind ? path : path + DOCUMENT_KINDS[kind].extensions[0]);
}

/** What is encoded wrongly stays as it is. */
export function decodedPath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
