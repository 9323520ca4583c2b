import type { Line } from '../inference/hub';

/** The browser's own line. Nothing that could name the visitor goes along: no cookies, no referrer. */
export const browserLine: Line = {
  fetch: (url, init) => fetch(url, { ...init, credentials: 'omit', referrerPolicy: 'no-referrer' }),
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
