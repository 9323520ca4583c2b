import { LabError } from '../../errors';
import { type HubFile, type HubListing, type Line, fileAddress } from '../hub';
import { ask, asFinal } from './asking';
import { fileBytes } from './fileBytes';
import { growingDigest } from '../digest';

/** A repository of more files than this is none of a model's. */
const MOST_PAGES = 20;

/**
 * Lists a repository at the commit that `revision` stands for now. Throws `hub-lacks`, `hub-gated`,
 * `hub-unreachable`, `hub-busy`, or `model-unsupported` for an answer that is no listing.
 */
export async function listRepo(
  host: string,
  repo: string,
  revision: string,
  line: Line,
  signal: AbortSignal,
): Promise<HubListing> {
  try {
    const api = `${host}/api/models/${repo}`;
    const info = record(await json(await ask(`${api}/revision/${encodeURIComponent(revision)}`, line, signal)));
    const { sha } = info;
    if (typeof sha !== 'string' || !/^[0-9a-f]{7,64}$/i.test(sha)) throw noListing(repo);
    const files: HubFile[] = [];
    let next: string | null = `${api}/tree/${sha}?recursive=true`;
    for (let page = 0; next !== null; page++) {
      if (page === MOST_PAGES) throw new LabError('model-unsupported', `${repo} has too many files for a model.`);
      const response = await ask(next, line, signal);
      const entries = await json(response);
      if (!Array.isArray(entries)) throw noListing(repo);
      files.push(...entries.flatMap((entry) => fileOf(record(entry))));
      next = nextPage(response.headers.get('Link'), host);
    }
    return { commit: sha, licence: licenceOf(info), files };
  } catch (error) {
    const told = asFinal(error);
    // The last name of these addresses is that of a branch or a commit, which says nothing to people.
    throw told instanceof LabError && told.code === 'hub-lacks'
      ? new LabError('hub-lacks', `${new URL(host).host} has no ${repo}.`, { cause: told })
      : told;
  }
}

/** A small text file of the listing, checked against its digest. Throws as `listRepo` does, or `model-corrupt`. */
export async function readSmallFile(
  host: string,
  repo: string,
  commit: string,
  file: HubFile,
  line: Line,
  signal: AbortSignal,
): Promise<string> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const digest = growingDigest(file, file.bytes);
  try {
    for await (const bytes of fileBytes(fileAddress(host, repo, commit, file.path), file, 0, line, signal)) {
      digest?.add(bytes);
      parts.push(bytes.slice());
    }
  } catch (error) {
    throw asFinal(error);
  }
  if (digest?.matches() === false) throw new LabError('model-corrupt', `${file.path} does not match its checksum.`);
  return new Blob(parts).text();
}

async function json(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (cause) {
    throw new LabError('model-unsupported', `${new URL(response.url).host} does not answer as a hub does.`, { cause });
  }
}

const noListing = (repo: string) => new LabError('model-unsupported', `The hub gave no listing of ${repo}.`);

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** An LFS file's `oid` is that of its pointer; its content is known by `lfs.oid`, a SHA-256. */
function fileOf({ type, path, size, oid, lfs }: Record<string, unknown>): HubFile[] {
  if (type !== 'file' || typeof path !== 'string') return [];
  const large = record(lfs);
  const bytes = typeof large['size'] === 'number' ? large['size'] : size;
  if (typeof bytes !== 'number' || !Number.isSafeInteger(bytes) || bytes < 0) return [];
  const sha256 = hexOf(large['oid'], 64);
  return [{ path, bytes, sha256, gitOid: lfs === undefined || lfs === null ? hexOf(oid, 40) : null }];
}

function hexOf(value: unknown, digits: number): string | null {
  return typeof value === 'string' && value.length === digits && /^[0-9a-f]+$/i.test(value)
    ? value.toLowerCase()
    : null;
}

/** A mirror may hand on the addresses of the hub that it mirrors: only the path is followed. */
function nextPage(link: string | null, host: string): string | null {
  const found = link?.match(/<([^>]+)>\s*;\s*rel="?next"?/)?.[1];
  if (found === undefined) return null;
  const { pathname, search } = new URL(found, host);
  const { pathname: under } = new URL(host);
  return new URL(host).origin + (pathname.startsWith(under) ? '' : under.replace(/\/$/, '')) + pathname + search;
}

function licenceOf({ cardData, tags }: Record<string, unknown>): string | null {
  const { license } = record(cardData);
  if (typeof license === 'string') return license;
  const all: unknown[] = Array.isArray(tags) ? tags : [];
  const tag = all.find((one): one is string => typeof one === 'string' && one.startsWith('license:'));
  return tag?.slice('license:'.length) ?? null;
}
