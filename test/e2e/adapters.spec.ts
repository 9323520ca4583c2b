/** An adapter brought as a zip: worn, audited, mitigated, exported and read back. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { zip } from '../fixtures/adapters/zips';
import { expect, SAMPLE, test, type Bench } from './lab';

const BUILT_IN = join(import.meta.dirname, '../../public/adapters/memo-voice');
/** As PEFT's own code counts them (test/fixtures/peft/make). */
const COUNTS = JSON.parse(
  readFileSync(join(import.meta.dirname, '../fixtures/peft/audit/builtIn.json'), 'utf8'),
) as Record<string, Record<string, number>>;
const EXPECTED = COUNTS['memo-voice'] ?? {};
const PROJECTIONS = ['q', 'k', 'v', 'o', 'gate', 'up', 'down'];
const LAYERS = 7;
const total = Object.values(EXPECTED).reduce((sum, count) => sum + count, 0);

const broughtZip = () => {
  const read = (name: string) => new Uint8Array(readFileSync(join(BUILT_IN, name)));
  return Buffer.from(
    zip({
      'voice/adapter_config.json': read('adapter_config.json'),
      'voice/adapter_model.safetensors': read('adapter_model.safetensors'),
    }),
  );
};

const card = ({ page }: Bench, label: string) => page.getByRole('article', { name: label, exact: true });
const field = ({ page }: Bench) => page.getByLabel('Adapter files', { exact: true });

test('an adapter is brought, worn, audited as PEFT would, mitigated, exported, read back and removed', async ({
  bench,
  page,
}) => {
  await bench.open('./#/adapters');
  await field(bench).setInputFiles({ name: 'voice.zip', mimeType: 'application/zip', buffer: broughtZip() });
  const voice = card(bench, 'voice');
  await expect(voice).toContainText('Brought by you');
  await expect(voice.getByRole('button', { name: 'Audit voice' })).toBeEnabled();

  // The same weights as the built-in one say the same.
  await bench.screen('Compare');
  await bench.wear(2, 'voice', true);
  await bench.wear(3, 'memo-voice', true);
  await bench.showPassages(2, 2);
  await page.getByRole('button', { name: 'Lane 3 sees: Retrieved 4' }).click();
  await page.getByRole('radio', { name: 'Retrieved passages', exact: true }).check();
  await page.keyboard.press('Escape');
  await bench.showPassages(3, 2);
  await bench.put(SAMPLE);
  const said = await bench.answer(2).innerText();
  expect(said).toBe(await bench.answer(3).innerText());
  expect(said).toMatch(/\w/);

  await bench.screen('Adapters');
  await voice.getByRole('button', { name: 'Audit voice' }).click();
  const found = page.getByRole('table', { name: 'Intruder directions as trained' });
  await expect(found).toBeVisible();
  await expect(page.getByText(`As trained: ${String(total)}`, { exact: true })).toBeVisible();
  await expect(found.getByRole('columnheader')).toHaveText(PROJECTIONS);
  const counts = Array.from({ length: LAYERS }, (_, layer) =>
    PROJECTIONS.map((one) => String(EXPECTED[`${String(layer)}.${one}_proj`])),
  );
  expect(await found.getByRole('cell').allInnerTexts()).toEqual(expect.arrayContaining(counts.flat()));
  for (const [layer, row] of counts.entries())
    await expect(found.getByRole('row', { name: `layer ${String(layer + 1)}` }).getByRole('cell')).toHaveText(row);

  const keep = page.getByRole('slider', { name: /^Keep this much of each intruder/ });
  await keep.focus();
  await page.keyboard.press('Home');
  await page.getByRole('button', { name: 'Save as voice-000' }).click();
  const mitigated = card(bench, 'voice-000');
  await expect(mitigated).toContainText('Mitigated form of voice: keeps 0.0 of each intruder.');
  const after = page.getByText(/^After mitigation: \d+$/);
  await expect(after).toBeVisible();
  expect(Number((await after.innerText()).split(': ')[1])).toBeLessThan(total);

  await mitigated.getByRole('switch', { name: 'Use voice-000' }).check();
  const [saved] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Export as one adapter' }).click(),
  ]);
  const bytes = readFileSync(await saved.path());
  await field(bench).setInputFiles({ name: 'back.zip', mimeType: 'application/zip', buffer: bytes });
  await expect(page.getByText(/was added and is kept in this browser/)).toBeVisible();
  await expect(page.getByRole('article')).toHaveCount(7);
  const back = page.getByRole('article').last();
  await expect(back).toContainText('q, k, v, o, gate, up and down, 7 layers');

  // Its offer to take it back ends with the visit, and so does the adapter.
  await voice.getByRole('button', { name: 'Remove voice', exact: true }).click();
  await page.reload();
  await bench.ready();
  await expect(voice).toHaveCount(0);
  await expect(mitigated).toBeVisible();
  await expect.poll(() => page.evaluate(() => localStorage.getItem('openbook:going-adapters'))).toBeNull();
  await page.reload();
  await bench.ready();
  await expect(mitigated).toBeVisible();
  await expect(voice).toHaveCount(0);
});

test('what cannot be worn is refused by name, and nothing of it is kept', async ({ bench, page }) => {
  await bench.open('./#/adapters');
  const config = JSON.parse(readFileSync(join(BUILT_IN, 'adapter_config.json'), 'utf8')) as Record<string, unknown>;
  const weights = new Uint8Array(readFileSync(join(BUILT_IN, 'adapter_model.safetensors')));
  const shown = page.getByRole('article');
  for (const [change, words] of [
    [{ use_dora: true }, /DoRA/],
    [{ modules_to_save: ['lm_head'] }, /modules_to_save/],
    [{ peft_type: 'IA3' }, /IA3/],
  ] as const) {
    const files = {
      'adapter_config.json': JSON.stringify({ ...config, ...change }),
      'adapter_model.safetensors': weights,
    };
    await field(bench).setInputFiles({ name: 'odd.zip', mimeType: 'application/zip', buffer: Buffer.from(zip(files)) });
    await expect(page.getByText('This kind of adapter cannot be applied here.')).toBeVisible();
    await expect(page.getByText(words)).toBeVisible();
    await expect(shown).toHaveCount(4);
  }
});
