import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { filesCache, OwnFiles } from '../../src/host/ownFiles';
import { letIn, originsCache, visitorOrigins } from '../../src/host/visitorOrigins';

const FOLDER = `${location.origin}/host-test/`;
const GOOD = 'the file';
const sha256 = async (text: string) =>
  Array.from(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');

/** What the host and the browser's own cache hold, by path. */
let served: Record<string, string>;
let stale: Record<string, string>;
let asked: string[];

beforeEach(() => {
  served = {};
  stale = {};
  asked = [];
  vi.stubGlobal('fetch', (url: string, { cache }: RequestInit = {}) => {
    const path = url.slice(FOLDER.length);
    asked.push(`${path} ${cache ?? 'default'}`);
    const text = (cache === 'reload' ? undefined : stale[path]) ?? served[path];
    return Promise.resolve(new Response(text ?? 'Not found', { status: text === undefined ? 404 : 200 }));
  });
});

afterEach(async () => {
  vi.unstubAllGlobals();
  for (const name of await caches.keys()) if (name.endsWith(FOLDER)) await caches.delete(name);
});

async function ownFiles(texts: Record<string, string>, storage = caches): Promise<OwnFiles> {
  const digests = await Promise.all(
    Object.entries(texts).map(async ([path, text]) => [path, await sha256(text)] as const),
  );
  return new OwnFiles(new Map(digests), FOLDER, storage);
}

const textOf = async (files: OwnFiles, path: string) => (await files.kept(path))?.text();
const cut = () => new Response('the fi');

test('only the build’s own paths are its own', async () => {
  const files = await ownFiles({ 'a/b.txt': GOOD });
  expect(files.pathOf(`${FOLDER}a/b.txt`)).toBe('a/b.txt');
  for (const url of ['a/b.txt?x', 'a/', '', 'sw.js', 'a/c.txt']) expect(files.pathOf(FOLDER + url)).toBeNull();
  expect(files.pathOf('https://elsewhere.example/a/b.txt')).toBeNull();
});

test('an answer is kept with its type, a damaged one never, and never over a whole one', async () => {
  const files = await ownFiles({ x: GOOD });
  await files.keep('x', cut());
  expect(await textOf(files, 'x')).toBeUndefined();
  await files.keep('x', new Response(GOOD, { headers: { 'Content-Type': 'text/javascript', 'X-Other': '1' } }));
  await files.keep('x', cut());
  expect(await textOf(files, 'x')).toBe(GOOD);
  expect([...((await files.kept('x'))?.headers.keys() ?? [])]).toEqual(['content-type']);
});

test('a broken connection and a full storage are borne', async () => {
  const full = {
    open: () =>
      Promise.resolve({
        match: () => Promise.resolve(undefined),
        put: () => Promise.reject(new DOMException('full', 'QuotaExceededError')),
      }),
  } as unknown as CacheStorage;
  served = { x: GOOD };
  const unkept = await ownFiles({ x: GOOD }, full);
  await unkept.keep('x', new Response(GOOD));
  await unkept.complete(['x']);

  const files = await ownFiles({ x: GOOD });
  await files.keep('x', new Response(new ReadableStream({ start: (body) => body.error(new Error('lost')) })));
  expect(await textOf(files, 'x')).toBeUndefined();
});

test('what is missing is fetched; a stale copy in the browser’s cache is passed by', async () => {
  served = { x: GOOD, y: GOOD };
  stale = { y: 'of the last build' };
  const files = await ownFiles({ x: GOOD, y: GOOD });
  await files.complete(['x', 'y']);
  expect([await textOf(files, 'x'), await textOf(files, 'y')]).toEqual([GOOD, GOOD]);
  expect(asked).toEqual(['x force-cache', 'y force-cache', 'y reload']);
  await files.complete(['x', 'y']);
  expect(asked).toHaveLength(3);
});

test('a host that has another build’s files is told, and the others are kept all the same', async () => {
  served = { x: 'of the next build', z: GOOD };
  const files = await ownFiles({ x: GOOD, y: GOOD, z: GOOD });
  await expect(files.complete(['x', 'y', 'z'])).rejects.toThrow('x, y');
  expect(await textOf(files, 'z')).toBe(GOOD);
});

test('two builds lie side by side until the older is swept; what they share is fetched once', async () => {
  served = { x: GOOD, y: 'old' };
  const old = await ownFiles({ x: GOOD, y: 'old' });
  await old.complete(['x', 'y']);
  served['y'] = 'new';
  const next = await ownFiles({ x: GOOD, y: 'new' });
  await next.complete(['x', 'y']);
  expect(asked.filter((one) => one.startsWith('x'))).toHaveLength(1);
  expect([await textOf(old, 'y'), await textOf(next, 'y')]).toEqual(['old', 'new']);
  await next.sweep();
  expect([await textOf(old, 'y'), await textOf(next, 'y')]).toEqual([undefined, 'new']);
  expect(await (await caches.open(filesCache(FOLDER))).keys()).toHaveLength(2);
});

test('the visitor’s origins are kept, once each, and a list that somebody else wrote is held to the rule', async () => {
  expect(await visitorOrigins(caches, FOLDER)).toEqual([]);
  await letIn(caches, FOLDER, ['https://a.example/v1', 'https://a.example', 'http://localhost:8000']);
  expect(await visitorOrigins(caches, FOLDER)).toEqual(['https://a.example', 'http://localhost:8000']);
  await expect(letIn(caches, FOLDER, ['https://b.example', 'http://b.example'])).rejects.toThrow('http://b.example');
  expect(await visitorOrigins(caches, FOLDER)).toHaveLength(2);

  const cache = await caches.open(originsCache(FOLDER));
  const [key] = await cache.keys();
  if (!key) throw new Error('nothing was kept');
  await cache.put(key, new Response('["https://*", "https://a.example/path", 1, "https://c.example"]'));
  expect(await visitorOrigins(caches, FOLDER)).toEqual(['https://c.example']);
  for (const broken of ['{', '{}', 'null']) {
    await cache.put(key, new Response(broken));
    expect(await visitorOrigins(caches, FOLDER)).toEqual([]);
  }
  await letIn(caches, FOLDER, []);
  expect(await caches.has(originsCache(FOLDER))).toBe(false);
});
