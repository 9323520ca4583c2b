/** What the build, the page and the service worker tell each other. */

/** What the build tells the service worker. Digests are SHA-256 in hex, by path relative to the page's folder. */
export interface Build {
  /** `index.html` without its policy, which comes as a header. In here, so that a host which alters or redirects it does no harm. */
  readonly page: string;
  readonly files: Readonly<Record<string, string>>;
}

/** `keep all`: the page has settled. `take over if alone`: to a newer build that waits; the port hears whether it does. */
export type ToServiceWorker = 'keep all' | 'take over if alone';
