import { expect, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { decodeLanes } from '../../src/lanes/link';
import type { Noisy } from '../../src/lanes/lane';
import { axeFindings } from '../fixtures/axe';
import { answered, ask, lane, open, openWith, question, recorded } from '../fixtures/comparePage';
import { scriptedLab } from '../fixtures/scriptedLab';

const sheet = () => page.getByRole('button', { name: 'Lane 3 sees: Noise 3' });
/** What lane 3 sees, as the address says it. */
function linked(): Noisy {
  const encoded = new URLSearchParams(location.hash.split('?')[1]).get('lanes') ?? '';
  const sees = decodeLanes(encoded)?.[2]?.sees;
  if (sees?.kind !== 'noisy') throw new Error('Lane 3 of the address sees no noise.');
  return sees;
}
const ladder = () => page.getByRole('region', { name: 'Noise ladder', exact: true });
const climb = async () => {
  await page.getByRole('button', { name: 'Noise ladder', exact: true }).click();
  await expect.element(ladder().getByRole('img')).toBeVisible();
};

test('a lane’s noise is set by number or share, by kind, by place and seed, and is kept in the address', async () => {
  open();
  await sheet().click();
  await page.getByRole('radio', { name: 'a share' }).click();
  const percent = page.getByRole('spinbutton', { name: /^Percent of noise/ });
  await percent.fill('90');
  await userEvent.tab();
  await expect.element(percent).toHaveValue(75);
  expect(linked().rate).toBe(0.75);
  await expect.element(page.getByRole('button', { name: 'Lane 3 sees: Noise 12' })).toBeInTheDocument();
  await page.getByRole('checkbox', { name: 'Contradiction' }).click();
  await page.getByRole('checkbox', { name: 'Stale version' }).click();
  expect(linked().noiseKinds).toEqual(['look-alike', 'random', 'contradiction']);

  await page.getByText('Evidence and seed', { exact: true }).click();
  const place = page.getByRole('combobox', { name: 'The passages with the answer stand' });
  await place.selectOptions('last');
  const seed = page.getByRole('spinbutton', { name: /^Seed of the noise/ });
  await seed.fill('12');
  await userEvent.tab();
  expect(linked()).toMatchObject({ evidence: 'last', noiseSeed: 12 });
  await page.getByRole('checkbox', { name: 'Leave out the passages with the answer' }).click();
  expect(linked().withoutEvidence).toBe(true);
  await expect.element(place).toBeDisabled();
  await expect.element(page.getByText('Evidence and seed, 3 set')).toBeVisible();

  // All taken back, it is the preset again.
  await page.getByRole('checkbox', { name: 'Leave out the passages with the answer' }).click();
  await place.selectOptions('');
  await seed.fill('');
  await page.getByRole('checkbox', { name: 'Contradiction' }).click();
  await page.getByRole('checkbox', { name: 'Stale version' }).click();
  await page.getByRole('radio', { name: 'a number' }).click();
  const noise = page.getByRole('spinbutton', { name: 'Noise passages' });
  await noise.fill('3');
  await userEvent.tab();
  expect(location.hash).toBe('#/');
});

test('leaving the evidence out takes a known answer', async () => {
  open();
  await question().fill('Something nobody knows');
  await sheet().click();
  await page.getByText('Evidence and seed', { exact: true }).click();
  await expect.element(page.getByRole('checkbox', { name: 'Leave out the passages with the answer' })).toBeDisabled();
  await expect.element(page.getByText('Which those are takes a known answer.')).toBeVisible();
});

test('noise is previewed before anything is asked, and forgotten with the question', async () => {
  const lab = scriptedLab({});
  const compare = vi.spyOn(lab, 'compare');
  openWith(lab, '');
  await recorded();
  await sheet().click();
  await page.getByRole('button', { name: 'Preview noise' }).click();
  const preview = page.getByRole('region', { name: 'Preview of noise' });
  await expect.element(preview).toHaveTextContent('None of these holds the known answer.');
  await expect.element(preview).toHaveTextContent('Three candidates held the answer and were replaced.');
  await expect.element(preview).toHaveTextContent('made up');
  await expect.element(preview.getByText('None for this question.')).toBeVisible();
  expect(preview.getByText('in this lane').elements()).toHaveLength(3);
  // What the lane mixes comes before what it could.
  const kinds = Array.from(preview.element().querySelectorAll('dt'), ({ textContent }) =>
    /in this lane/.test(textContent),
  );
  expect(kinds).toEqual([...kinds].sort((a, b) => Number(b) - Number(a)));
  expect(kinds).toContain(false);
  expect(compare).not.toHaveBeenCalled();
  await userEvent.keyboard('{Escape}');
  await question().fill('Something nobody knows');
  await sheet().click();
  await expect.element(page.getByRole('region', { name: 'Preview of noise' })).not.toBeInTheDocument();
  await page.getByRole('button', { name: 'Preview noise' }).click();
  await expect
    .element(page.getByText('There is no known answer, so these are not checked.', { exact: false }))
    .toBeVisible();
});

test('a lane tells what was replaced and what did not fit', async () => {
  open({
    reports: {
      noise: { asked: 5, shown: 3, replaced: 3, leftOut: 1 },
      book: { chunks: 47, tokens: 2310, window: 1024, cut: { chunks: 31, tokens: 1540 } },
    },
  });
  await page.getByRole('button', { name: 'Lane 2 sees: Retrieved 4' }).click();
  await page.getByRole('radio', { name: /^Whole documents/ }).click();
  await userEvent.keyboard('{Escape}');
  await ask().click();
  await answered(4);
  for (const words of [
    'One passage with the answer is left out.',
    'Only three of five noise passages: the library has no more of these kinds.',
    'Three candidates held the answer and were replaced.',
  ])
    await expect.element(lane(3).getByText(words)).toBeVisible();
  await expect
    .element(lane(2).getByText('Cut to fit: the last 31 passages were left out, 1,540 tokens.'))
    .toBeVisible();
  await expect
    .element(lane(2).getByText('Whole documents: 2,310 tokens in 47 passages; the model’s window holds 1,024 tokens.'))
    .toBeVisible();
});

test('the ladder draws where each series breaks, with a table that says the same', async () => {
  open();
  await recorded();
  await climb();
  await expect
    .element(
      ladder().getByText(
        'Without an adapter the answer breaks at three noise passages; with robust-reader the answer breaks at 8 noise passages. One question proves little.',
      ),
    )
    .toBeVisible();
  const name = ladder().getByRole('img').element().getAttribute('aria-label') ?? '';
  expect(name).toContain(
    'No adapter: breaks at 3 (0: correct, 1: correct, 2: correct, 3: wrong, 5: wrong, 8: abstained)',
  );
  expect(name).toContain(
    'robust-reader: breaks at 8 (0: correct, 1: correct, 2: correct, 3: correct, 5: correct, 8: abstained)',
  );
  await ladder().getByRole('button', { name: 'Show as table: Noise ladder' }).click();
  const rows = ladder().getByRole('table', { name: 'Noise ladder' }).getByRole('row');
  expect(
    rows.elements().map((row) => [...row.children].map((cell) => /^\w+/.exec(cell.textContent.trim())?.[0])),
  ).toEqual([
    ['Noise', 'No', 'robust'],
    ['0', 'Correct', 'Correct'],
    ['1', 'Correct', 'Correct'],
    ['2', 'Correct', 'Correct'],
    ['3', 'Wrong', 'Correct'],
    ['5', 'Wrong', 'Correct'],
    ['8', 'Abstained', 'Abstained'],
  ]);
  await expect
    .element(page.getByRole('status'))
    .toHaveTextContent('Noise ladder: No adapter, breaks at 3; robust-reader, breaks at 8.');
  await ladder().getByRole('button', { name: 'Climb again' }).click();
  await expect.element(ladder().getByText('From cache: 12 of 12 answers.')).toBeVisible();
  expect(ladder().getByRole('table').getByText('from cache').elements()).toHaveLength(12);
  await ladder().getByRole('button', { name: 'Close the noise ladder' }).click();
  await expect.element(ladder()).not.toBeInTheDocument();
});

test('rungs that do not fit are told, another adapter can be held against the base, and a change is noticed', async () => {
  open({ ladderHolds: 5 });
  await recorded();
  await climb();
  await expect
    .element(ladder().getByText('With 5 and 8 noise passages the prompt does not fit the model’s window.'))
    .toBeVisible();
  await expect
    .element(ladder().getByText(/with robust-reader the answer stays correct up to three noise passages\. /))
    .toBeVisible();
  await ladder().getByRole('combobox').selectOptions('json-answer');
  await expect.element(ladder().getByText(/has changed since\./)).toBeVisible();
  await ladder().getByRole('button', { name: 'Climb again' }).click();
  await expect
    .element(ladder().getByText(/with json-answer the answer stays correct up to three noise passages\. /))
    .toBeVisible();
  await ladder().getByRole('combobox').selectOptions('none other');
  await ladder().getByRole('button', { name: 'Climb again' }).click();
  await expect
    .element(
      ladder().getByText('Without an adapter the answer breaks at three noise passages. One question proves little.'),
    )
    .toBeVisible();
});

test('climbing is told, and Esc stops it', async () => {
  open({ pace: 40 });
  await recorded();
  await page.getByRole('button', { name: 'Noise ladder', exact: true }).click();
  await expect.element(ladder().getByRole('progressbar')).toBeVisible();
  await userEvent.keyboard('{Escape}');
  await expect.element(ladder().getByRole('button', { name: 'Climb', exact: true })).toBeEnabled();
  await expect.element(ladder().getByRole('img')).not.toBeInTheDocument();
});

test('a question without a known answer is not marked, and what was said stands in the table', async () => {
  open();
  await question().fill('Something nobody knows');
  await climb();
  await expect.element(ladder().getByText(/^This question has no known answer, so no rung is marked\./)).toBeVisible();
  await expect.element(ladder().getByRole('table')).toBeVisible();
  expect(ladder().getByRole('table').getByText('not marked').elements()).toHaveLength(12);
  // A line between marks that are none would be read as a break.
  expect(document.querySelectorAll('.ladder .ln')).toHaveLength(0);
  await ladder().getByRole('button', { name: 'Hide the table: Noise ladder' }).click();
  await expect.element(ladder().getByRole('table')).not.toBeInTheDocument();
});

for (const width of [1440, 390])
  test(`ladder, preview and notes have no accessibility problem and fit at ${String(width)}`, async () => {
    await page.viewport(width, 900);
    open({ reports: { noise: { asked: 5, shown: 3, replaced: 3, leftOut: 1 } } });
    await recorded();
    await climb();
    await ladder().getByRole('button', { name: 'Show as table: Noise ladder' }).click();
    expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(width);
    expect(await axeFindings()).toEqual([]);
    await sheet().click();
    await page.getByRole('button', { name: 'Preview noise' }).click();
    await expect.element(page.getByRole('region', { name: 'Preview of noise' })).toBeVisible();
    await page.getByText('Evidence and seed', { exact: true }).click();
    expect(await axeFindings()).toEqual([]);
  });
