/**
 * A machine that sleeps while an answer is written. Freezing a page by its lifecycle is no help here: a headless
 * browser's pages are always visible, and those are never frozen. So the processes themselves are stopped.
 */
import type { Page } from '@playwright/test';
import { expect, SAMPLE, test } from './lab';
import { loseGpu, sleep } from './processes';

const ASLEEP_MS = 5_000;
const PATIENCE = { timeout: 300_000 };

/** Watches a worker for the longest time in which its timers stood still; returns how to ask for it, in ms. */
async function watchStandstill(page: Page, name: string): Promise<() => Promise<number>> {
  const worker = page.workers().find((one) => one.url().includes(name));
  if (!worker) throw new Error(`There is no worker “${name}”.`);
  await worker.evaluate(() => {
    const own = globalThis as unknown as { standstill: number };
    let last = Date.now();
    own.standstill = 0;
    setInterval(() => {
      own.standstill = Math.max(own.standstill, Date.now() - last);
      last = Date.now();
    }, 100);
  });
  return () => worker.evaluate(() => (globalThis as unknown as { standstill: number }).standstill);
}

test('after it wakes the answers are finished, and are those of one that never slept', async ({
  bench,
  page,
  browser,
}) => {
  await bench.open();
  const standstill = await watchStandstill(page, 'generation');
  await bench.question.fill(SAMPLE);
  await bench.ask.click();
  await expect(bench.lane(1)).toHaveAttribute('data-state', /streaming|answered/);
  await expect(bench.stop).toBeVisible();
  await sleep(browser, ASLEEP_MS);
  await bench.settled();
  expect(await standstill()).toBeGreaterThan(ASLEEP_MS - 500);
  const lanes = [1, 2, 3, 4];
  const slept = await Promise.all(lanes.map((n) => bench.answer(n).innerText()));
  expect(slept.every((text) => text.trim() !== '')).toBe(true);
  // Another visit has no answers in its cache.
  await page.reload();
  await bench.ready();
  await bench.put(SAMPLE);
  expect(await Promise.all(lanes.map((n) => bench.answer(n).innerText()))).toEqual(slept);
});

test.describe('on WebGPU', () => {
  test.setTimeout(600_000);
  // ONNX Runtime writes what was running when the GPU went, then the code that ends its colour; or it gives up whole.
  test.use({ expected: [/^error: (.*\[E:onnxruntime:|Aborted\(|.{0,4}$)/s] });

  test('a GPU that is gone when it wakes: the answer is written again', async ({ bench, page, browser }) => {
    await bench.open('./#/?preset=know');
    await bench.model.click();
    const reader = page.getByRole('region', { name: 'Tiny reader' });
    const place = page.getByRole('group', { name: 'The reader runs on' });
    await place.getByRole('button', { name: 'GPU', exact: true }).click();
    await expect(reader).toContainText('runs on WebGPU', PATIENCE);
    await bench.screen('Compare');
    for (const n of [4, 2, 1]) {
      await page.getByRole('button', { name: new RegExp(`^Lane ${String(n)} actions`) }).click();
      await page.getByRole('menuitem', { name: 'Remove' }).click();
    }
    await bench.question.fill('Who leads the Osmere branch?');
    await bench.ask.click();
    await expect(bench.answer(1)).not.toBeEmpty(PATIENCE);
    await expect(bench.lane(1)).not.toHaveAttribute('data-state', 'answered');
    await sleep(browser, ASLEEP_MS);
    await loseGpu(browser);
    await expect(bench.model).toHaveAccessibleName(/loading/);
    await expect(bench.lane(1)).toHaveAttribute('data-state', 'answered', PATIENCE);
    await expect(bench.answer(1)).toContainText('Thea Marrowby');
  });
});
