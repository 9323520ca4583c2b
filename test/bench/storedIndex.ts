/** Stored vectors in Chromium: loading an index of 100,000 against a raw read, and a million searched with the codes alone in memory. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright';
import { createServer } from 'vite';
import { findBrowser } from '../browser';
import type { Loaded, Million } from './inPage/storedIndex';
import { type BenchRow, ratio } from './rows';

const ROOT = join(import.meta.dirname, '../..');
const PATIENCE = 1_800_000;

async function inPage<T>(browser: Browser, address: string, call: string): Promise<T> {
  const page = await browser.newPage();
  page.setDefaultTimeout(PATIENCE);
  await page.route('**/bench.html', (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }));
  await page.goto(`${address}bench.html`);
  const result = await page.evaluate<T>(`import('/test/bench/inPage/storedIndex.ts').then((bench) => bench.${call})`);
  await page.close();
  return result;
}

/** Of the browser's pages, the largest that any of them ever was; MB. */
function largestRenderer(): number {
  const sizes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        if (!command.includes('--type=renderer') || !command.includes(`--user-data-dir=`)) return [];
        const [, peak = '0'] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
        return [Number(peak) / 1024];
      } catch {
        return [];
      }
    });
  return Math.max(0, ...sizes);
}

export async function benchStoredIndex(): Promise<BenchRow[]> {
  const server = await createServer({
    configFile: false,
    root: ROOT,
    server: { port: 0, hmr: false, watch: null },
    optimizeDeps: { include: ['idb'], entries: [] },
    logLevel: 'error',
  });
  await server.listen();
  const browser = await chromium.launch(findBrowser());
  try {
    const [address = ''] = server.resolvedUrls?.local ?? [];
    const loaded = await inPage<Loaded>(browser, address, 'measureLoading(100_000, 384)');
    const million = await inPage<Million>(browser, address, 'measureMillion(1_000_000, 384)');
    const peak = largestRenderer();
    const bytes = (million.indexBytes + million.rowsBytes) / 2 ** 30;
    const size = '1,000,000 x 384';
    const rest = `${million.searchMs.toFixed(0)} ms, of it ${million.readMs.toFixed(0)} ms reading ${million.read.toFixed(0)} rows`;
    const memory = peak > 0 ? `; the page's process was never above ${peak.toFixed(0)} MB` : '';
    return [
      ratio(
        'loading a stored index of 100,000 x 384 / raw read of the same bytes',
        loaded.indexMs / loaded.rawMs,
        null,
        `${loaded.indexMs.toFixed(0)} ms against ${loaded.rawMs.toFixed(0)} ms`,
      ),
      ratio(
        'the same with its codes alone in memory / raw read of the same bytes',
        loaded.codesMs / loaded.rawMs,
        null,
        `${loaded.codesMs.toFixed(0)} ms`,
      ),
      ratio(`stored search of ${size} / recall@10 of brute force in f64`, million.recall, { atLeast: 1 }, rest),
      ratio(
        `stored search of ${size} / 1 GiB`,
        bytes,
        { atMost: 1 },
        `${(bytes * 1024).toFixed(0)} MB held by index and rows${memory}`,
      ),
    ];
  } finally {
    await browser.close();
    await server.close();
  }
}
