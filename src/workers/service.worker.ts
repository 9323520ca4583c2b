/**
 * Stands between the page and its host: gives what a plain host cannot (isolation, a policy that knows the
 * visitor's origins) and keeps the page's own files. Whatever else is asked for goes its usual way.
 */
import type { Build, ToServiceWorker } from '../host/contract';
import { OwnFiles } from '../host/ownFiles';
import { contentSecurityPolicy, PAGE_HEADERS } from '../host/policy';
import { visitorOrigins } from '../host/visitorOrigins';

declare const self: ServiceWorkerGlobalScope;
/** Put in by the build. */
declare const BUILD: Build;

const build = BUILD;
const folder = self.registration.scope;
const files = new OwnFiles(new Map(Object.entries(build.files)), folder, self.caches);
/** One after the other, so that nothing is fetched twice. */
let keeping: Promise<void> = Promise.resolve();

/** Workers run under the policy of their own script's answer, so every answer carries it. */
async function delivered({ body, status, statusText, headers: from }: Response): Promise<Response> {
  const headers = new Headers(PAGE_HEADERS);
  headers.set('Content-Type', from.get('Content-Type') ?? 'application/octet-stream');
  headers.set('Content-Security-Policy', contentSecurityPolicy(await visitorOrigins(self.caches, folder)));
  return new Response(body, { status, statusText, headers });
}

/** Asking for `reload` is asking for the host's copy: the last one read was damaged. */
async function file(path: string, event: FetchEvent): Promise<Response> {
  const kept = event.request.cache === 'reload' ? undefined : await files.kept(path);
  if (kept) return delivered(kept);
  const fetched = await fetch(event.request).catch(() => Response.error());
  if (fetched.type === 'error') return fetched;
  if (fetched.ok) event.waitUntil(files.keep(path, fetched.clone()));
  return delivered(fetched);
}

self.addEventListener('fetch', (event) => {
  const { method, mode, url, headers } = event.request;
  if (method !== 'GET' || headers.has('Range')) return;
  if (mode === 'navigate') {
    const [address = ''] = url.split(/[?#]/, 1);
    if (address === folder || address === `${folder}index.html`)
      event.respondWith(
        delivered(new Response(build.page, { headers: { 'Content-Type': 'text/html; charset=utf-8' } })),
      );
    return;
  }
  const path = files.pathOf(url);
  if (path !== null) event.respondWith(file(path, event));
});

// The first visit waits for this; an update does not hurry, and must be whole before it replaces what is.
self.addEventListener('install', (event) => {
  if (self.registration.active) event.waitUntil(files.complete(wanted(false, '')));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(files.sweep().catch(() => undefined));
});

self.addEventListener('message', (event) => {
  const asked = event.data as ToServiceWorker;
  if (asked.kind === 'keep') {
    keeping = keeping.then(() => files.complete(wanted(asked.gpu, asked.reader))).catch(() => undefined);
    event.waitUntil(keeping);
  } else event.waitUntil(takeOverIfAlone(event.ports[0]));
});

/** The runtime that stops by the browser's own means, where it has them, as `inference/session.ts` chooses. */
function wanted(gpu: boolean, reader: string): string[] {
  const rare = new Set(build.rare);
  const runtime = 'Suspending' in WebAssembly ? '.jspi-' : '.asyncify-';
  return Object.keys(build.files).filter(
    (path) => !rare.has(path) || (gpu && path.includes(runtime)) || path.split('/').includes(reader),
  );
}

/** Another page of the running build still needs that build's files. */
async function takeOverIfAlone(answer: MessagePort | undefined): Promise<void> {
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const alone = pages.filter(({ url }) => url.startsWith(folder)).length === 1;
  answer?.postMessage(alone);
  if (alone) await self.skipWaiting();
}
