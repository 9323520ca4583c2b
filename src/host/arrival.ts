/**
 * The page's first step, before anything is shown that a visitor could lose: it registers the service worker
 * and, where that brings isolation or a newer build, loads itself once more through it.
 */
import type { ToServiceWorker } from './contract';

/** An installation fetches about 200 kB that the browser mostly has; on a slow line the page goes on with one thread. */
const LONGEST_WAIT = 4000;

/** `reloading`: set just before a reload, so that no load reloads twice. `in vain`: this tab has waited once for nothing. */
const NOTE = 'openbook: arrival';

/**
 * Ends when the page may begin; never, if it is about to be loaded anew. `folder` is its address with a slash
 * at the end.
 */
export async function arrive(folder: string): Promise<void> {
  // Private windows of some browsers and plain http have none.
  if (!('serviceWorker' in navigator)) return;
  const before = readNote();
  const script = `${folder}sw.js`;
  const takenOver = new Promise((heard) =>
    navigator.serviceWorker.addEventListener('controllerchange', heard, { once: true }),
  );
  const registering = navigator.serviceWorker.register(script);
  const current = await navigator.serviceWorker.getRegistration(folder).catch(() => undefined);
  void registering.catch(() => undefined);
  if (before === 'reloading') {
    writeNote(null);
    return;
  }
  if (navigator.serviceWorker.controller?.scriptURL === script) {
    // Controlled and still not isolated is a browser, or a frame, in which no reload would help.
    if (
      current?.waiting &&
      (await within(LONGEST_WAIT, isTakingOver(current.waiting))) &&
      (await within(LONGEST_WAIT, takenOver))
    )
      await reload();
    return;
  }
  if (globalThis.crossOriginIsolated || before === 'in vain') return;
  const ready = registering.then(() => navigator.serviceWorker.ready);
  if (await within(LONGEST_WAIT, ready)) await reload();
  else writeNote('in vain');
}

/** Once the page has what it needs, the rest is fetched too, so that all of it works without a network. */
export async function keepForOffline(): Promise<void> {
  if (!('serviceWorker' in navigator)) return;
  const { active } = await navigator.serviceWorker.ready;
  active?.postMessage('keep all' satisfies ToServiceWorker);
}

/** Asks a newer build's worker, which declines while another page of the running build is open. */
function isTakingOver(waiting: ServiceWorker): Promise<boolean> {
  const { port1, port2 } = new MessageChannel();
  const answer = new Promise<boolean>((heard) => {
    port1.onmessage = ({ data }) => heard(data === true);
  });
  waiting.postMessage('take over if alone' satisfies ToServiceWorker, [port2]);
  return answer;
}

/** Never ends: what follows belongs to the next load. Without a note there is no guard, so no reload either. */
async function reload(): Promise<void> {
  if (!writeNote('reloading')) return;
  location.reload();
  await new Promise(() => undefined);
}

/** Whether it came to pass in time, and was not false. */
async function within(milliseconds: number, event: Promise<unknown>): Promise<boolean> {
  const late = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), milliseconds));
  return Promise.race([late, event.then((value) => value !== false).catch(() => false)]);
}

function readNote(): string | null {
  try {
    return sessionStorage.getItem(NOTE);
  } catch {
    return null;
  }
}

function writeNote(note: 'reloading' | 'in vain' | null): boolean {
  try {
    if (note === null) sessionStorage.removeItem(NOTE);
    else sessionStorage.setItem(NOTE, note);
    return true;
  } catch {
    return false;
  }
}
