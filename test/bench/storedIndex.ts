/** Stored vectors in Chromium: loading an index of 100,000 against a raw read, and a million searched with the codes alone in memory. */
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium } from 'playwright';
import { createServer } from 'vite';
import { findBrowser } from '../browser';
import type { Loaded, Million } from './inPage/storedIndex';
import { type BenchRow, ratio } from './rows';

const ROOT = join(import.meta.dirname, '../..');
const PATIENCE = 1_800_000;

/** What a call gave, and the largest that a page's process was until then; MB, null where the system does not tell. */
async function inPage(
  browser: BrowserContext,
  address: string,
  call: string,
  others: ReadonlySet<string>,
): Promise<{ result: unknown; peak: number | null }> {
  const page = await browser.newPage();
  page.setDefaultTimeout(PATIENCE);
  await page.route('**/bench.html', (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }));
  await page.goto(`${address}bench.html`);
  const result = await page.evaluate<unknown>(
    `import('/test/bench/inPage/storedIndex.ts').then((bench) => bench.${call})`,
  );
  const peaks = renderers().flatMap((pid) => (others.has(pid) ? [] : peakOf(pid)));
  await page.close();
  return { result, peak: peaks.length > 0 ? Math.max(...peaks) : null };
}

/** Ids of the processes that pages run in, of any browser. */
function renderers(): string[] {
  if (!existsSync('/proc')) return [];
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && read(pid, 'cmdline').includes('--type=renderer'));
}

function peakOf(pid: string): number[] {
  const [, kB] = /VmHWM:\s+(\d+) kB/.exec(read(pid, 'status')) ?? [];
  return kB === undefined ? [] : [Number(kB) / 1024];
}

/** Nothing of a process that has ended. */
function read(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

function loading(how: string, ms: number, rawMs: number): BenchRow {
  const name = `loading a stored index of 100,000 x 384, ${how} / raw read of the same bytes`;
  return ratio(name, ms / rawMs, null, `${ms.toFixed(0)} ms against ${rawMs.toFixed(0)} ms`);
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
  // With a folder of its own on the disk: a private window would keep its database in memory.
  const profile = mkdtempSync(join(tmpdir(), 'openbook-stored-'));
  const others = new Set(renderers());
  const browser = await chromium.launchPersistentContext(profile, findBrowser());
  try {
    const [address = ''] = server.resolvedUrls?.local ?? [];
    const loaded = (await inPage(browser, address, 'measureLoading(100_000, 384)', others)).result as Loaded;
    const { result, peak } = await inPage(browser, address, 'measureMillion(1_000_000, 384)', others);
    const million = result as Million;
    const bytes = (million.indexBytes + million.rowsBytes) / 2 ** 30;
    const size = '1,000,000 x 384';
    const rest = `${million.searchMs.toFixed(0)} ms, of it ${million.readMs.toFixed(0)} ms reading ${million.read.toFixed(0)} rows`;
    const memory = peak === null ? '' : `; its process was never above ${peak.toFixed(0)} MB, brute force included`;
    return [
      loading('by the keys of its chunks, as the page does', loaded.pageMs, loaded.rawMs),
      loading('block by block', loaded.indexMs, loaded.rawMs),
      loading('block by block, the codes alone kept', loaded.codesMs, loaded.rawMs),
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
    rmSync(profile, { recursive: true, force: true });
  }
}
