import { expect, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import type { AdapterInfo, Lab } from '../../src/lab';
import { axeFindings } from '../fixtures/axe';
import { openWith } from '../fixtures/comparePage';
import { BROUGHT, BUILT_IN } from '../fixtures/scriptedAdapters';
import type { Script } from '../fixtures/scriptedAnswers';
import { scriptedLab } from '../fixtures/scriptedLab';
import { CATALOGUE } from '../fixtures/scriptedModels';

const ALL: readonly AdapterInfo[] = [...BUILT_IN, ...BROUGHT];

async function open(script: Script = {}): Promise<Lab> {
  const lab = scriptedLab({ adapters: ALL, ...script });
  openWith(lab, 'adapters');
  await expect.element(page.getByRole('heading', { name: 'Adapters', level: 1 })).toBeVisible();
  return lab;
}

const button = (name: string | RegExp) => page.getByRole('button', { name, exact: typeof name === 'string' });
const card = (name: string) => page.getByRole('article', { name, exact: true });

async function audit(name: string): Promise<void> {
  await button(`Audit ${name}`).click();
  await expect.element(page.getByRole('table', { name: 'Intruder directions as trained' })).toBeVisible();
}

test('each adapter tells its facts and whether it fits, and one for another model cannot be used', async () => {
  await open();
  await expect.element(page.getByText('6 adapters, 5 fit the loaded model')).toBeVisible();
  const robust = card('robust-reader');
  await expect.element(robust).toHaveTextContent(/8, 16.*scale 2\.0.*6 layers.*514 KB.*exact match.*MIT.*lane 4/s);
  await expect
    .element(card('short-form'))
    .toHaveTextContent(
      /q and v, 6 layers.*Shapes fit; made for me\/reader-copy.*unknown.*From disk, 12 March, PEFT 0\.18\.0.*in no lane/s,
    );
  const clerk = card('claims-clerk');
  await expect.element(clerk).toHaveTextContent(/Does not fit the loaded model\..*512-wide.*Needs another model/s);
  await expect.element(clerk.getByRole('switch')).toBeDisabled();
  expect(clerk.getByRole('slider').elements()).toHaveLength(0);
  // What came with the page stays.
  expect(button('Remove robust-reader').elements()).toHaveLength(0);
  await button('Find base model for claims-clerk').click();
  await expect.element(page.getByRole('heading', { name: 'Models', level: 1 })).toBeVisible();
});

test('an adapter is put on in a lane at the strength of its slider', async () => {
  await open();
  const slider = page.getByRole('slider', { name: 'Strength of memo-voice' });
  (slider.element() as HTMLElement).focus();
  await userEvent.keyboard('{PageDown}{ArrowLeft}');
  await expect.element(slider).toHaveValue('0.7');
  await button('Use in a lane: memo-voice').click();
  await page.getByRole('menuitem', { name: 'Lane 2, Open book' }).click();
  await expect.element(card('memo-voice')).toHaveTextContent('in lane 2');
  await expect.element(page.getByRole('status')).toHaveTextContent('Lane 2 wears memo-voice.');
  await expect.element(button('Use in a lane: memo-voice')).toHaveFocus();
  await card('memo-voice').getByRole('link', { name: 'lane 2' }).click();
  await expect.element(button('Lane 2 wears: memo-voice 0.7')).toBeVisible();
});

test('a mix is worn together, and exported at its strengths', async () => {
  const lab = await open();
  const written = vi.spyOn(lab, 'exportAdapters');
  const saved: Blob[] = [];
  const address = vi.spyOn(URL, 'createObjectURL').mockImplementation((blob) => {
    saved.push(blob as Blob);
    return 'data:,';
  });
  await expect.element(page.getByText(/^Switch adapters on to wear them together/)).toBeVisible();
  await page.getByRole('switch', { name: 'Use robust-reader' }).click();
  await page.getByRole('switch', { name: 'Use memo-voice' }).click();
  await page.getByRole('slider', { name: 'Strength of memo-voice' }).fill('0.5');
  const mix = page.getByRole('group', { name: 'Mix' });
  await expect.element(mix).toHaveTextContent('Used together: robust-reader 1.0 and memo-voice 0.5');
  await button('Export as one adapter').click();
  await expect.element(mix).toHaveTextContent('Saved robust-reader+memo-voice.zip');
  const worn = [
    { adapterId: 'robust-reader', strength: 1 },
    { adapterId: 'memo-voice', strength: 0.5 },
  ];
  expect(written.mock.calls[0]?.[0]).toEqual(worn);
  expect(JSON.parse((await saved[0]?.text()) ?? '')).toEqual(worn);
  address.mockRestore();
  await button('Use in a lane: the mix').click();
  await page.getByRole('menuitem', { name: 'Lane 1, Closed book' }).click();
  await expect.element(card('memo-voice')).toHaveTextContent('in lane 1');
  await expect.element(card('robust-reader')).toHaveTextContent('in lanes 1 and 4');
});

test('an audit shows every count in its cell, and its mitigated form stands beside it', async () => {
  const lab = await open();
  const mitigate = vi.spyOn(lab, 'mitigateAdapter');
  await audit('short-form');
  const before = page.getByRole('table', { name: 'Intruder directions as trained' });
  expect(
    before
      .getByRole('rowheader')
      .elements()
      .map((one) => one.textContent),
  ).toEqual([1, 2, 3, 4, 5, 6].map((n) => `layer ${String(n)}`));
  expect(
    before
      .getByRole('columnheader')
      .elements()
      .map((one) => one.textContent),
  ).toEqual(['q', 'k', 'v', 'o', 'gate', 'up', 'down']);
  const cells = () => [...before.element().querySelectorAll('tbody td')].map((cell) => cell.textContent.trim());
  expect(cells()).toHaveLength(42);
  // Of seven projections it changes two.
  expect(cells().filter((words) => words.startsWith('not changed'))).toHaveLength(30);
  const counts = cells().map(Number).filter(Number.isFinite);
  expect(counts).toHaveLength(12);
  const total = counts.reduce((sum, n) => sum + n, 0);
  await expect.element(page.getByText(`As trained: ${String(total)}`)).toBeVisible();

  const lambda = page.getByRole('slider', { name: 'Keep this much of each intruder (λ)' });
  await lambda.fill('0.5');
  await button('Save as short-form-050').click();
  await expect.element(page.getByRole('table', { name: 'Intruder directions after mitigation' })).toBeVisible();
  expect(mitigate.mock.calls[0]?.slice(0, 2)).toEqual(['short-form', { topK: 10, epsilon: 0.5, lambda: 0.5 }]);
  await expect.element(card('short-form-050')).toHaveTextContent('Mitigated form of short-form: keeps 0.5 of each');
  await expect.element(button('Saved as short-form-050')).toBeDisabled();
  // Another share is another adapter.
  await lambda.fill('0.9');
  await expect.element(button('Save as short-form-090')).toBeEnabled();
  expect(page.getByRole('table', { name: 'Intruder directions after mitigation' }).elements()).toHaveLength(0);
});

test('other settings ask for an audit of their own', async () => {
  const lab = await open();
  const run = vi.spyOn(lab, 'auditAdapter');
  await audit('robust-reader');
  await page.getByText('How intruders are found').click();
  const topK = page.getByRole('spinbutton', { name: 'Directions looked at (top k)' });
  await topK.fill('5');
  await userEvent.keyboard('{Tab}');
  await button('Audit robust-reader now').click();
  await expect.element(page.getByRole('table', { name: 'Intruder directions as trained' })).toBeVisible();
  expect(run.mock.calls.map(([, settings]) => settings.topK)).toEqual([10, 5]);
});

test('retention is told with its interval, in words, a chart and a table', async () => {
  const lab = await open({ baseRight: 40 });
  const ask = vi.spyOn(lab, 'retention');
  await audit('robust-reader');
  await button(/^Save as/).click();
  await expect.element(page.getByRole('table', { name: 'Intruder directions after mitigation' })).toBeVisible();
  await button('Measure retention').click();
  await expect.element(page.getByText(/38 of 40, 95% interval 83% to 100%\./)).toBeVisible();
  expect(ask.mock.calls[0]?.[0]).toEqual([null, 'robust-reader', 'robust-reader-075']);
  await expect
    .element(page.getByRole('img', { name: /as trained: 80% \(68% to 86%\), 32 of 40; robust-reader-075: 95%/ }))
    .toBeVisible();
  await button('Show as table: Retention').click();
  await expect.element(page.getByRole('row', { name: 'as trained 32 of 40 80% 68% to 86%' })).toBeVisible();
  await expect.element(page.getByText('The intervals overlap: too close to call.')).toBeVisible();
});

test('with too few questions that the base answers right, retention is not measurable', async () => {
  await open({ baseRight: 12 });
  await audit('robust-reader');
  await button('Measure retention').click();
  await expect.element(page.getByText('Not measurable', { exact: true })).toBeVisible();
  await expect.element(page.getByText(/Of 60 questions the base model answers 12 right\. At least 30/)).toBeVisible();
  expect(page.getByRole('img', { name: /^Retention/ }).elements()).toHaveLength(0);
});

test('an audit shows its progress and is stopped by its button or by Esc', async () => {
  await open({ step: 60_000 });
  await button('Audit robust-reader').click();
  const bar = page.getByRole('progressbar', { name: 'Auditing robust-reader' });
  await expect.element(bar).toBeVisible();
  await expect.element(button('Auditing…')).not.toBeInTheDocument();
  await button('Stop: Auditing robust-reader').click();
  await expect.element(bar).not.toBeInTheDocument();
  await button('Audit robust-reader now').click();
  await expect.element(bar).toBeVisible();
  await userEvent.keyboard('{Escape}');
  await expect.element(bar).not.toBeInTheDocument();
  // Stopped is not failed.
  expect(document.querySelectorAll('.problem')).toHaveLength(0);
});

test('an address that is not let in is not asked: the page offers to let it in by name', async () => {
  const lab = await open();
  const fetched = vi.spyOn(lab, 'addAdapterFrom');
  const address = page.getByRole('textbox', { name: 'Address or hub id' });
  await address.fill('acme/day-shift');
  await userEvent.keyboard('{Enter}');
  await expect.element(page.getByText(/\(huggingface\.co and \*\.hf\.co\)/)).toBeVisible();
  await address.fill('https://files.example/a.zip');
  await expect.element(page.getByText(/may reach no address but its own/)).not.toBeInTheDocument();
  await userEvent.keyboard('{Enter}');
  await expect.element(button('Allow files.example and reload')).toBeVisible();
  expect(fetched).not.toHaveBeenCalled();
});

test('an adapter comes from a zip, from an address, and one that fails says why', async () => {
  const lab = await open({ origins: ['https://huggingface.co', 'https://*.hf.co'] });
  const field = document.querySelector<HTMLInputElement>('input[aria-label="Adapter files"]');
  if (!field) throw new Error('There is nowhere to bring an adapter.');
  await userEvent.upload(field, [new File(['PK'], 'night-shift.zip')]);
  await expect.element(card('night-shift')).toBeVisible();
  const fetched = vi.spyOn(lab, 'addAdapterFrom');
  const address = page.getByRole('textbox', { name: 'Address or hub id' });
  await address.fill('nonsense');
  await button('Fetch adapter').click();
  await expect.element(page.getByText(/“nonsense” is neither an address nor a hub id\./)).toBeVisible();
  await expect.element(address).toHaveValue('nonsense');
  await address.fill('acme/day-shift');
  await userEvent.keyboard('{Enter}');
  await expect.element(card('day-shift')).toHaveTextContent('Acme/day-shift');
  await expect.element(address).toHaveValue('');
  expect(fetched.mock.calls.map(([from]) => from)).toEqual(['nonsense', 'acme/day-shift']);
  expect(page.getByText(/neither an address/).elements()).toHaveLength(0);
});

test('a removed adapter comes back with Undo, on the lanes that wore it, and goes for good when that has lapsed', async () => {
  const lab = await open();
  const remove = vi.spyOn(lab, 'removeAdapter');
  await button('Use in a lane: short-form').click();
  await page.getByRole('menuitem', { name: 'Lane 3, Noisy book' }).click();
  await button('Remove short-form').click();
  await expect.element(card('short-form')).not.toBeInTheDocument();
  await expect.element(button('Undo')).toHaveFocus();
  expect(remove).not.toHaveBeenCalled();
  await button('Undo').click();
  await expect.element(card('short-form')).toHaveTextContent('in lane 3');
  await button('Remove short-form').click();
  await button('Remove claims-clerk').click();
  await expect.poll(() => remove.mock.calls).toEqual([['short-form']]);
  await page.getByRole('link', { name: 'Compare', exact: true }).click();
  await expect.element(button('Lane 3 wears: No adapter')).toBeVisible();
});

test('on an engine without adapters that is said, and no lane on it can wear one', async () => {
  const models = CATALOGUE.map((model) =>
    model.id === 'reader-tiny' ? { ...model, adapters: 'none' as const } : model,
  );
  await open({ models });
  await expect.element(page.getByText('Tiny reader wears no adapters: not on this engine yet.')).toBeVisible();
  await button('Use in a lane: memo-voice').click();
  const lane = page.getByRole('menuitem', { name: 'Lane 2, Open book: not on this engine yet' });
  await expect.element(lane).toHaveAttribute('aria-disabled', 'true');
  await userEvent.keyboard('{Escape}');
  await page.getByRole('link', { name: 'Compare', exact: true }).click();
  await button('Lane 1 wears: No adapter').click();
  await expect.element(page.getByText('Adapters are not on this engine yet.')).toBeVisible();
  await expect.element(page.getByRole('switch', { name: 'Use memo-voice' })).toBeDisabled();
});

for (const theme of ['light', 'dark'])
  for (const width of [1440, 390])
    test(`axe finds nothing and nothing scrolls sideways, ${theme}, ${String(width)} wide`, async () => {
      await page.viewport(width, 900);
      localStorage.setItem('openbook:theme', theme);
      await open();
      await audit('robust-reader');
      await button(/^Save as/).click();
      await expect.element(page.getByRole('table', { name: 'Intruder directions after mitigation' })).toBeVisible();
      await button('Measure retention').click();
      await button('Show as table: Retention').click();
      expect(await axeFindings()).toEqual([]);
      expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(width);
      localStorage.removeItem('openbook:theme');
    });
