/** A first visit: the tiny reader answers at once, the larger one takes its place when it is loaded. */
import { gzipSync } from 'node:zlib';
import type { Locator } from '@playwright/test';
import { readBuild } from '../../src/cli/serviceWorker';
import { kept, test } from './host';
import { type Bench, expect, KNOWN, SAMPLE } from './lab';
import { FIRST_VISIT } from './sites';

test.use({ storageState: FIRST_VISIT });

/** Opens the page and waits for the offer to undo the larger reader's arrival, which stands for ten seconds. */
async function arrival(bench: Bench): Promise<Locator> {
  await bench.open();
  await expect(bench.model).toHaveAccessibleName('Model: Small reader, ready', { timeout: 120_000 });
  const offer = bench.page.getByRole('group', { name: 'Undo' });
  await expect(offer).toContainText('Small reader is loaded and answers from now on.');
  return offer;
}

test('the larger reader takes the tiny one’s place, and wears its own adapters', async ({ bench }) => {
  await arrival(bench);
  // With passages, with noise, and wearing the robust-reader that was trained for it.
  await bench.put(SAMPLE);
  for (const n of [1, 2, 3, 4]) await expect(bench.answer(n)).not.toBeEmpty();
});

test('the larger reader can be sent back for good', async ({ bench, page }) => {
  const offer = await arrival(bench);
  await offer.getByRole('button', { name: 'Undo' }).click();
  await expect(bench.model).toHaveAccessibleName('Model: Tiny reader, ready');
  await bench.put(SAMPLE);
  await page.reload();
  await bench.ready();
  await bench.put(SAMPLE);
  await expect(bench.model).toHaveAccessibleName('Model: Tiny reader, ready');
});

/** As a host sends them. */
const COMPRESSED = /\.(js|mjs|css|html|json|wasm|svg|md)$/;

test('a first visit fetches at most 35 MB, the larger reader and all adapters among them', ({ host }) => {
  const { files, rare } = readBuild(host.folder);
  const fetched = Object.keys(files).filter((path) => !rare.includes(path) || path.includes('/reader-small/'));
  const bytes = fetched.map((path) => {
    const file = host.read(decodeURI(path));
    return COMPRESSED.test(path) ? gzipSync(file).length : file.length;
  });
  expect(bytes.length).toBeGreaterThan(50);
  expect(bytes.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(35e6);
});

test.describe('a first visit', () => {
  test.use({
    sendsHeaders: true,
    expected: [/Failed to load resource: .*ERR_CONNECTION_REFUSED/],
  });

  test('the larger reader and its adapters work with the host taken away, once it answers', async ({
    bench,
    page,
    host,
  }) => {
    const larger = (paths: readonly string[]) => paths.filter((path) => path.includes('/reader-small/')).length;
    await bench.open(host.address);
    await expect(bench.model).toHaveAccessibleName('Model: Small reader, ready');
    const all = larger(Object.keys(readBuild(host.folder).files));
    expect(all).toBeGreaterThan(8);
    await expect.poll(async () => larger(await kept(page, host)), { timeout: 120_000 }).toBe(all);
    await host.close();

    await page.reload();
    await expect(bench.model).toHaveAccessibleName('Model: Small reader, ready');
    await page.getByRole('button', { name: 'Know', exact: true }).click();
    await bench.put(SAMPLE);
    // From its adapter alone, which was never worn before.
    await expect(bench.answer(3)).toContainText(KNOWN);
  });
});
