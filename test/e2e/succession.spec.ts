/** A first visit: the tiny reader answers at once, the larger one takes its place when it is loaded. */
import { expect, SAMPLE, test } from './lab';

test.use({ storageState: { cookies: [], origins: [] } });

test('the larger reader takes the tiny one’s place, wears its own adapters, and can be sent back for good', async ({
  bench,
  page,
}) => {
  await bench.open();
  await expect(bench.model).toHaveAccessibleName('Model: Small reader, ready', { timeout: 120_000 });
  const offer = page.getByRole('group', { name: 'Undo' });
  await expect(offer).toContainText('Small reader is loaded and answers from now on.');
  // With passages, with noise, and wearing the robust-reader that was trained for it.
  await bench.put(SAMPLE);
  for (const n of [1, 2, 3, 4]) await expect(bench.answer(n)).not.toBeEmpty();
  await offer.getByRole('button', { name: 'Undo' }).click();
  await expect(bench.model).toHaveAccessibleName('Model: Tiny reader, ready');
  await bench.put(SAMPLE);
  await page.reload();
  await bench.ready();
  await bench.put(SAMPLE);
  await expect(bench.model).toHaveAccessibleName('Model: Tiny reader, ready');
});
