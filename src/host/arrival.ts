/**
 * The page's first step, before anything is shown that a visitor could lose: it registers the service worker
 * and, where that brings isolation or a newer build, loads itself once more through it.
 */
import type { ToServiceWorker } from './contract';

/** The service worker is a few kB; where it does not come, the page goes on with one thread. */
const LONGEST_WAIT = 4000;

/** When this tab last reloaded or waited in vain; what failed a moment ago is not tried again. */
const NOTE = 'openbook: arrival';
const A_MOMENT = 60_000;

/**
 * Ends when the page may begin; never, if it is about to be loaded anew. `folder` is its address with a slash
 * at the end.
 */
export async function arrive(folder: string): Promise<void> {
  // Private windows of some browsers and plain http have none.
  if (!('serviceWorker' in navigator)) return;
  const workers = navigator.serviceWorker;
  const script = `${folder}sw.js`;
  const takenOver = new Promise((heard) => workers.addEventListener('controllerchange', heard, { once: true }));
  const registered = workers.register(script);
  void registered.catch(() => undefined);
  const current = await workers.getRegistration(folder).catch(() => undefined);
  if (triedJustNow()) return;
  if (workers.controller?.scriptURL === script) {
    // Controlled and still not isolated is a browser, or a frame, in which no reload would help.
    const newer = current?.waiting;
    if (newer && (await within(LONGEST_WAIT, isTakingOver(newer))) && (await within(LONGEST_WAIT, takenOver)))
      await reload();
  } else if (!globalThis.crossOriginIsolated) {
    const ready = registered.then(() => workers.ready);
    if (await within(LONGEST_WAIT, ready)) await reload();
    else note(Date.now());
  }
}

/** Once the page has what it needs, the rest is fetched too, so that all of it works without a network. */
export async function keepForOffline(gpu: boolean, reader: string): Promise<void> {
  if (!('serviceWorker' in navigator)) return;
  const { active } = await navigator.serviceWorker.ready;
  active?.postMessage({ kind: 'keep', gpu, reader } satisfies ToServiceWorker);
}

/** Asks a newer build's worker, which declines while another page of the running build is open. */
function isTakingOver(waiting: ServiceWorker): Promise<boolean> {
  const { port1, port2 } = new MessageChannel();
  const answer = new Promise<boolean>((heard) => {
    port1.onmessage = ({ data }) => heard(data === true);
  });
  waiting.postMessage({ kind: 'take over if alone' } satisfies ToServiceWorker, [port2]);
  return answer;
}

/** Never ends: what follows belongs to the next load. Without a note there is no guard, so no reload either. */
async function reload(): Promise<void> {
  if (!note(Date.now())) return;
  location.reload();
  await new Promise(() => undefined);
}

/** Whether it came to pass in time, and was not false. */
async function within(milliseconds: number, event: Promise<unknown>): Promise<boolean> {
  const late = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), milliseconds));
  return Promise.race([late, event.then((value) => value !== false).catch(() => false)]);
}

/** Isolation moves the page to another process, which may show an old note again: hence the time in it. */
function triedJustNow(): boolean {
  try {
    const at = Number(sessionStorage.getItem(NOTE));
    sessionStorage.removeItem(NOTE);
    return Date.now() - at < A_MOMENT;
  } catch {
    return false;
  }
}

/** Whether the browser lets it be noted. */
function note(at: number): boolean {
  try {
    sessionStorage.setItem(NOTE, String(at));
    return true;
  } catch {
    return false;
  }
}
