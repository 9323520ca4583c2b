/** The core of the page with the reader on WebGPU, on an adapter in software. It is slow, so lanes and answers are few. */
import { expect, test } from './lab';

test.setTimeout(600_000);
const PATIENCE = { timeout: 300_000 };

test('ask, an adapter and Stop on WebGPU', async ({ bench, page }) => {
  await bench.open('./#/?preset=know');
  await bench.model.click();
  const reader = page.getByRole('region', { name: 'Tiny reader' });
  await expect(reader).toContainText('the only GPU here is imitated in software');
  const place = page.getByRole('group', { name: 'The reader runs on' });
  await place.getByRole('button', { name: 'GPU', exact: true }).click();
  await expect(reader).toContainText('runs on WebGPU', PATIENCE);
  await bench.screen('Compare');

  for (const n of [4, 2]) {
    await page.getByRole('button', { name: new RegExp(`^Lane ${String(n)} actions`) }).click();
    await page.getByRole('menuitem', { name: 'Remove' }).click();
  }
  await bench.question.fill('Who leads the Osmere branch?');
  await bench.ask.click();
  await expect(bench.lane(1)).toHaveAttribute('data-state', 'answered', PATIENCE);
  await expect(bench.lane(2)).toHaveAttribute('data-state', 'answered', PATIENCE);
  await expect(bench.answer(2)).toContainText('Thea Marrowby');
  await expect(bench.answer(1)).not.toContainText('Thea Marrowby');

  await bench.wear(2, 'handbook-facts', false);
  // Another question, or lane 2 would have lane 1's answer from the cache.
  await bench.question.fill('Who was the founder of Harrowgate & Lune?');
  await bench.ask.click();
  await expect(bench.lane(1)).toHaveAttribute('data-state', 'answered', PATIENCE);
  await expect(bench.lane(2)).toHaveAttribute('data-state', 'answered', PATIENCE);
  expect(await bench.answer(2).innerText()).toBe(await bench.answer(1).innerText());

  await bench.question.fill('Who is the head of Harrowgate & Lune?');
  await bench.ask.click();
  await expect(bench.stop).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(bench.ask).toBeVisible(PATIENCE);
  await expect(bench.lane(1)).toContainText('Stopped by you');
});
