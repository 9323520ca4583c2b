import { Bench, SAMPLE, expect, test } from './lab';

/** A few hundred chunks, each with words of its own. */
const LONG = Array.from(
  { length: 400 },
  (_, i) =>
    `## Ward ${String(i)}\n\n${`The keeper of ward ${String(i)} signs book ${String(i * 7)} and counts ${String(i + 3)} lamps before the night begins. `.repeat(6)}`,
).join('\n\n');
const NAME = 'wards.md';
const INDEXED = /^100%$/;

test('another tab that is open takes part: it shows the document, the progress, and searches what was indexed elsewhere', async ({
  bench,
  page,
  context,
}) => {
  await bench.open();
  const other = new Bench(await context.newPage());
  await other.open('#/library');
  await bench.screen('Library');
  await bench.drop(NAME, LONG);
  const rowOf = (one: Bench) => one.page.getByRole('row', { name: new RegExp(NAME) });
  // It hears of it, and follows what the first indexes.
  await expect(rowOf(other)).toBeVisible();
  await expect(other.page.getByRole('progressbar', { name: 'Indexing', exact: true })).toBeVisible();
  // The first goes away in the middle; the other goes on.
  const percent = async () => Number.parseInt((await rowOf(other).getByText(/\d+%/).textContent()) ?? '', 10);
  await expect.poll(percent).toBeGreaterThan(5);
  await page.close();
  await expect(rowOf(other).getByText(INDEXED)).toBeVisible({ timeout: 180_000 });

  await other.page.getByRole('textbox', { name: 'Search query' }).fill('Who signs book 2450?');
  await other.page.getByRole('button', { name: 'Search', exact: true }).click();
  await expect(other.page.getByText(/ms over [\d,]+ chunks, exact$/)).toBeVisible();
});

test('an index broken off by a reload goes on where it was', async ({ bench, page }) => {
  await bench.open();
  await bench.screen('Library');
  await bench.drop(NAME, LONG);
  const row = page.getByRole('row', { name: new RegExp(NAME) });
  const percent = async () => Number.parseInt((await row.getByText(/\d+%/).textContent()) ?? '', 10);
  await expect.poll(percent).toBeGreaterThan(20);
  await page.reload();
  await bench.ready();
  // What was stored is there at once: it does not begin at nothing.
  const seen: number[] = [];
  await expect
    .poll(
      async () => {
        seen.push(await percent());
        return seen.at(-1);
      },
      { intervals: [50], timeout: 180_000 },
    )
    .toBe(100);
  expect(seen.filter((one) => one > 0)[0]).toBeGreaterThanOrEqual(20);
});

test('a sample question searched in the playground: ranks side by side, and the passage that holds the answer', async ({
  bench,
  page,
}) => {
  await bench.open('#/library');
  await expect(page.getByRole('button', { name: 'Search', exact: true })).toBeVisible();
  await page.getByRole('textbox', { name: 'Search query' }).fill(SAMPLE);
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await expect(page.getByRole('img', { name: 'Ranks of six chunks in three stages' })).toBeVisible();
  await expect(page.getByText(/ms over \d+ chunks, exact$/)).toBeVisible();
  await expect(page.getByRole('heading', { name: /^Why “.*” is first$/ })).toBeVisible();
  // Whatever comes first: what holds the answer is known, and says so when it is chosen.
  await expect(page.getByRole('figure')).toContainText('is a chunk that holds the answer');
  await page.getByRole('button', { name: 'Start and end of work', exact: true }).click();
  await expect(page.getByText('Holds the answer', { exact: true })).toBeVisible();
  await expect(page.getByRole('group', { name: 'Passage' }).locator('mark').first()).toBeVisible();
  await page.getByRole('button', { name: 'Show as table' }).click();
  await expect(page.getByRole('table', { name: 'Ranks' }).getByRole('row')).toHaveCount(7);
});
