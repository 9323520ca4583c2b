import { mount, unmount } from 'svelte';
import { afterEach, expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { LabError } from '../../src/errors';
import type { Lab } from '../../src/lab';
import { type LibrarySearch, PLAIN_LIBRARY_SEARCH } from '../../src/retrieval/settings';
import App from '../../src/ui/App.svelte';
import '../../src/ui/style/styles';
import { axeFindings } from '../fixtures/axe';
import { QUESTION, type Script } from '../fixtures/scriptedAnswers';
import { scriptedLab } from '../fixtures/scriptedLab';
import { CATALOGUE, RERANKER } from '../fixtures/scriptedModels';

let mounted: ReturnType<typeof mount> | null = null;
let lab: Lab;

async function open(script: Script = {}, change: (lab: Lab) => Partial<Lab> = () => ({})): Promise<void> {
  history.replaceState(null, '', '#/library');
  const scripted = scriptedLab(script);
  lab = { ...scripted, ...change(scripted) };
  mounted = mount(App, { target: document.body, props: { lab } });
  await expect.element(query()).toBeVisible();
}

afterEach(async () => {
  if (mounted) await unmount(mounted);
  mounted = null;
  await page.viewport(1280, 900);
});

const query = () => page.getByRole('textbox', { name: 'Search query' });
const chart = (name: string) => page.getByRole('img', { name });
const label = (name: string) => page.getByRole('button', { name, exact: true });

async function search(words: string): Promise<void> {
  await query().fill(words);
  await page.getByRole('button', { name: 'Search', exact: true }).click();
}

/** The table's rows as text, which is there though it is not shown. */
const table = () =>
  Array.from(document.querySelectorAll('[aria-label="Ranks"] tbody tr'), (row) =>
    Array.from(row.children, ({ textContent }) => textContent.trim().replace(/\s+/g, ' ')),
  );

test('the ranks of a search stand side by side, and the line of what holds the answer is dark', async () => {
  await page.viewport(1280, 900);
  await open();
  await search(QUESTION.text);
  await expect.element(chart('Ranks of six chunks in three stages')).toBeVisible();
  await expect.element(page.getByText(/^[\d.]+ ms over 9 chunks, exact$/)).toBeVisible();
  await expect.element(page.getByRole('figure')).toHaveTextContent(/is a chunk that holds the answer/);
  expect(document.querySelectorAll('.rank--gold')).toHaveLength(1);

  const explained = await lab.explain(QUESTION.text, 6, {}, new AbortController().signal);
  const first = explained.passages.slice(0, 6);
  expect(table().map(([name]) => name)).toEqual(first.map(({ chunk }) => chunk.headings[0]));
  expect(table().map((cells) => Number.parseInt(cells[3] ?? '', 10))).toEqual([1, 2, 3, 4, 5, 6]);
  expect(table().map((cells) => Number.parseInt(cells[1] ?? '', 10))).toEqual(first.map(({ at }) => at.dense?.rank));
  expect(table()[0]?.[1]).toBe(`${String(first[0]?.at.dense?.rank)} ${first[0]?.at.dense?.score.toFixed(2) ?? ''}`);
  expect(await axeFindings()).toEqual([]);
});

test('the chosen passage says why it stands where it stands, with the words that were looked for marked in it', async () => {
  await page.viewport(1280, 900);
  await open();
  await search('leave of part-time staff');
  await label('Part-time leave p. 11').click();
  await expect.element(page.getByRole('heading', { name: /^Why “Part-time leave” is / })).toBeVisible();
  const passage = page.getByRole('group', { name: 'Passage' });
  await expect.element(passage).toHaveTextContent('Part-time staff get 16 days of leave, counted by the hour.');
  const marked = () => Array.from(passage.element().querySelectorAll('mark'), ({ textContent }) => textContent);
  expect(marked()).toEqual(['Part', 'time', 'staff', 'of', 'leave']);
  // Nobody knows where the answer of a free query stands.
  expect(document.querySelectorAll('.rank--gold')).toHaveLength(0);

  await label('Unpaid leave p. 18').click();
  await expect.element(page.getByRole('heading', { name: /^Why “Unpaid leave” is / })).toBeVisible();
  expect(marked()).toEqual(['leave']);
  await page.getByRole('button', { name: 'Show as table: Rank at each stage' }).click();
  await expect.element(page.getByRole('table', { name: 'Ranks' })).toBeVisible();
});

test('on a narrow page the table stands in for the chart, and nothing scrolls sideways', async () => {
  await page.viewport(390, 844);
  await open();
  await search(QUESTION.text);
  await expect.element(page.getByRole('table', { name: 'Ranks' })).toBeVisible();
  await expect.element(chart('Ranks of six chunks in three stages')).not.toBeInTheDocument();
  await page.getByRole('table', { name: 'Ranks' }).getByRole('button', { name: 'Illness' }).click();
  await expect.element(page.getByRole('heading', { name: /^Why “Illness” is / })).toBeVisible();
  expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(390);
  expect(await axeFindings()).toEqual([]);
});

test('the chart is drawn anew at the width it gets', async () => {
  await page.viewport(1280, 900);
  await open();
  await search(QUESTION.text);
  const drawn = () => document.querySelector('.ranks svg')?.getAttribute('viewBox')?.split(' ')[2];
  await expect.element(chart('Ranks of six chunks in three stages')).toBeVisible();
  const frame = document.querySelector<HTMLElement>('.fig');
  await expect.poll(drawn).toBe(String(frame?.clientWidth));
  // No head of a column is cut at the edge.
  const edge = document.querySelector('.ranks svg')?.getBoundingClientRect().left ?? NaN;
  for (const head of document.querySelectorAll('.ranks svg text.b'))
    expect(head.getBoundingClientRect().left).toBeGreaterThanOrEqual(edge);
  if (frame) frame.style.width = '480px';
  await expect.poll(drawn).toBe('480');
});

test('settings are the library’s: they are kept, search again at once, and can be reset', async () => {
  await page.viewport(1280, 900);
  const kept: (LibrarySearch | null)[] = [];
  await open({}, (lab) => ({
    arrangement: {
      ...lab.arrangement,
      setSearch: (search) => {
        kept.push(search);
        return lab.arrangement.setSearch(search);
      },
    },
  }));
  await search('leave of part-time staff');
  await expect.element(chart('Ranks of six chunks in three stages')).toBeVisible();

  await page.getByRole('button', { name: 'Search settings' }).click();
  await page.getByRole('spinbutton', { name: 'Weight of meaning' }).fill('0');
  await userEvent.tab();
  await expect.element(page.getByRole('button', { name: 'Search settings, changed' })).toBeInTheDocument();
  await page.getByRole('spinbutton', { name: 'Passages shown here' }).fill('9');
  await userEvent.tab();
  await page.getByRole('switch', { name: 'Varied passages (MMR)' }).click();
  await expect.element(chart('Ranks of 9 chunks in four stages')).toBeInTheDocument();
  expect(await axeFindings()).toEqual([]);

  await page.getByRole('button', { name: 'Reset' }).click();
  await expect.element(chart('Ranks of six chunks in three stages')).toBeInTheDocument();
  await expect.element(page.getByRole('button', { name: 'Search settings', exact: true })).toBeInTheDocument();
  const weights = { words: 1, dense: 0 };
  expect(kept).toEqual([
    { ...PLAIN_LIBRARY_SEARCH, weights },
    { ...PLAIN_LIBRARY_SEARCH, weights, limit: 9 },
    { ...PLAIN_LIBRARY_SEARCH, weights, limit: 9, lambda: 0.5 },
    null,
  ]);
});

test('a search that fails says so, and the next one that does not takes its place', async () => {
  let fails = true;
  await open({}, (lab) => ({
    explain: (...asked) =>
      fails ? Promise.reject(new LabError('worker-lost', 'The finder is gone.')) : lab.explain(...asked),
  }));
  await search('leave');
  await expect.element(page.getByText(/The finder is gone\./)).toBeVisible();
  fails = false;
  await search('leave');
  await expect.element(page.getByText(/The finder is gone\./)).not.toBeInTheDocument();
  await expect.element(page.getByRole('heading', { name: /^Why “.*leave” is first$/ })).toBeVisible();
  await search('zzz');
  await expect.element(page.getByRole('textbox', { name: 'Search query' })).toHaveValue('zzz');
});

test('a search in steps is offered with a reader that writes, and shows each step', async () => {
  await open();
  await expect.element(page.getByRole('button', { name: 'Search in steps' })).not.toBeInTheDocument();
  if (mounted) await unmount(mounted);
  await open({ models: CATALOGUE.map((model) => (model.id === 'reader-tiny' ? { ...model, writes: true } : model)) });
  await query().fill('How long is the trial?');
  await page.getByRole('button', { name: 'Search in steps' }).click();
  const steps = page.getByRole('list', { name: 'Steps' });
  await expect.element(steps).toHaveTextContent(/Searched for “How long is the trial\?”/);
  await expect.element(steps).toHaveTextContent(/Put it as “trial period of new staff”/);
  await expect.element(page.getByRole('list', { name: 'Found in all' })).toHaveTextContent(/six months/);
});

test('a reranker that is here is chosen beside the search; the search then asks it, and none lets it go', async () => {
  const used: string[] = [];
  const kept: (LibrarySearch | null)[] = [];
  await open({ models: [...CATALOGUE, RERANKER] }, (lab) => ({
    use: (role, id) => {
      if (role === 'reranker') used.push(id);
      lab.use(role, id);
    },
    arrangement: {
      ...lab.arrangement,
      setSearch: (search) => {
        kept.push(search);
        return lab.arrangement.setSearch(search);
      },
    },
  }));
  await page.getByRole('button', { name: 'Search settings' }).click();
  const choice = page.getByRole('combobox', { name: 'Reranker' });
  await choice.selectOptions('MiniLM reranker');
  await expect.element(page.getByRole('spinbutton', { name: 'It reads the best' })).toHaveValue(20);
  await choice.selectOptions('None');
  await expect.element(page.getByRole('spinbutton', { name: 'It reads the best' })).not.toBeInTheDocument();
  expect(used).toEqual(['minilm-rerank', '']);
  expect(kept.map((search) => search?.rerank)).toEqual([20, 0]);
});

test('a field shows the value that counts, and settings that leave everything out say so', async () => {
  await page.viewport(1440, 900);
  await open();
  await search('leave of part-time staff');
  await expect.element(chart('Ranks of six chunks in three stages')).toBeVisible();
  const settings = page.getByRole('button', { name: /^Search settings/ });
  await settings.click();
  const sheet = page.getByRole('dialog', { name: 'Search settings' });
  const field = (name: string) => page.getByRole('spinbutton', { name });
  const enter = async (name: string, value: string) => {
    await field(name).fill(value);
    await userEvent.tab();
  };
  const words = field('Weight of words');
  await enter('Weight of words', '');
  await expect.element(words).toHaveValue(1);
  for (const [typed, counts] of [
    ['10', 10],
    ['5000', 10],
    ['-5', 0],
  ] as const) {
    await enter('Weight of words', typed);
    await expect.element(words).toHaveValue(counts);
  }
  await enter('Least fused', '1');
  await enter('Least fused', '7');
  await expect.element(field('Least fused')).toHaveValue(1);
  await enter('Least fused', '');
  await enter('Weight of meaning', '0');
  await expect.element(page.getByText('The search settings leave every passage out.')).toBeInTheDocument();
  // The sheet still stands beside its button, whose words have grown.
  const [above, below] = [settings.element().getBoundingClientRect(), sheet.element().getBoundingClientRect()];
  expect(above.left).toBeLessThan(below.right);
  expect(above.right).toBeGreaterThan(below.left);
  expect(await axeFindings()).toEqual([]);
  await page.getByRole('button', { name: 'Reset' }).click();
  await expect.element(page.getByText('The search settings leave every passage out.')).not.toBeInTheDocument();
});

test('ranks of before the documents changed say so, until they are searched again', async () => {
  await page.viewport(1280, 900);
  const searched: string[] = [];
  await open({}, (lab) => ({
    explain: (query, ...rest) => {
      searched.push(query);
      return lab.explain(query, ...rest);
    },
  }));
  const outdated = page.getByText('What is searched has changed since.');
  await search('leave of part-time staff');
  await expect.element(chart('Ranks of six chunks in three stages')).toBeVisible();
  await expect.element(outdated).not.toBeInTheDocument();

  const used = page.getByRole('switch', { name: /^Use / }).first();
  await used.click();
  await expect.element(outdated).toBeVisible();
  expect(await axeFindings()).toEqual([]);
  await used.click();
  await expect.element(outdated).not.toBeInTheDocument();

  await used.click();
  await query().fill('something half typed');
  await page.getByRole('button', { name: 'Search again' }).click();
  await expect.element(outdated).not.toBeInTheDocument();
  await expect.element(query()).toHaveValue('leave of part-time staff');
  expect(searched).toEqual(['leave of part-time staff', 'leave of part-time staff']);
});

test('a search for nothing says what is missing, and asks nobody', async () => {
  let searches = 0;
  await open({}, (lab) => ({
    explain: (...asked) => {
      searches++;
      return lab.explain(...asked);
    },
  }));
  const missing = page.getByText('Write what to search for first.');
  await search('  ');
  await expect.element(missing).toBeVisible();
  await expect.element(query()).toHaveFocus();
  await expect.element(query()).toHaveAccessibleDescription('Write what to search for first.');
  expect(searches).toBe(0);
  expect(await axeFindings()).toEqual([]);
  await query().fill('leave');
  await expect.element(missing).not.toBeInTheDocument();
});
