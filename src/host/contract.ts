/** What the build, the page and the service worker tell each other. */

/** What the build tells the service worker. Digests are SHA-256 in hex, by path relative to the page's folder. */
export interface Build {
  /** `index.html` without its policy, which comes as a header. In here, so that a host which alters or redirects it does no harm. */
  readonly page: string;
  readonly files: Readonly<Record<string, string>>;
  /** Those that most visitors never need: kept when they are used, and when the page says that it needs them. */
  readonly rare: readonly string[];
}

/**
 * `keep`: the page has settled, and again when it uses other models; `gpu` when it runs on WebGPU, whose runtime is among
 * the rare files, and so may be what lies in folders named as its `reader`. `take over if alone`: to a newer build that
 * waits; the port hears whether it does.
 */
export type ToServiceWorker =
  { readonly kind: 'keep'; readonly gpu: boolean; readonly reader: string } | { readonly kind: 'take over if alone' };
