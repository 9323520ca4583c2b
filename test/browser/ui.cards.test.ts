import { expect, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { LabError } from '../../src/errors';
import type { Lab } from '../../src/lab';
import { axeFindings } from '../fixtures/axe';
import { openWith } from '../fixtures/comparePage';
import { CARD, scriptedLab } from '../fixtures/scriptedLab';

const READER_CARD = 'models/reader-tiny/MODEL_CARD.md';

async function open(screen: 'models' | 'adapters', change: Partial<Lab> = {}): Promise<Lab> {
  const lab = { ...scriptedLab(), ...change };
  openWith(lab, screen);
  await expect.element(page.getByRole('heading', { level: 1 })).toBeVisible();
  return lab;
}

const button = (name: string) => page.getByRole('button', { name, exact: true });
const dialog = (name: string) => page.getByRole('dialog', { name, exact: true });
/** The script's card, under another title. */
const titled = (title: string) => `# ${title}\n\n${CARD}`;

test('the card of a built-in model opens as a dialog of its title, with its headings, table, list and links', async () => {
  const asked = vi.fn(() => Promise.resolve(titled('reader-tiny')));
  await open('models', { card: asked });
  expect(asked).not.toHaveBeenCalled();
  await button('Model card: Tiny reader').click();
  const card = dialog('reader-tiny');
  await expect.element(card.getByRole('heading', { name: 'Figures', level: 3 })).toBeVisible();
  await expect.element(card.getByRole('heading', { name: 'reader-tiny', level: 2 })).toBeVisible();
  await expect.element(card.getByRole('heading', { name: 'Limits', level: 4 })).toBeVisible();
  await expect.element(card.getByText('A very small model; see config.json.', { exact: true })).toBeVisible();
  const table = card.getByRole('table', { name: 'Right value', exact: true });
  expect(
    table
      .getByRole('columnheader')
      .elements()
      .map(({ textContent }) => textContent),
  ).toEqual(['condition', 'base', 'n']);
  await expect.element(table.getByRole('row', { name: 'gold + 1 43 120' })).toBeVisible();
  await expect.element(table.getByRole('rowheader', { name: 'gold only' })).toBeVisible();
  expect(
    card
      .getByRole('listitem')
      .elements()
      .map(({ textContent }) => textContent),
  ).toEqual(['It makes up values.', 'It says so.']);
  await expect
    .element(card.getByRole('link', { name: 'It says so' }))
    .toHaveAttribute('href', 'https://example.org/said');
  expect(asked).toHaveBeenCalledExactlyOnceWith(READER_CARD, expect.any(AbortSignal));
});

test('HTML in a card is shown as it is written, and nothing comes of it', async () => {
  await open('models');
  await button('Model card: Tiny reader').click();
  await expect.element(dialog('reader-tiny').getByText(/^<img src=.*onerror=/)).toBeVisible();
  expect(document.querySelectorAll('dialog img')).toHaveLength(0);
  expect(document.title).not.toBe('taken');
});

test.each(['Escape', 'Close'])('%s closes a card, gives the focus back and stops nothing else', async (way) => {
  const lab = await open('adapters');
  const stop = vi.spyOn(lab, 'stopLoading');
  await button('Model card: memo-voice').click();
  await expect.element(button('Close')).toHaveFocus();
  await expect.element(dialog('memo-voice').getByRole('table')).toBeVisible();
  if (way === 'Escape') await userEvent.keyboard('{Escape}');
  else await button('Close').click();
  await expect.poll(() => document.querySelector('dialog[open]')).toBeNull();
  await expect.element(button('Model card: memo-voice')).toHaveFocus();
  expect(stop).not.toHaveBeenCalled();
});

test('a card that does not come says so, and comes when it is loaded again', async () => {
  const failure = new LabError('runtime-missing', 'The model card models/reader-tiny/MODEL_CARD.md did not arrive.');
  const asked = vi.fn<Lab['card']>().mockRejectedValueOnce(failure).mockResolvedValue(titled('reader-tiny'));
  await open('models', { card: asked });
  await button('Model card: Tiny reader').click();
  const waiting = dialog('Tiny reader');
  await expect
    .element(waiting)
    .toHaveTextContent(/A part of this page could not be fetched\..*MODEL_CARD\.md did not arrive\./);
  await waiting.getByRole('button', { name: 'Load it again' }).click();
  await expect.element(dialog('reader-tiny').getByRole('table')).toBeVisible();
  await expect.element(button('Close')).toHaveFocus();
  // What was read once is not asked for again.
  await userEvent.keyboard('{Escape}');
  await button('Model card: Tiny reader').click();
  await expect.element(dialog('reader-tiny').getByRole('table')).toBeVisible();
  expect(asked).toHaveBeenCalledTimes(2);
});

test('a card that is closed while it loads is stopped, and another opens in its place', async () => {
  const signals: AbortSignal[] = [];
  await open('models', {
    card: (path, signal) => {
      signals.push(signal);
      return path === READER_CARD ? new Promise(() => undefined) : Promise.resolve(titled('embedder-tiny'));
    },
  });
  await button('Model card: Tiny reader').click();
  await expect.element(dialog('Tiny reader').getByText('The card is loading.')).toBeVisible();
  await userEvent.keyboard('{Escape}');
  await expect.poll(() => signals[0]?.aborted).toBe(true);
  await button('Model card: Tiny finder').click();
  await expect.element(dialog('embedder-tiny').getByRole('table')).toBeVisible();
});

test('only what the page brings has a card', async () => {
  await open('models');
  await expect.element(button('Model card: Tiny finder')).toBeVisible();
  expect(page.getByRole('button', { name: /^Model card/ }).elements()).toHaveLength(2);
});

for (const [width, theme] of [
  [1280, 'light'],
  [390, 'dark'],
] as const)
  test(`the card of a real model, ${theme} and ${String(width)} wide: axe finds nothing, and only tables scroll sideways`, async () => {
    await page.viewport(width, 900);
    const real = await (await fetch(`/${READER_CARD}`)).text();
    await open('models', { card: () => Promise.resolve(real) });
    document.documentElement.dataset.theme = theme;
    try {
      await button('Model card: Tiny reader').click();
      const card = dialog('reader-tiny');
      await expect.element(card.getByRole('table').first()).toBeVisible();
      expect(await axeFindings()).toEqual([]);
      expect(card.element().scrollWidth).toBeLessThanOrEqual(card.element().clientWidth);
      expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(width);
    } finally {
      delete document.documentElement.dataset.theme;
      await page.viewport(1280, 900);
    }
  });
