import { expect, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { LabError } from '../../src/errors';
import { encodeLanes } from '../../src/lanes/link';
import { CLOSED, lane as laneOf } from '../../src/lanes/presets';
import { answered, ask, lane, open, openWith, question, recorded, state } from '../fixtures/comparePage';
import { QUESTION } from '../fixtures/scriptedAnswers';
import { scriptedLab } from '../fixtures/scriptedLab';
import { CATALOGUE } from '../fixtures/scriptedModels';

test('the recorded example stands until something is asked', async () => {
  open();
  await recorded();
  await ask().click();
  for (let n = 1; n <= 4; n++) await answered(n);
  await expect.element(page.getByText('This is a recorded example.')).not.toBeInTheDocument();
});

test('a lane that fails says what to do, and the others finish', async () => {
  open({ failingLane: 2 });
  await ask().click();
  await answered(4);
  expect(state(2)).toBe('failed');
  await expect.element(lane(2).getByText('The prompt is longer than the model can read.')).toBeVisible();
  await expect.element(lane(2).getByRole('button', { name: 'Retry lane' })).toBeVisible();
  // What was sent whole was never counted whole.
  await expect.element(lane(2).getByText('prompt parts', { exact: true })).toBeVisible();
  await expect.element(lane(1).getByText('prompt', { exact: true })).toBeVisible();
});

test('a reader that dies fails the unfinished lanes, keeps their text, and is not said to be stopped by anyone', async () => {
  open({ lostIn: 2 });
  await ask().click();
  for (const n of [2, 3, 4]) {
    await expect.poll(() => state(n)).toBe('failed');
    await expect.element(lane(n).getByText('A background part of the page stopped.')).toBeVisible();
  }
  await expect.element(lane(2).getByRole('group', { name: 'Answer' })).toHaveTextContent(/^Full-time staff ?…/);
  expect(state(1)).toBe('answered');
  expect(page.getByText('Stopped by you').elements()).toHaveLength(0);
  await expect.element(page.getByRole('status')).toHaveTextContent('Lanes 2, 3 and 4 failed.');
  // In the lanes, and nowhere a second time.
  expect(page.getByText('A background part of the page stopped.').elements()).toHaveLength(3);
});

test('a reader that lacks a file says which, and fetches it where that is said', async () => {
  const error = new LabError('model-not-fetched', 'On the processor it runs from another file.');
  const models = CATALOGUE.map((model) =>
    model.id === 'reader-tiny'
      ? { ...model, origin: 'hub' as const, kept: { kind: 'part', bytes: 3e6, of: 118e6, begun: false } as const }
      : model,
  );
  const lab = scriptedLab({ models, reader: { kind: 'failed', error } });
  const download = vi.spyOn(lab, 'download');
  openWith(lab, '');
  await expect.element(page.getByText(/^Tiny reader: .* On the processor it runs from another file\.$/)).toBeVisible();
  // That of the finder, which lacks nothing.
  await expect.poll(() => page.getByRole('button', { name: 'Load again' }).elements().length).toBe(1);
  await page.getByRole('button', { name: 'Download 115 MB, Tiny reader' }).click();
  expect(download.mock.calls).toEqual([['reader-tiny']]);
});

test('stopping keeps the text so far and says who stopped it', async () => {
  open({ pace: 30 });
  await ask().click();
  await expect.poll(() => lane(1).getByRole('group', { name: 'Answer' }).element().textContent).toContain('The leave');
  await userEvent.keyboard('{Escape}');
  await expect.element(lane(4).getByText('Stopped by you')).toBeVisible();
  expect(lane(1).getByRole('group', { name: 'Answer' }).element().textContent).toContain('The leave');
  await expect.element(ask()).toBeVisible();
});

test('Esc stops a model that is loading, which is no failure, and it can be loaded again', async () => {
  open({ reader: { kind: 'loading', done: 1_000_000, total: 4_117_372 } });
  const model = (state: string) => page.getByRole('link', { name: `Model: Tiny reader, ${state}`, exact: true });
  await expect.element(model('loading 24%')).toBeVisible();
  await userEvent.keyboard('{Escape}');
  await expect.element(model('stopped')).toBeVisible();
  await expect.element(page.getByText('Loading was stopped by you: Tiny reader.')).toBeVisible();
  await page.getByRole('button', { name: 'Load again' }).click();
  await expect.element(model('ready')).toBeVisible();
  await expect.element(page.getByText('Loading was stopped by you')).not.toBeInTheDocument();
});

test('Esc that closes a sheet stops nothing', async () => {
  open({ reader: { kind: 'loading', done: 1_000_000, total: 4_117_372 } });
  await page.getByRole('button', { name: 'Lane 1 sees: Nothing' }).click();
  await userEvent.keyboard('{Escape}');
  await expect.element(page.getByRole('link', { name: 'Model: Tiny reader, loading 24%' })).toBeVisible();
});

test('whole documents are counted without those that are replaced', async () => {
  open();
  await page.getByRole('button', { name: /^Lane 2 sees:/ }).click();
  await page.getByRole('radio', { name: /^Whole documents/ }).click();
  // Of eight, one is out of use and one is replaced.
  await expect.element(page.getByRole('button', { name: 'Lane 2 sees: Whole documents 6' })).toBeInTheDocument();
});

test('an edit marks only its own lane, and taking it back unmarks it', async () => {
  open();
  await ask().click();
  await answered(4);
  await page.getByRole('button', { name: 'Lane 2 wears: No adapter' }).click();
  await page.getByRole('switch', { name: 'Use json-answer' }).click();
  await expect.element(lane(2).getByRole('button', { name: 'changed, ask again' })).toBeInTheDocument();
  expect(page.getByRole('button', { name: 'changed, ask again' }).elements()).toHaveLength(1);
  await page.getByRole('switch', { name: 'Use json-answer' }).click();
  await expect.poll(() => page.getByRole('button', { name: 'changed, ask again' }).elements().length).toBe(0);
});

test('lanes are added up to six, removed with undo, and kept in the address', async () => {
  open();
  const add = page.getByRole('button', { name: 'Add lane' });
  await add.click();
  await add.click();
  await expect.element(add).toBeDisabled();
  expect(location.hash).toContain('lanes=');
  await page.getByRole('button', { name: 'Lane 6 actions' }).click();
  await page.getByRole('menuitem', { name: 'Remove' }).click();
  expect(page.getByRole('article').elements()).toHaveLength(5);
  await page.getByRole('button', { name: 'Undo' }).click();
  expect(page.getByRole('article').elements()).toHaveLength(6);
  await page.getByRole('button', { name: 'Know', exact: true }).click();
  expect(location.hash).toBe('#/?preset=know');
  expect(page.getByRole('article').elements()).toHaveLength(4);
});

test('removing the model’s adapter while its sheet is open leaves the sheet open', async () => {
  open();
  await page.getByRole('button', { name: 'Lane 4 wears: robust-reader 1.0' }).click();
  await page.getByRole('switch', { name: 'Use robust-reader' }).click();
  await expect.element(page.getByRole('switch', { name: 'Use robust-reader' })).toBeVisible();
  await expect.element(page.getByRole('button', { name: 'Lane 4 wears: No adapter' })).toBeInTheDocument();
});

test('a removed lane leaves its answer to nobody, and comes back with it', async () => {
  open();
  await ask().click();
  await answered(4);
  const add = page.getByRole('button', { name: 'Add lane' });
  await add.click();
  await lane(5).getByRole('button', { name: 'Lane 5 actions' }).click();
  await page.getByRole('menuitem', { name: 'Ask only this lane' }).click();
  await answered(5);
  await page.getByRole('button', { name: 'Lane 5 actions' }).click();
  await page.getByRole('menuitem', { name: 'Remove' }).click();
  await add.click();
  expect(state(5)).toBe('idle');
  await page.getByRole('button', { name: 'Undo' }).click();
  await answered(5);
  expect(state(6)).toBe('idle');
});

test('undo without room says so and stays on offer', async () => {
  open();
  await page.getByRole('button', { name: 'Lane 1 actions' }).click();
  await page.getByRole('menuitem', { name: 'Remove' }).click();
  const add = page.getByRole('button', { name: 'Add lane' });
  for (let n = 4; n <= 6; n++) await add.click();
  await page.getByRole('button', { name: 'Undo' }).click();
  const offer = page.getByRole('group', { name: 'Undo' });
  await expect.element(offer).toHaveTextContent('No room for Closed book: six lanes is the most.');
  await expect.element(page.getByRole('status')).toHaveTextContent('No room for Closed book');
  // A preset makes room, and brings a lane under the same id.
  await page.getByRole('button', { name: 'Know', exact: true }).click();
  await page.getByRole('button', { name: 'Undo' }).click();
  expect(page.getByRole('article').elements()).toHaveLength(5);
  await expect.element(offer).not.toBeInTheDocument();
});

test('a link that lists an adapter twice, or one that is not here, still opens, and the adapter can be taken off', async () => {
  const ghost = { adapterId: 'ghost', strength: 1 };
  open({}, `?lanes=${encodeLanes([{ ...laneOf('a', 'Bent', CLOSED), wears: [ghost, ghost] }])}`);
  const chip = page.getByRole('button', { name: 'Lane 1 wears: ghost 1.0' });
  await chip.click();
  const off = page.getByRole('switch', { name: 'Use ghost' });
  await off.click();
  await expect.element(page.getByRole('button', { name: 'Lane 1 wears: No adapter' })).toBeInTheDocument();
  await expect.element(off).toHaveFocus();
  await off.click();
  await expect.element(chip).toBeInTheDocument();
});

test('an adapter of the visitor’s own that is removed is taken off all lanes', async () => {
  open();
  await page.getByRole('button', { name: 'Lane 1 wears: No adapter' }).click();
  const files = document.querySelector<HTMLInputElement>('input[aria-label="Adapter files"]');
  if (!files) throw new Error('There is nowhere to bring an adapter.');
  await userEvent.upload(files, [new File(['{}'], 'adapter_config.json'), new File([''], 'mine.safetensors')]);
  await expect.element(page.getByRole('button', { name: 'Lane 1 wears: mine 1.0' })).toBeInTheDocument();
  await page.getByRole('button', { name: 'Remove mine' }).click();
  await expect.element(page.getByRole('button', { name: 'Lane 1 wears: No adapter' })).toBeInTheDocument();
  await expect.element(page.getByRole('switch', { name: 'Use mine' })).not.toBeInTheDocument();
  await expect.element(page.getByRole('button', { name: 'Bring an adapter…' })).toHaveFocus();
});

test('Esc after a change by arrow key returns the focus to the lane’s recipe', async () => {
  open();
  const chip = page.getByRole('button', { name: 'Lane 1 sees: Nothing' });
  await expect.element(chip).toBeVisible();
  (chip.element() as HTMLElement).focus();
  await userEvent.keyboard('{Enter}');
  await expect.element(page.getByRole('radio', { name: 'Nothing' })).toHaveFocus();
  await userEvent.keyboard('{ArrowDown}');
  await userEvent.keyboard('{Escape}');
  await expect.element(page.getByRole('button', { name: 'Lane 1 sees: Retrieved 4' })).toHaveFocus();
});

for (const width of [1440, 390])
  test(`a word of 400 characters breaks no line of a page ${String(width)} wide`, async () => {
    await page.viewport(width, 900);
    const word = 'QUJD'.repeat(100);
    const lanes = [1, 2].map((n) => ({
      ...laneOf(String(n), word, { kind: 'open', passages: 4 }),
      wears: [{ adapterId: word, strength: 1 }],
    }));
    open({ word }, `?lanes=${encodeLanes(lanes)}`);
    await question().fill(`${word}?`);
    await page.getByRole('button', { name: 'edit known answer' }).click();
    await page.getByRole('textbox', { name: 'Known answer' }).fill(word);
    await page.getByRole('button', { name: 'Set', exact: true }).click();
    await ask().click();
    await answered(2);
    await question().fill(QUESTION.text);
    await expect.element(page.getByText('These answers are to')).toBeVisible();
    await page.getByRole('button', { name: /^Lane 1 wears/ }).click();
    await expect.element(page.getByRole('switch', { name: `Use ${word}` })).toBeVisible();
    await userEvent.keyboard('{Escape}');
    await page.getByRole('button', { name: 'Lane 1 actions' }).click();
    await page.getByRole('menuitem', { name: 'Remove' }).click();
    const { scrollWidth, clientWidth } = document.documentElement;
    expect(scrollWidth).toBeLessThanOrEqual(clientWidth);
    // What hides its own overflow on purpose aside, and the few pixels that a button hangs out.
    const wide = [...document.querySelectorAll<HTMLElement>('main *, .undo, .undo *')].filter(
      (one) =>
        one.scrollWidth > one.clientWidth + 8 && one.clientWidth > 1 && getComputedStyle(one).overflowX === 'visible',
    );
    expect(wide.map(({ tagName, className }) => `${tagName}.${className}`)).toEqual([]);
  });

test('each screen keeps its own place, and one that was not seen yet begins at its top', async () => {
  await page.viewport(390, 600);
  open();
  await recorded();
  scrollTo(0, 700);
  const place = scrollY;
  expect(place).toBeGreaterThan(300);
  const screens = page.getByRole('navigation', { name: 'Screens' });
  await screens.getByRole('link', { name: 'Library' }).click();
  await expect.element(page.getByRole('heading', { name: 'Library', level: 1 })).toBeInViewport();
  expect(scrollY).toBe(0);
  await screens.getByRole('link', { name: 'Compare' }).click();
  await expect.poll(() => scrollY).toBe(place);
});
