import { LabError } from '../errors';
import type { Line } from '../inference/hub';

/** Addresses that the page's policy kept it from. Of a redirect it names where it began: where it led is nobody's business. */
const forbidden = new Set<string>();
self.addEventListener('securitypolicyviolation', (event) => {
  // TypeScript's library for workers does not know this event.
  const { blockedURI } = event as Event & { readonly blockedURI: string };
  forbidden.add(blockedURI);
});
/** The event may come after the rejection, in ms. */
const VIOLATION_LAG = 200;

/** The browser's own line. Nothing that could name the visitor goes along: no cookies, no referrer. */
export const browserLine: Line = {
  fetch: async (url, init) => {
    forbidden.delete(url);
    try {
      return await fetch(url, { ...init, credentials: 'omit', referrerPolicy: 'no-referrer' });
    } catch (error) {
      init.signal.throwIfAborted();
      await browserLine.sleep(VIOLATION_LAG, init.signal);
      if (!forbidden.has(url)) throw error;
      throw new LabError(
        'hub-unreachable',
        `${new URL(url).host} sends this page on to another address, which it may not ask: allow the address of its files under “Hub models come from”.`,
        { cause: error },
      );
    }
  },
  online: () => navigator.onLine,
  untilOnline: (signal) => (navigator.onLine ? Promise.resolve() : heard(self, 'online', signal)),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const stop = () => {
        clearTimeout(timer);
        reject(signal.reason as Error);
      };
      const timer = setTimeout(() => {
        signal.removeEventListener('abort', stop);
        resolve();
      }, ms);
      signal.addEventListener('abort', stop, { once: true });
    }),
  now: () => Date.now(),
};

function heard(target: EventTarget, event: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    target.addEventListener(event, () => resolve(), { once: true, signal });
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
