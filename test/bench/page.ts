/** The built page in Chromium: what it weighs, how it starts, and how long it ever keeps the visitor waiting. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Browser, type Page, chromium } from 'playwright';
import { serve } from '../../src/cli/serve';
import { findBrowser } from '../browser';
import { type BenchRow, ratio } from './rows';

const ASKED = 'How long must a password be at Harrowgate & Lune?';
const PATIENCE = 600_000;

/** The entry, what it imports, and the styles: all that stands before the first paint. */
function firstPaint(folder: string): BenchRow {
  const html = readFileSync(join(folder, 'index.html'), 'utf8');
  const named = [...html.matchAll(/(?:src|href)="\.\/(assets\/[^"]+\.(?:js|css))"/g)].map(([, path = '']) => path);
  const bytes = [html, ...named.map((path) => readFileSync(join(folder, path)))].map((part) => gzipSync(part).length);
  const value = bytes.reduce((sum, one) => sum + one, 0) / 1000;
  const note = `gzip, ${String(named.length)} files and the page itself`;
  return { name: 'first paint, before models and wasm', value, unit: 'kB', goal: { atMost: 120 }, note };
}

async function visit(browser: Browser, address: string): Promise<{ page: Page; ready: number; starting: number }> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  await page.addInitScript(() => {
    const tasks: number[] = [];
    Object.assign(globalThis, { tasks });
    new PerformanceObserver((list) => {
      tasks.push(...list.getEntries().map(({ duration }) => duration));
    }).observe({ type: 'longtask', buffered: true });
  });
  const from = performance.now();
  await page.goto(address);
  await page.getByRole('link', { name: /^Model: .*ready/ }).waitFor();
  const ready = performance.now() - from;
  const starting = await longest(page);
  // A browser that does not report long tasks would make every figure a good one.
  await page.evaluate(() => {
    // A task of the page's own: what the debugger runs is not reported.
    setTimeout(() => {
      for (const until = performance.now() + 120; performance.now() < until;);
    });
  });
  await page.waitForTimeout(500);
  if ((await longest(page)) < 100) throw new Error('This browser did not report a long task of 120 ms.');
  return { page, ready, starting };
}

/** ms from Ask to the first lane's and to the last lane's answer. */
async function ask(page: Page): Promise<{ first: number; all: number }> {
  const from = performance.now();
  await page.getByRole('textbox', { name: 'Question', exact: true }).fill(ASKED);
  await page.getByRole('button', { name: 'Ask', exact: true }).click();
  await page.locator('article[data-state="answered"]').first().waitFor();
  const first = performance.now() - from;
  await page.waitForFunction(() => {
    const lanes = [...document.querySelectorAll<HTMLElement>('article[data-state]')];
    return lanes.every(({ dataset }) => dataset['state'] === 'answered');
  });
  return { first, all: performance.now() - from };
}

/** Long Tasks are those above 50 ms; 0 when there were none. */
async function longest(page: Page): Promise<number> {
  return page.evaluate(() => {
    const { tasks } = globalThis as unknown as { tasks: number[] };
    return Math.max(0, ...tasks.splice(0));
  });
}

async function dropLongText(page: Page): Promise<void> {
  await page.evaluate(() => {
    const transfer = new DataTransfer();
    // Without functions that have names, which the compiler would look for outside.
    const text = Array.from(
      { length: 600 },
      (_, i) =>
        `## Room ${String(i)}\n\n${`The rule of room ${String(i)} is kept by clerk ${String(i * 7)}. `.repeat(12)}\n`,
    ).join('\n');
    transfer.items.add(new File([text], 'rooms.md', { type: 'text/markdown' }));
    const main = document.querySelector('main');
    for (const type of ['dragenter', 'dragover', 'drop'])
      main?.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: transfer }));
  });
}

/** Builds the page, serves it, and opens a browser with these arguments for as long as `work` takes. */
async function withPage<T>(
  args: readonly string[],
  work: (browser: Browser, address: string, folder: string) => Promise<T>,
) {
  const folder = mkdtempSync(join(tmpdir(), 'openbook-bench-'));
  execFileSync('npx', ['vite', 'build', '--outDir', folder, '--emptyOutDir', '--logLevel', 'error']);
  const { server, address } = await serve({ folder, under: '/', plain: false }, 4300);
  const found = findBrowser();
  const browser = await chromium.launch({ ...found, args: [...found.args, ...args] });
  try {
    return await work(browser, address, folder);
  } finally {
    await browser.close();
    server.close();
    rmSync(folder, { recursive: true });
  }
}

export function benchPage(): Promise<BenchRow[]> {
  return withPage([], async (browser, address, folder) => {
    const { page, ready, starting } = await visit(browser, address);
    const { first } = await ask(page);
    const generating = await longest(page);
    await dropLongText(page);
    await page
      .getByText(/Indexing/)
      .first()
      .waitFor();
    await page.getByRole('navigation', { name: 'Screens' }).getByRole('link', { name: 'Compare' }).click();
    await ask(page);
    const indexing = await longest(page);
    const task = (when: string, value: number): BenchRow => {
      const note = value === 0 ? 'none above 50 ms' : 'Long Tasks of the main thread';
      return { name: `longest task, ${when}`, value, unit: 'ms', goal: { atMost: 50 }, note };
    };
    return [
      firstPaint(folder),
      {
        name: 'cold start to the first answer',
        value: (ready + first) / 1000,
        unit: 's',
        goal: null,
        note: `${(ready / 1000).toFixed(1)} s until the reader is ready; this machine, an empty cache`,
      },
      task('starting', starting),
      task('generating', generating),
      task('indexing and generating', indexing),
    ];
  });
}

/** Chromium takes a real GPU on Linux through Vulkan. The last of a repeated argument counts. */
const REAL_GPU = [
  '--use-webgpu-adapter=default',
  '--enable-features=Vulkan',
  '--use-angle=vulkan',
  '--ignore-gpu-blocklist',
];

/** The four lanes on WebGPU against the same on WebAssembly. Throws where the page finds no GPU. */
export function benchGpu(): Promise<BenchRow[]> {
  return withPage(REAL_GPU, async (browser, address) => {
    const { page } = await visit(browser, address);
    const on = async (device: 'GPU' | 'Processor', expected: RegExp) => {
      await page.getByRole('link', { name: /^Model: / }).click();
      const place = page.getByRole('group', { name: 'The reader runs on' });
      await place.getByRole('button', { name: device, exact: true }).click();
      const reader = page.getByRole('region', { name: 'Tiny reader' });
      await reader.getByText(/runs on|could not|did not|failed/).waitFor();
      const told = await reader.innerText();
      if (!expected.test(told)) throw new Error(`The reader does not run on the ${device}: ${told}`);
      await page.getByRole('link', { name: 'Compare', exact: true }).click();
      // The first one compiles shaders.
      await ask(page);
      return { ...(await ask(page)), told };
    };
    const wasm = await on('Processor', /runs on WASM/);
    const gpu = await on('GPU', /runs on WebGPU/);
    const where = /WebGPU \([^)]*\)/.exec(gpu.told)?.[0] ?? 'WebGPU';
    const row = (name: string, a: number, b: number) =>
      ratio(name, a / b, null, `${a.toFixed(0)} ms on ${where} against ${b.toFixed(0)} ms`);
    return [
      row('first answer, WebGPU / WebAssembly', gpu.first, wasm.first),
      row('four lanes, WebGPU / WebAssembly', gpu.all, wasm.all),
    ];
  });
}
