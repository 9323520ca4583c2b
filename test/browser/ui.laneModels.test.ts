import { expect, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { encodeLanes } from '../../src/lanes/link';
import { CLOSED, lane as laneOf } from '../../src/lanes/presets';
import type { CatalogueModel } from '../../src/lab';
import { answered, ask, lane, open, openWith, recorded } from '../fixtures/comparePage';
import { scriptedLab } from '../fixtures/scriptedLab';
import { CATALOGUE } from '../fixtures/scriptedModels';

const WAITS = 'Waits for Tiny reader: there is no memory for both models at once.';
const button = (name: string | RegExp) => page.getByRole('button', { name, exact: typeof name === 'string' });

async function runOn(n: number, label: string): Promise<void> {
  await button(`Lane ${String(n)} actions`).click();
  await page.getByRole('menuitem', { name: 'Edit' }).click();
  await page.getByRole('combobox', { name: 'Model', exact: true }).selectOptions(label);
  await userEvent.keyboard('{Escape}');
}

test('a lane may run on a model of its own, which all lanes then tell, the address too', async () => {
  const lab = scriptedLab();
  const asked = vi.spyOn(lab, 'compare');
  openWith(lab, '');
  await recorded();
  expect(button(/^Lane \d model:/).elements()).toHaveLength(0);
  await runOn(2, 'SmolLM2 135M');
  await expect.element(button('Lane 2 model: SmolLM2 135M')).toBeVisible();
  await expect.element(button('Lane 1 model: Tiny reader')).toBeVisible();
  expect(location.hash).toMatch(/lanes=/);
  await ask().click();
  await answered(4);
  expect(asked.mock.calls[0]?.[0].map(({ modelId }) => modelId)).toEqual([
    'reader-tiny',
    'smollm2-135m',
    'reader-tiny',
    'reader-tiny',
  ]);
  // A preset is one experiment on one model.
  await button('Know').click();
  expect(button(/^Lane \d model:/).elements()).toHaveLength(0);
});

test('a lane whose model has to wait says why', async () => {
  open({ pace: 60, waits: 'Tiny reader' });
  await recorded();
  await runOn(3, 'SmolLM2 135M');
  await ask().click();
  await expect.element(lane(3).getByText('Waits for its model')).toBeVisible();
  await expect.element(lane(3).getByText(WAITS)).toBeVisible();
  expect(page.getByText(WAITS).elements()).toHaveLength(1);
  await answered(4);
  await expect.element(page.getByText(WAITS)).not.toBeInTheDocument();
});

test('a lane that sends text away carries the mark, and the masthead names lane and host', async () => {
  open();
  await recorded();
  await runOn(4, 'llama-3.3-70b');
  await expect.element(lane(4).getByText('leaves this device')).toBeVisible();
  expect(page.getByText('leaves this device', { exact: true }).elements()).toHaveLength(1);
  await expect.element(page.getByRole('alert')).toHaveTextContent('Lane 4 sends text to localhost:8000');
  await runOn(4, 'Tiny reader, as the other lanes');
  await expect.element(page.getByText('Nothing leaves this device')).toBeVisible();
});

test('lanes of a link keep their model whatever is in use, until another is chosen', async () => {
  const link = `?lanes=${encodeLanes([laneOf('a', 'Base', CLOSED), { ...laneOf('b', 'Fine-tune', CLOSED), modelId: 'ghost' }])}`;
  open({}, link);
  await expect.element(button('Lane 2 model: ghost')).toBeVisible();
  await button('Lane 2 model: ghost').click();
  await expect.element(page.getByRole('option', { name: 'ghost (not here)' })).toBeInTheDocument();
  await userEvent.keyboard('{Escape}');
  await page.getByRole('link', { name: 'Models', exact: true }).click();
  await button('Use SmolLM2 135M').click();
  await page.getByRole('link', { name: 'Compare', exact: true }).click();
  await expect.element(button('Lane 1 model: SmolLM2 135M')).toBeVisible();
  await expect.element(button('Lane 2 model: ghost')).toBeVisible();
});

test('a larger reader that takes the smaller one’s place is announced, lanes follow it, and it can be taken back', async () => {
  const larger = { ...CATALOGUE[0], id: 'larger', label: 'Small reader', succeeds: 'reader-tiny' } as CatalogueModel;
  const lab = scriptedLab({ models: [...CATALOGUE, larger] });
  const asked = vi.spyOn(lab, 'compare');
  openWith(lab, '');
  await recorded();
  // Changed lanes of this visit follow too.
  await button('Lane 1 actions').click();
  await page.getByRole('menuitem', { name: 'Duplicate' }).click();
  lab.use('reader', 'larger');
  const offer = page.getByRole('group', { name: 'Undo' });
  await expect.element(offer).toHaveTextContent('Small reader is loaded and answers from now on.');
  await expect.element(page.getByRole('status').filter({ hasText: 'Small reader is loaded' })).toBeInTheDocument();
  expect(button(/^Lane \d model:/).elements()).toHaveLength(0);
  // The recorded answers stay the smaller one’s.
  await expect.element(page.getByText(/made with the tiny reader/)).toBeVisible();
  await ask().click();
  await answered(5);
  expect(new Set(asked.mock.calls[0]?.[0].map(({ modelId }) => modelId))).toEqual(new Set(['larger']));
  await offer.getByRole('button', { name: 'Undo' }).click();
  await ask().click();
  await answered(5);
  expect(new Set(asked.mock.calls[1]?.[0].map(({ modelId }) => modelId))).toEqual(new Set(['reader-tiny']));
  await expect.element(offer).not.toBeInTheDocument();
});
