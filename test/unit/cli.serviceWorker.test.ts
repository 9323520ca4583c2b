import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readBuild, writeServiceWorker } from '../../src/cli/serviceWorker';

const PAGE = `<!doctype html>
<head>
  <meta http-equiv="Content-Security-Policy" content="default-src &#39;self&#39;">
  <title>page</title>
</head>`;

let folder: string;

const BYTES = createHash('sha256').update('bytes').digest('hex');
/** What most visitors never need, as the build names it. */
const RARE = ['assets/Adobe-CNS1-5-ab.bcmap', 'assets/ort-wasm-simd-threaded.jspi-ab.wasm', 'assets/web-llm-ab.js'];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openbook-worker-'));
  await mkdir(join(folder, 'models/small'), { recursive: true });
  await mkdir(join(folder, '.well-known'));
  await writeFile(join(folder, 'index.html'), PAGE);
  await writeFile(join(folder, 'sw.js'), 'of an earlier build');
  await writeFile(join(folder, '.nojekyll'), '');
  await writeFile(join(folder, '.well-known/x'), '');
  await writeFile(join(folder, 'models/small/a file.bin'), 'bytes');
  await mkdir(join(folder, 'assets'));
  for (const rare of RARE) await writeFile(join(folder, rare), 'bytes');
});

afterEach(() => rm(folder, { recursive: true }));

test('a build is its page without the policy, and the digest of every other file that a host serves', () => {
  expect(readBuild(folder)).toEqual({
    page: '<!doctype html>\n<head>\n  <title>page</title>\n</head>',
    files: Object.fromEntries(['models/small/a%20file.bin', ...RARE].map((path) => [path, BYTES])),
    rare: RARE,
  });
  // However the folder is written.
  expect(readBuild(`${folder}/./`)).toEqual(readBuild(folder));
});

test('a page without a policy is not built, since first visits would have none', async () => {
  await writeFile(join(folder, 'index.html'), '<!doctype html>');
  expect(() => readBuild(folder)).toThrow(/no Content-Security-Policy/);
});

test('the service worker is one classic script and changes with any file', async () => {
  const written = async () => {
    await writeServiceWorker(folder);
    return readFile(join(folder, 'sw.js'), 'utf8');
  };
  const first = await written();
  expect(first).not.toMatch(/\b(import|export)\b/);
  expect(await written()).toBe(first);
  await writeFile(join(folder, 'models/small/a file.bin'), 'other bytes');
  expect(await written()).not.toBe(first);
});
