import { mount, unmount } from 'svelte';
import { afterEach, expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import type { ChunkSettings } from '../../src/documents/chunking';
import type { Lab } from '../../src/lab';
import App from '../../src/ui/App.svelte';
import '../../src/ui/style/styles';
import { axeFindings } from '../fixtures/axe';
import { scriptedChunks } from '../fixtures/scriptedChunks';
import { scriptedLab } from '../fixtures/scriptedLab';

let mounted: ReturnType<typeof mount> | null = null;

async function open(change: (lab: Lab) => Partial<Lab> = () => ({})): Promise<Lab> {
  history.replaceState(null, '', '#/library');
  const scripted = scriptedLab();
  const lab = { ...scripted, ...change(scripted) };
  mounted = mount(App, { target: document.body, props: { lab } });
  await expect.element(inspector()).toBeVisible();
  return lab;
}

afterEach(async () => {
  if (mounted) await unmount(mounted);
  mounted = null;
});

const inspector = () => page.getByRole('region', { name: 'Chunk inspector' });
const button = (name: string | RegExp) => page.getByRole('button', { name });
const panel = () => page.getByRole('form', { name: 'Chunk settings' });
const boundaries = () => page.getByRole('region', { name: 'Boundaries over the text' });
const current = () => inspector().element().querySelector('[aria-current="true"]')?.textContent ?? '';
const cost = () => panel().getByRole('status');

test('the inspector goes through a document chunk by chunk, between its neighbours', async () => {
  await open();
  await expect.element(inspector()).toHaveTextContent('1 / 15');
  expect(current()).toMatch(/chunk 1\s*\d+ tokens\s*p\. 1/);
  expect(current()).toContain('Rule 1 says');
  await expect.element(button('Previous chunk')).toBeDisabled();
  await button('Next chunk').click();
  await expect.poll(current).toContain('chunk 2');
  expect(inspector().element().querySelectorAll('.chunk')).toHaveLength(3);
  await button('Previous chunk').click();
  await expect.poll(current).toContain('chunk 1');
  expect(await axeFindings()).toEqual([]);
});

test('a document chosen in the table is the one looked at, from its beginning', async () => {
  await open();
  await button('Next chunk').click();
  await expect.poll(current).toContain('chunk 2');
  await button('Fees and billing').first().click();
  await expect.element(inspector()).toHaveTextContent('Fees and billing');
  await expect.poll(current).toContain('chunk 1');
});

test('the settings show at once where they would cut, and what they would cost, before they are applied', async () => {
  const applied: ChunkSettings[] = [];
  await open((lab) => ({
    chunks: {
      ...lab.chunks,
      apply: (settings) => {
        applied.push(settings);
        return lab.chunks.apply(settings);
      },
    },
  }));
  await button('Chunk settings: 120 words, overlap 0').click();
  await expect.element(boundaries()).toHaveTextContent(/1\d\d words/);
  await expect.element(panel().getByRole('button', { name: 'Apply' })).toBeDisabled();
  await expect.element(cost()).toHaveTextContent('As the library is cut now.');

  await panel().getByLabelText('Strategy').selectOptions('Fixed windows');
  await panel().getByLabelText('Size').fill('50');
  await panel().getByLabelText('Overlap').fill('10');
  await expect.element(boundaries()).toHaveTextContent(/50 words.*50 words.*50 words/);
  // Ten words of each are the next one's too.
  await expect.poll(() => boundaries().element().querySelectorAll('.overlap').length).toBeGreaterThan(3);
  expect(boundaries().element().querySelector('.overlap')?.textContent.trim().split(/\s+/)).toHaveLength(10);
  await expect.element(cost()).toHaveTextContent(/\d+ chunks instead of 120; \d+ of them are embedded anew/);
  expect(applied).toEqual([]);
  expect(await axeFindings()).toEqual([]);

  await panel().getByRole('button', { name: 'Apply' }).click();
  expect(applied).toMatchObject([{ strategy: 'fixed', size: 50, overlap: 10, unit: 'words', header: 'title' }]);
  await expect.element(panel()).not.toBeInTheDocument();
  await expect.element(button('Chunk settings: 50 words, overlap 10')).toHaveFocus();
  await expect.element(page.getByText('Cutting, 3 of 8 documents')).toBeVisible();

  await button('Stop cutting').click();
  await expect.element(page.getByText(/^5 documents are still cut by earlier settings/)).toBeVisible();
  await button('Go on cutting').click();
  await expect.element(page.getByText(/still cut by earlier settings/)).not.toBeInTheDocument();
});

test('Cancel leaves everything as it is', async () => {
  await open();
  await button(/^Chunk settings/).click();
  await panel().getByLabelText('Size').fill('400');
  await panel().getByRole('button', { name: 'Cancel' }).click();
  await expect.element(button('Chunk settings: 120 words, overlap 0')).toHaveFocus();
  await button(/^Chunk settings/).click();
  await expect.element(panel().getByLabelText('Size')).toHaveValue(120);
});

test('tokens are counted about as long as the words were, and numbers stay within their limits', async () => {
  await open();
  await button(/^Chunk settings/).click();
  await panel().getByLabelText('Counted in').selectOptions('tokens of the finder');
  await expect.element(panel().getByLabelText('Size')).toHaveValue(200);
  const size = panel().getByLabelText('Size');
  await size.fill('5');
  await userEvent.keyboard('{Tab}');
  await expect.element(size).toHaveValue(10);
  const overlap = panel().getByLabelText('Overlap');
  await overlap.fill('999');
  await userEvent.keyboard('{Tab}');
  await expect.element(overlap).toHaveValue(5);
});

test('a sentence on each document is offered only where the model in use is marked able to write', async () => {
  await open();
  await button(/^Chunk settings/).click();
  const header = panel().getByLabelText('Put before a chunk when it is embedded');
  await expect.element(header).toHaveTextContent('Title and all headings');
  expect(header.element().textContent).not.toContain('a sentence on the document');
});

test('it is offered with one that writes', async () => {
  await open((lab) => ({
    onCatalogue: (listener) =>
      lab.onCatalogue((models) => listener(models.map((model) => ({ ...model, writes: true })))),
  }));
  await button(/^Chunk settings/).click();
  const header = panel().getByLabelText('Put before a chunk when it is embedded');
  await header.selectOptions('Title, all headings and a sentence on the document');
  await expect.element(page.getByText('The model writes one sentence for each document, once.')).toBeVisible();
});

test('text that two chunks share is marked in both', async () => {
  await open();
  await button(/^Chunk settings/).click();
  await panel().getByLabelText('Strategy').selectOptions('Sentences');
  await panel().getByLabelText('Overlap').fill('40');
  await panel().getByRole('button', { name: 'Apply' }).click();
  await button('Next chunk').click();
  await expect.poll(current).toContain('chunk 2');
  await expect.element(page.getByText(/is shared by two neighbouring chunks/)).toBeVisible();
  const marked = [...inspector().element().querySelectorAll('.chunk')].map((chunk) =>
    [...chunk.querySelectorAll('.overlap')].map(({ textContent }) => textContent.trim()),
  );
  expect(marked[0]).toEqual([marked[1]?.[0]]);
  expect(marked[2]).toEqual([marked[1]?.[1]]);
  expect(marked[1]?.[0]).toMatch(/^Rule \d+ says/);
});

test('a cutting that fails says why, and what was cut can be looked at', async () => {
  await open(() => ({ chunks: scriptedChunks(() => 'Fees and billing', true) }));
  await button(/^Chunk settings/).click();
  await panel().getByLabelText('Size').fill('60');
  await panel().getByRole('button', { name: 'Apply' }).click();
  await expect.element(page.getByText('The model is not kept in this browser.')).toBeVisible();
  await expect.element(button('Go on cutting')).toBeVisible();
  await expect.poll(current).toContain('chunk 1');
});
