import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { request, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { serve } from '../../src/cli/serve';

let folder: string;
let servers: Server[];

beforeEach(async () => {
  servers = [];
  folder = await mkdtemp(join(tmpdir(), 'openbook-serve-'));
  await mkdir(join(folder, 'dist/assets'), { recursive: true });
  await writeFile(join(folder, 'secret.txt'), 'secret');
  await writeFile(join(folder, 'dist/index.html'), '<!doctype html><title>page</title>');
  await writeFile(join(folder, 'dist/assets/a-1.wasm'), new Uint8Array([0, 97, 115, 109]));
  await writeFile(join(folder, 'dist/assets/a-1.js'), 'export {};');
  await symlink(join(folder, 'secret.txt'), join(folder, 'dist/link.txt'));
});

afterEach(async () => {
  for (const server of servers) server.close();
  await rm(folder, { recursive: true });
});

async function start(under = '/', port = 4230, plain = false): Promise<string> {
  const { server, address } = await serve({ folder: join(folder, 'dist'), under, plain }, port);
  servers.push(server);
  return address;
}

/** Unlike `fetch`, sends the path as it is written. */
function ask(address: string, path: string, method = 'GET'): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(address);
  return new Promise((done, failed) => {
    const asked = request({ hostname, port, path, method, agent: false }, (response) => {
      let body = '';
      response.on('data', (bytes: Buffer) => (body += bytes.toString()));
      response.on('end', () => {
        done({ status: response.statusCode ?? 0, body });
      });
    });
    asked.on('error', failed).end();
  });
}

test('the page and its parts come with the types and headers that models need', async () => {
  const address = await start();
  const page = await fetch(address);
  expect(await page.text()).toContain('<title>page');
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(page.headers.get('cross-origin-opener-policy')).toBe('same-origin');
  expect(page.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
  expect(page.headers.get('content-security-policy')).toContain("connect-src 'self'");
  expect(page.headers.get('cache-control')).toBe('no-cache');
  const wasm = await fetch(`${address}assets/a-1.wasm`);
  expect(wasm.headers.get('content-type')).toBe('application/wasm');
  expect(wasm.headers.get('content-length')).toBe('4');
  expect(wasm.headers.get('cache-control')).toContain('immutable');
  expect((await fetch(`${address}assets/a-1.js`)).headers.get('content-type')).toContain('text/javascript');
});

test('without its headers it is as plain as a host can be', async () => {
  const page = await fetch(await start('/', 4245, true));
  const names = [...page.headers.keys()].filter((name) => !['connection', 'date', 'keep-alive'].includes(name));
  expect(names.sort()).toEqual(['cache-control', 'content-length', 'content-type']);
});

test.each([
  '/../secret.txt',
  '/%2e%2e/secret.txt',
  '/assets/..%2f..%2fsecret.txt',
  '/link.txt',
  '/%00',
  '/%zz',
  '/assets/',
  '/assets',
  '/nothing.html',
])('%s is not found, and nothing outside the folder is told', async (path) => {
  const { status, body } = await ask(await start(), path);
  expect(status).toBe(404);
  expect(body).not.toContain('secret');
});

test('only reading is allowed', async () => {
  expect((await ask(await start(), '/', 'POST')).status).toBe(405);
  expect(await ask(await start(), '/', 'HEAD')).toEqual({ status: 200, body: '' });
});

test('the folder may appear under a path, and only there', async () => {
  const address = await start('/some/path/');
  expect(new URL(address).pathname).toBe('/some/path/');
  expect((await ask(address, '/some/path/')).status).toBe(200);
  expect((await ask(address, '/some/path/assets/a-1.js?x=1')).status).toBe(200);
  expect((await ask(address, '/')).status).toBe(404);
});

test('a taken port gives way to the next free one', async () => {
  const first = Number(new URL(await start()).port);
  expect(Number(new URL(await start('/', first)).port)).toBeGreaterThan(first);
});
