/**
 * Takes the core journey through every browser, or those named: `tsx test/browsers/run.ts [Chromium ...]`, and
 * prints what was seen. Ends with `N passed, M failed`, where every step in every browser counts as one.
 */
import { build } from 'vite';
import { serve } from '../../src/cli/serve';
import { asLabError } from '../../src/errors';
import { chromium } from './chromium';
import { firefox } from './firefox';
import { journey, type Places, type Seen, type Step } from './journey';
import type { Driver, Tab } from './tab';
import { webkit } from './webkit';

const DRIVERS: readonly Driver[] = [chromium, firefox, webkit];
/** A hang guard: drivers can wait for ever for a browser that is gone. */
const STEP_MS = 10 * 60_000;

const total = { passed: 0, failed: 0 };
const table: Record<string, Partial<Seen> & { version: string }> = {};

async function guarded(work: Promise<void>): Promise<void> {
  let guard: NodeJS.Timeout | undefined;
  const hung = new Promise<never>((_resolve, reject) => {
    guard = setTimeout(() => reject(new Error(`It hung for ${String(STEP_MS / 60_000)} minutes.`)), STEP_MS);
  });
  await Promise.race([work, hung]).finally(() => clearTimeout(guard));
}

function report(browser: string, { name }: Step, from: number, error?: unknown): void {
  const seconds = ((performance.now() - from) / 1000).toFixed(1);
  console.log(`${error === undefined ? '✓' : '✗'} ${browser}: ${name} (${seconds} s)`);
  if (error !== undefined) console.log(asLabError(error).message.replace(/^/gm, '    '));
  if (error === undefined) total.passed++;
  else total.failed++;
}

async function travel({ name }: Driver, tab: Tab, places: Places): Promise<void> {
  const seen: Partial<Seen> = {};
  table[name] = { version: tab.version, ...seen };
  let lost = false;
  for (const step of journey(tab, places, seen)) {
    const from = performance.now();
    try {
      if (lost) throw new Error('Not reached.');
      await guarded(step.go());
      report(name, step, from);
    } catch (error) {
      // Each step begins where the one before it ended.
      lost = true;
      report(name, step, from, error);
    }
  }
  table[name] = { version: tab.version, ...seen };
}

const named = process.argv.slice(2);
const unknown = named.filter((one) => !DRIVERS.some(({ name }) => name === one));
if (unknown.length > 0)
  throw new Error(`No such browser: ${unknown.join(', ')}. Browsers: ${DRIVERS.map(({ name }) => name).join(', ')}.`);

await build({ logLevel: 'warn' });
const site = { folder: 'dist', under: '/' };
const [full, plain] = await Promise.all([serve(site, 4310), serve({ ...site, plain: true }, 4330)]);
const places: Places = { full: full.address, plain: plain.address };

for (const driver of DRIVERS.filter(({ name }) => named.length === 0 || named.includes(name))) {
  try {
    const tab = await driver.start();
    await travel(driver, tab, places).finally(() => tab.close());
  } catch (error) {
    total.failed++;
    console.log(`✗ ${driver.name}: ${asLabError(error).message}`);
  }
}
for (const { server } of [full, plain]) {
  server.close();
  server.closeAllConnections();
}

console.table(table);
console.log(`\n${String(total.passed)} passed, ${String(total.failed)} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;
