import { mount, unmount } from 'svelte';
import { afterEach, expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { LabError } from '../../src/errors';
import type { Lab, LibraryState } from '../../src/lab';
import App from '../../src/ui/App.svelte';
import '../../src/ui/style/styles';
import { axeFindings } from '../fixtures/axe';
import { scriptedLab } from '../fixtures/scriptedLab';

let mounted: ReturnType<typeof mount> | null = null;
let library: LibraryState;

type Source = LibraryState['sources'][number];

/** A library of which some sources are as told, by their place. */
async function open(
  changes: Readonly<Record<number, Partial<Source>>> = {},
  more: Partial<LibraryState> = {},
  change: (lab: Lab) => Partial<Lab> = () => ({}),
): Promise<void> {
  history.replaceState(null, '', '#/library');
  const lab = scriptedLab();
  const first = new Map(Object.entries(changes));
  const told: Lab['onLibrary'] = (listener) =>
    lab.onLibrary((state) => {
      // What the visitor changes since is the script's own.
      const sources = state.sources.map((source) => ({ ...first.get(source.id.slice(1)), ...source }));
      library = { ...more, ...state, sources, copies: more.copies ?? {} };
      listener(library);
    });
  mounted = mount(App, { target: document.body, props: { lab: { ...lab, onLibrary: told, ...change(lab) } } });
  await expect.poll(() => rows().length).toBe(8);
}

afterEach(async () => {
  if (mounted) await unmount(mounted);
  mounted = null;
});

const rows = () => page.getByRole('rowheader').elements();
const row = (name: string) => page.getByRole('row').filter({ has: page.getByRole('rowheader', { name }) });
const button = (name: string | RegExp) => page.getByRole('button', { name });

async function orderOf(title: string) {
  await button(`Tags and collection of ${title}`).click();
}

test('what is noted of a document stands in its row, and only such rows can be shown', async () => {
  await open(
    { 2: { instructions: { count: 1, lines: [88] } }, 3: { instructions: { count: 3, lines: [5, 9] } } },
    { copies: { s4: { count: 6, of: 's0' }, s5: { count: 7, of: 's0' }, s6: { count: 1, of: 's0' } } },
  );
  const [, second, third, fourth, fifth, sixth, seventh] = library.sources.map(({ title }) => title);
  const first = library.sources[0]?.title ?? '';
  await expect.element(row(second ?? '')).toHaveTextContent(`Replaced by ${first}`);
  await expect.element(row(second ?? '')).toHaveTextContent('It is not searched, and is offered as noise.');
  await expect.element(row(third ?? '')).toHaveTextContent('Contains instructions, line 88');
  await expect.element(row(third ?? '')).toHaveTextContent('It is shown as evidence only.');
  await expect.element(row(fourth ?? '')).toHaveTextContent('Contains instructions, line 5 and 2 more');
  const counts = library.sources.map(({ chunkCount }) => chunkCount);
  expect(counts.slice(4, 7)).toEqual([7, 8, 6]);
  await expect.element(row(fifth ?? '')).toHaveTextContent(`Nearly the same as ${first}: 6 of 7 passages counted once`);
  await expect.element(row(sixth ?? '')).toHaveTextContent(`Nearly the same as ${first}: 7 of 8 passages counted once`);
  await expect.element(row(seventh ?? '')).toHaveTextContent(`1 of 6 passages are also in ${first}: counted once`);
  await page.getByLabelText('Show', { exact: true }).selectOptions('With a note');
  await expect.poll(() => rows().length).toBe(6);
  await page.getByLabelText('Find a document').fill(third ?? '');
  await expect.poll(() => rows().length).toBe(1);
  await page.getByLabelText('Find a document').fill('nothing is called so');
  await expect.element(page.getByText('No document is like that.')).toBeVisible();
});

test('an older version is kept beside the newer one, or used in its stead; both can be taken back', async () => {
  await open();
  const [first, second] = library.sources.map(({ title }) => title) as [string, string];
  await button(`Use ${second} as the current version`).click();
  await expect.element(row(first)).toHaveTextContent(`Replaced by ${second}`);
  await expect.element(row(second)).not.toHaveTextContent('Replaced by');
  await button('Undo').click();
  await expect.element(row(second)).toHaveTextContent(`Replaced by ${first}`);
  await button(`Keep both, ${second} is no older version`).click();
  await expect.element(row(second)).not.toHaveTextContent('Replaced by');
  await button('Undo').click();
  await expect.element(row(second)).toHaveTextContent(`Replaced by ${first}`);
});

test('tags are written with commas, offered again, and shown on their own', async () => {
  await open();
  const [first, , third] = library.sources.map(({ title }) => title) as [string, string, string];
  await orderOf(first);
  await page.getByLabelText('Tags, with commas between them').fill('safety, night');
  await userEvent.keyboard('{Enter}{Escape}');
  await expect.element(row(first)).toHaveTextContent(/safety, *night/);
  await orderOf(third);
  await page.getByRole('group', { name: 'Tags in use' }).getByRole('button', { name: 'night' }).click();
  await userEvent.keyboard('{Escape}');
  await page.getByLabelText('Show', { exact: true }).selectOptions('Tagged night');
  await expect.poll(() => rows().length).toBe(2);
});

test('a collection is made, filled, renamed and removed; its documents stay', async () => {
  await open();
  const [first] = library.sources.map(({ title }) => title) as [string];
  expect(page.getByText('8 documents').elements()).toHaveLength(0);
  await button('New collection').click();
  await page.getByLabelText('Name of the collection').fill('Crew');
  await userEvent.keyboard('{Enter}');
  await expect.element(button('Change the collection Crew')).toBeVisible();
  await orderOf(first);
  await page.getByLabelText('Collection', { exact: true }).selectOptions('Crew');
  await userEvent.keyboard('{Escape}');
  await expect.element(page.getByRole('rowgroup', { name: 'Crew' })).toHaveTextContent(first);
  await button('Change the collection Crew').click();
  await page.getByLabelText('Name', { exact: true }).fill('Deck');
  await userEvent.keyboard('{Enter}');
  await expect.element(page.getByRole('rowgroup', { name: 'Deck' })).toHaveTextContent(first);
  await button('Change the collection Deck').click();
  await button('Remove the collection').click();
  await expect.element(page.getByRole('rowgroup', { name: 'Your documents' })).toHaveTextContent(first);
  await button('Undo').click();
  await expect.element(page.getByRole('rowgroup', { name: 'Deck' })).toHaveTextContent(first);
  // The sample's is not the visitor's to remove.
  await button('Change the collection Sample handbook').click();
  expect(button('Remove the collection').elements()).toHaveLength(0);
});

test('what is searched is chosen by collection and tag, and said', async () => {
  await open({ 0: { tags: ['night'] } });
  await button('Search in: everything').click();
  await page.getByLabelText('Sample handbook').click();
  await page.getByLabelText('tagged night').click();
  await userEvent.keyboard('{Escape}');
  await expect.element(button('Search in: Sample handbook, tagged night')).toBeVisible();
  expect(library.scope).toEqual({ collections: ['sample'], tags: ['night'] });
  await button(/^Search in: /).click();
  await page.getByLabelText('Sample handbook').click();
  await page.getByLabelText('tagged night').click();
  await userEvent.keyboard('{Escape}');
  await expect.element(button('Search in: everything')).toBeVisible();
  expect(library.scope).toBeNull();
});

test('a document is chosen by its name, once more to let it go', async () => {
  await open();
  const name = page.getByRole('rowheader').getByRole('button').nth(2);
  await name.click();
  await expect.element(name).toHaveAttribute('aria-pressed', 'true');
  expect(document.querySelectorAll('[data-chosen]')).toHaveLength(1);
  await name.click();
  await expect.element(name).toHaveAttribute('aria-pressed', 'false');
});

test('what the store refuses is told', async () => {
  await open({}, {}, (lab) => ({
    arrangement: {
      ...lab.arrangement,
      keepBoth: () => Promise.reject(new LabError('storage-full', 'There is no room.')),
    },
  }));
  await button(/^Keep both/).click();
  await expect.element(page.getByText('There is no room.')).toBeVisible();
});

test('a lane searches where it says, and its recipe says it', async () => {
  await open({ 0: { tags: ['night'] } });
  history.replaceState(null, '', '#/compare');
  dispatchEvent(new HashChangeEvent('hashchange'));
  const chip = button(/^Lane 2 sees: Retrieved/);
  await chip.first().click();
  await page.getByRole('group', { name: 'Search only in' }).getByLabelText('tagged night').click();
  await userEvent.keyboard('{Escape}');
  await expect.element(button('Lane 2 sees: In tagged night')).toBeVisible();
  expect(location.hash).toContain('lanes=');
});

for (const theme of ['light', 'dark'])
  for (const width of [1440, 390])
    test(`axe finds nothing and nothing scrolls sideways, ${theme}, ${String(width)} wide`, async () => {
      await page.viewport(width, 900);
      localStorage.setItem('openbook:theme', theme);
      await open(
        { 2: { instructions: { count: 1, lines: [88] }, tags: ['safety', 'night'] } },
        { copies: { s4: { count: 6, of: 's0' } } },
      );
      await button('New collection').click();
      await page.getByLabelText('Name of the collection').fill('Crew');
      await userEvent.keyboard('{Enter}');
      await expect.element(button('Change the collection Crew')).toBeVisible();
      await page.getByRole('rowheader').getByRole('button').nth(0).click();
      expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(width);
      expect(await axeFindings()).toEqual([]);
      await orderOf(library.sources[3]?.title ?? '');
      await expect.element(page.getByLabelText('Tags, with commas between them')).toBeVisible();
      expect(await axeFindings()).toEqual([]);
      localStorage.removeItem('openbook:theme');
    });
