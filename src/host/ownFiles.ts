/**
 * The page's own files, kept in Cache storage under path and digest. So a file that two builds share is fetched
 * once, two builds never mix, and bytes that are not the build's own are never kept.
 */

import type { Build } from './contract';

export class OwnFiles {
  readonly #digests: ReadonlyMap<string, string>;
  /** The last keeping of each path, by path. */
  readonly #underWay = new Map<string, Promise<void>>();

  /** `folder` is the page's address with a slash at its end. */
  constructor(
    private readonly build: Build,
    private readonly folder: string,
    private readonly storage: CacheStorage,
  ) {
    this.#digests = new Map(Object.entries({ ...build.shell, ...build.rest }));
  }

  /** The path of one of the build's own files; null for whatever else lies under the address. */
  pathOf(url: string): string | null {
    const path = url.startsWith(this.folder) ? url.slice(this.folder.length) : '';
    return this.#digests.has(path) ? path : null;
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

  /** Fetches and keeps what a page needs to start; an update fetches all, so that it too is whole without a network. */
  async install(isUpdate: boolean): Promise<void> {
    await this.#complete(Object.keys(isUpdate ? { ...this.build.shell, ...this.build.rest } : this.build.shell));
  }

  /** Fetches and keeps whatever is still missing, one after the other, as far as it goes. */
  async completeRest(): Promise<void> {
    for (const path of this.#digests.keys()) await this.#complete([path]).catch(() => undefined);
  }

  /** Forgets the files that only earlier builds had. */
  async sweep(): Promise<void> {
    const cache = await this.#cache();
    const wanted = new Set([...this.#digests.keys()].map((path) => this.#key(path)));
    for (const { url } of await cache.keys()) if (!wanted.has(url)) await cache.delete(url);
  }

  /** Throws when a file is not to be had as the build made it. */
  async #complete(paths: readonly string[]): Promise<void> {
    await Promise.all(
      paths.map(async (path) => {
        await this.#underWay.get(path);
        if (await this.kept(path)) return;
        // The page has mostly fetched it a moment ago; an older copy is told by its digest.
        for (const cache of ['force-cache', 'reload'] as const) {
          const response = await fetch(this.folder + path, { cache });
          if (response.ok && (await this.#put(path, await response.arrayBuffer(), response.headers))) return;
        }
        throw new Error(`${path} is not the file of this build.`);
      }),
    );
  }

  /** Whether the bytes were the build's; they are kept if there is room. */
  async #put(path: string, bytes: ArrayBuffer, headers: Headers): Promise<boolean> {
    if (hex(await crypto.subtle.digest('SHA-256', bytes)) !== this.#digests.get(path)) return false;
    const type = headers.get('Content-Type') ?? 'application/octet-stream';
    await this.#cache()
      .then((cache) => cache.put(this.#key(path), new Response(bytes, { headers: { 'Content-Type': type } })))
      .catch(() => undefined);
    return true;
  }

  #key(path: string): string {
    return `${this.folder}${path}?${this.#digests.get(path) ?? ''}`;
  }

  #cache(): Promise<Cache> {
    return this.storage.open(filesCache(this.folder));
  }
}

export const filesCache = (folder: string) => `openbook files ${folder}`;

function hex(digest: ArrayBuffer): string {
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
