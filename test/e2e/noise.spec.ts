import { readdirSync, readFileSync } from 'node:fs';
import { chunkDocument } from '../../src/documents/chunking';
import type { Document } from '../../src/documents/document';
import { readDocument } from '../../src/documents/formats';
import { DEFAULT_SEED } from '../../src/lanes/presets';
import { readQuestions } from '../../src/questions/formats';
import { HybridRetriever } from '../../src/retrieval/hybrid';
import { distractors } from '../../src/retrieval/noise';
import { expect, KNOWN, SAMPLE, test } from './lab';

const HANDBOOK = 'public/samples/handbook';

/** The changed sentences of contradictions to the sample question, made here as the page makes them. */
async function contradictions(count: number): Promise<string[]> {
  const { signal } = new AbortController();
  const documents = new Map<string, Document>();
  for (const name of readdirSync(HANDBOOK).filter((file) => file.endsWith('.md')))
    documents.set(name, await readDocument(name, new Uint8Array(readFileSync(`${HANDBOOK}/${name}`)), signal));
  const retriever = new HybridRetriever();
  retriever.setChunks({ current: [...documents.values()].flatMap((one) => chunkDocument(one)), stale: [] });
  const all = readQuestions('questions.jsonl', readFileSync(`${HANDBOOK}/questions.jsonl`, 'utf8'), documents);
  const question = all.find(({ text }) => text === SAMPLE);
  if (!question) throw new Error('The sample has no such question.');
  const open = await retriever.search(SAMPLE, 4, 'current', signal);
  const kinds = ['contradiction'] as const;
  const request = { question, open, count, kinds, retriever, seed: DEFAULT_SEED, signal };
  const made = (await distractors(request)).distractors;
  return made.map(({ chunk }) => /[^.]*\d+ months[^.]*\./.exec(chunk.text)?.[0].trim() ?? '');
}

test('noise is previewed, made, checked and placed; moving it back comes from the cache', async ({ bench, page }) => {
  await bench.open();
  await bench.question.fill(SAMPLE);
  await page.getByRole('button', { name: 'Lane 3 sees: Noise 3' }).click();
  await page.getByRole('button', { name: 'Preview noise' }).click();
  const preview = page.getByRole('region', { name: 'Preview of noise' });
  await expect(preview).toContainText('None of these holds the known answer.');
  // The passage that says 5 months, with another number.
  const made = preview.getByText(/made up[^]*months/).first();
  await expect(made).toBeVisible();
  await expect(made).not.toContainText(new RegExp(`\\b${KNOWN}`));
  for (const kind of ['Stale version', 'Look-alike']) await page.getByRole('checkbox', { name: kind }).uncheck();
  await page.getByRole('checkbox', { name: 'Contradiction' }).check();
  await page.getByRole('checkbox', { name: 'Random' }).uncheck();
  await page.getByText('Evidence and seed', { exact: true }).click();
  await page.getByRole('combobox', { name: 'The passages with the answer stand' }).selectOption('last');
  await page.keyboard.press('Escape');
  await bench.put(SAMPLE);

  const noisy = bench.passages(3).getByRole('listitem');
  await bench
    .passages(3)
    .getByRole('button', { name: /^Show \d+ more/ })
    .click();
  await expect(noisy).toHaveCount(7);
  await expect(noisy.filter({ hasText: 'Noise: contradiction' })).toHaveCount(3);
  await expect(noisy.filter({ hasText: 'made up' })).toHaveCount(3);
  await expect(noisy.filter({ hasText: 'not checked' })).toHaveCount(0);
  await expect(noisy.last()).toContainText('Holds the answer');
  // The same settings and seed give the same passages here and there.
  const expected = await contradictions(3);
  expect(new Set(expected).size).toBe(3);
  for (const sentence of expected) await expect(noisy.filter({ hasText: sentence })).toHaveCount(1);
  const first = await bench.answer(3).innerText();

  const amount = async (n: number) => {
    await page
      .getByRole('button', { name: /^Lane 3 sees: Noise/ })
      .first()
      .click();
    const field = page.getByRole('spinbutton', { name: 'Noise passages' });
    await field.fill(String(n));
    await field.blur();
    await page.keyboard.press('Escape');
    await bench.ask.click();
    await bench.settled();
  };
  await amount(1);
  // The other lanes stand as they were.
  for (const n of [1, 2, 4]) await expect(bench.lane(n)).toContainText('from cache');
  await expect(bench.lane(3)).not.toContainText('from cache');
  await amount(3);
  await expect(bench.lane(3)).toContainText('from cache');
  expect(await bench.answer(3).innerText()).toBe(first);
});

test('whole documents that the window does not hold are cut, and the lane says so', async ({ bench, page }) => {
  await bench.open();
  await page.getByRole('button', { name: 'Lane 2 sees: Retrieved 4' }).click();
  await page.getByRole('radio', { name: /^Whole documents/ }).check();
  await page.keyboard.press('Escape');
  await bench.put(SAMPLE);
  await expect(bench.lane(2)).toContainText(/Cut to fit: the last \d+ passages were left out, [\d,]+ tokens\./);
  await expect(bench.lane(2)).toContainText(/[\d,]+ tokens in \d+ passages; the model’s window holds 1,024 tokens\./);
  await expect(bench.answer(2)).toHaveText(/\w/);
});

test('the ladder climbs in one go, for the base and an adapter', async ({ bench, page }) => {
  await bench.open();
  await bench.question.fill(SAMPLE);
  await page.getByRole('button', { name: 'Noise ladder', exact: true }).click();
  const ladder = page.getByRole('region', { name: 'Noise ladder', exact: true });
  const chart = ladder.getByRole('img', { name: /^Noise ladder/ });
  await expect(chart).toBeVisible({ timeout: 180_000 });
  await expect(chart).toHaveAccessibleName(/No adapter: .*\(0: .*8: .*\); robust-reader: .*\(0: .*8: .*\)\.$/);
  await ladder.getByRole('button', { name: 'Show as table: Noise ladder' }).click();
  const rows = ladder.getByRole('table', { name: 'Noise ladder' }).getByRole('row');
  await expect(rows).toHaveCount(7);
  const answered = await rows
    .getByRole('cell')
    .getByText(/^(Correct|Wrong|Abstained)$/)
    .count();
  const missing = await rows.getByRole('cell', { name: 'does not fit' }).count();
  expect(answered + 2 * missing).toBe(12);
  // Without noise the handbook's passages are read right by both.
  await expect(rows.nth(1).getByText('Correct')).toHaveCount(2);
  await ladder.getByRole('button', { name: 'Climb again' }).click();
  await expect(ladder.getByText(`From cache: ${String(answered)} of ${String(answered)} answers.`)).toBeVisible();
});
