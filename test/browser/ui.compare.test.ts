import { mount, unmount } from 'svelte';
import { afterEach, expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import App from '../../src/ui/App.svelte';
import '../../src/ui/style/styles';
import { QUESTION, scriptedLab, type Script } from '../fixtures/scriptedLab';

let mounted: ReturnType<typeof mount> | null = null;

function open(script: Script = {}): void {
  history.replaceState(null, '', '#/');
  mounted = mount(App, { target: document.body, props: { lab: scriptedLab(script) } });
}

afterEach(async () => {
  if (mounted) await unmount(mounted);
  mounted = null;
});

const lane = (n: number) => page.getByRole('article', { name: new RegExp(`^Lane ${String(n)}:`) });
const state = (n: number) => lane(n).element().getAttribute('data-state');
const ask = () => page.getByRole('button', { name: 'Ask', exact: true });

async function answered(n: number): Promise<void> {
  await expect.poll(() => state(n)).toBe('answered');
}

test('the recorded example stands until something is asked', async () => {
  open();
  for (let n = 1; n <= 4; n++) await expect.poll(() => state(n)).toBe('recorded');
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
  const model = (state: string) => page.getByRole('button', { name: `Model: Tiny reader, ${state}`, exact: true });
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
  await page.getByRole('button', { name: 'Model: Tiny reader, loading 24%' }).click();
  await userEvent.keyboard('{Escape}');
  await expect.element(page.getByRole('button', { name: 'Model: Tiny reader, loading 24%' })).toBeVisible();
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

test('a question of the visitor’s own is not marked until they say what the answer is', async () => {
  open();
  const question = page.getByRole('textbox', { name: 'Question', exact: true });
  await question.fill('What does the moon weigh?');
  await ask().click();
  await answered(4);
  expect(page.getByText('No known answer', { exact: true }).elements()).toHaveLength(4);

  await page.getByRole('button', { name: 'edit known answer' }).click();
  await page.getByRole('textbox', { name: 'Known answer' }).fill('27 days');
  await page.getByRole('button', { name: 'Set', exact: true }).click();
  await ask().click();
  await expect.poll(() => page.getByText('No known answer', { exact: true }).elements().length).toBe(0);

  await question.fill(QUESTION.text);
  await expect.element(page.getByRole('group', { name: 'Bench settings' })).toHaveTextContent('Known answer 27 days');
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
