import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { readModelFiles, webFiles } from '../../src/inference/files';
import { finish } from '../../src/job';

const BYTES = new Uint8Array(200_000).map((_, i) => i % 251);
let ended = 0;

const answers: Record<string, (response: ServerResponse) => void> = {
  '/model.onnx': (response) => response.end(BYTES),
  '/start-page.onnx': (response) =>
    response.setHeader('content-type', 'text/html; charset=utf-8').end('<!doctype html>'),
  '/broken.onnx': (response) => {
    response.setHeader('content-length', BYTES.length);
    response.write(BYTES.subarray(0, 1000), () => response.destroy());
  },
  '/endless.onnx': (response) => {
    response.on('close', () => ended++);
    response.write(BYTES.subarray(0, 1000));
  },
};
const server = createServer(({ url }, response) => {
  const answer = answers[url ?? ''];
  if (answer) answer(response);
  else response.writeHead(404).end();
});
let origin = '';

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const { signal } = new AbortController();
const load = (path: string, stop = signal, bytes: number | null = null) =>
  readModelFiles(origin, [{ path, bytes, sha256: null }], webFiles(false), stop);

test('a file comes whole, its bytes counted on the way', async () => {
  const done: number[] = [];
  const files = await finish(load('model.onnx', signal, BYTES.length), (event) => {
    expect(event).toMatchObject({ unit: 'bytes', total: BYTES.length });
    done.push(event.done);
  });
  expect(files.get('model.onnx')).toEqual(BYTES);
  expect(done).toEqual([...done].sort((a, b) => a - b));
  expect(done.at(-1)).toBe(BYTES.length);
});

test('a file that is not there is missing, also where the host answers with its start page', async () => {
  const missing = { code: 'model-missing', message: 'gone.onnx is not there (answer 404).' };
  await expect(finish(load('gone.onnx'))).rejects.toMatchObject(missing);
  await expect(finish(load('start-page.onnx'))).rejects.toHaveProperty('code', 'model-missing');
});

test('a host that cannot be reached is a missing file, a connection lost half-way a cut one', async () => {
  const nowhere = readModelFiles(
    'http://127.0.0.1:1/',
    [{ path: 'a', bytes: 1, sha256: null }],
    webFiles(false),
    signal,
  );
  await expect(finish(nowhere)).rejects.toHaveProperty('code', 'model-missing');
  await expect(finish(load('broken.onnx'))).rejects.toHaveProperty('code', 'model-cut');
});

test('Stop ends the download at the host', async () => {
  const abort = new AbortController();
  const run = finish(load('endless.onnx', abort.signal), () => {
    abort.abort();
  });
  await expect(run).rejects.toHaveProperty('name', 'AbortError');
  await expect.poll(() => ended).toBe(1);
});

test('only another try passes by the browser’s cache', async () => {
  const asked = vi.spyOn(globalThis, 'fetch');
  for (const again of [false, true])
    for await (const part of webFiles(again)(`${origin}model.onnx`, signal)) expect(part.length).toBeGreaterThan(0);
  expect(asked.mock.calls.map(([, options]) => (options as { cache?: string }).cache)).toEqual(['default', 'reload']);
  asked.mockRestore();
});

test('where the browser keeps no digests the size alone is held', async () => {
  const file = { path: 'model.onnx', bytes: BYTES.length, sha256: 'not the digest' };
  const read = (bytes: number) => finish(readModelFiles(origin, [{ ...file, bytes }], webFiles(false), signal));
  await expect(read(BYTES.length)).rejects.toHaveProperty('code', 'model-corrupt');
  vi.stubGlobal('crypto', {});
  try {
    expect((await read(BYTES.length)).size).toBe(1);
    await expect(read(BYTES.length + 1)).rejects.toHaveProperty('code', 'model-cut');
  } finally {
    vi.unstubAllGlobals();
  }
});
