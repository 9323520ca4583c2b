/**
 * The page's own files, kept in Cache storage under path and digest. So a file that two builds share is fetched
 * once, two builds never mix, and bytes that are not the build's own are never kept.
 */
import { hex } from '../hex';

export class OwnFiles {
  /** The last keeping of each path, by path. */
  readonly #underWay = new Map<string, Promise<void>>();

  /** `digests` are SHA-256 in hex, by path; `folder` is the page's address with a slash at its end. */
  constructor(
    private readonly digests: ReadonlyMap<string, string>,
    private readonly folder: string,
    private readonly storage: CacheStorage,
  ) {}

  /** The path of one of the build's own files; null for whatever else lies under the address. */
  pathOf(url: string): string | null {
    const path = url.startsWith(this.folder) ? url.slice(this.folder.length) : '';
    return this.digests.has(path) ? path : null;
  }

  async kept(path: string): Promise<Response | undefined> {
    // Without a readable cache the page lives from the network.
    return this.#cache()
      .then((cache) => cache.match(this.#key(path)))
      .catch(() => undefined);
  }

  /** Keeps an answer if its bytes are the build's. A full or broken storage, or a broken connection, is no reason to fail. */
  keep(path: string, response: Response): Promise<void> {
    const keeping = response
      .arrayBuffer()
      .then((bytes) => this.#put(path, bytes, response.headers))
      .then(() => undefined)
      .catch(() => undefined);
    this.#underWay.set(path, keeping);
    return keeping;
  }

  /** Fetches and keeps those that are missing, one after the other. Throws at the end if something is not to be had as the build made it. */
  async complete(paths: readonly string[]): Promise<void> {
    const failed: string[] = [];
    for (const path of paths) if (!(await this.#fetched(path).catch(() => false))) failed.push(path);
    if (failed.length > 0) throw new Error(`Not the files of this build: ${failed.join(', ')}`);
  }

  /** Forgets the files that only earlier builds had. */
  async sweep(): Promise<void> {
    const cache = await this.#cache();
    const wanted = new Set([...this.digests.keys()].map((path) => this.#key(path)));
    for (const { url } of await cache.keys()) if (!wanted.has(url)) await cache.delete(url);
  }

  async #fetched(path: string): Promise<boolean> {
    await this.#underWay.get(path);
    if (await this.kept(path)) return true;
    // The page has mostly fetched it a moment ago; an older copy is told by its digest.
    for (const cache of ['force-cache', 'reload'] as const) {
      const response = await fetch(this.folder + path, { cache });
      if (response.ok && (await this.#put(path, await response.arrayBuffer(), response.headers))) return true;
    }
    return false;
  }

  /** Whether the bytes were the build's; they are kept if there is room. */
  async #put(path: string, bytes: ArrayBuffer, headers: Headers): Promise<boolean> {
    if (hex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))) !== this.digests.get(path)) return false;
    const type = headers.get('Content-Type') ?? 'application/octet-stream';
    await this.#cache()
      .then((cache) => cache.put(this.#key(path), new Response(bytes, { headers: { 'Content-Type': type } })))
      .catch(() => undefined);
    return true;
  }

  #key(path: string): string {
    return `${this.folder}${path}?${this.digests.get(path) ?? ''}`;
  }

  #cache(): Promise<Cache> {
    return this.storage.open(filesCache(this.folder));
  }
}

export const filesCache = (folder: string) => `openbook files ${folder}`;
