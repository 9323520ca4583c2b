import { expect, KNOWN, SAMPLE, test, type Bench } from './lab';

test('a recorded example is readable, and marked as recorded, before any model is loaded', async ({
  bench,
  page,
  context,
}) => {
  // Never answered, not to the service worker either: the models stay on their way.
  await context.route(/\.onnx$/, () => undefined);
  await page.goto('./');
  for (let n = 1; n <= 4; n++) {
    await expect(bench.lane(n)).toHaveAttribute('data-state', 'recorded');
    await expect(bench.lane(n)).toContainText(/recorded/i);
    await expect(bench.answer(n)).not.toBeEmpty();
  }
  await expect(bench.model).toHaveAccessibleName(/^Model: .*loading/);
});

test('a sample question is answered in four lanes, each with its verdict, passages and measures', async ({ bench }) => {
  await bench.open();
  await bench.put(SAMPLE);

  for (let n = 1; n <= 4; n++) {
    await expect(bench.answer(n)).toHaveText(/\w/);
    await expect(bench.lane(n).getByText(/^(Correct|Wrong|Abstained)$/)).toHaveCount(1);
    // All four are written in one batch, and the page says so.
    for (const measure of ['first token', 'speed, shared', 'prompt', 'retrieval'])
      await expect(bench.lane(n).getByText(measure, { exact: true })).toBeVisible();
  }
  // The book says 5 months; a reader that may look must find it.
  await expect(bench.answer(2)).toContainText(KNOWN);
  await expect(bench.lane(2).getByText('Correct', { exact: true })).toBeVisible();

  await expect(bench.passages(1).getByRole('listitem')).toHaveCount(0);
  const shown = await shownPassages(bench, 2);
  expect(shown.length).toBe(4);
  for (const n of [3, 4]) {
    const noisy = await shownPassages(bench, n);
    expect(noisy.length).toBe(7);
    expect(noisy.filter((text) => /Noise: (random|look-alike|stale version|contradiction)/.test(text))).toHaveLength(3);
    expect(
      noisy
        .filter((text) => !text.includes('Noise: '))
        .map(withoutNumber)
        .sort(),
    ).toEqual(shown.map(withoutNumber).sort());
  }
  // Each of the open lane's segments leads to its passage, in prompt order.
  await expect(
    bench
      .lane(2)
      .getByRole('group', { name: 'Prompt, in order' })
      .getByRole('link', { name: /^Passage \d, \d+ tokens/ }),
  ).toHaveCount(4);
});

test('a citation lights the passage it names', async ({ bench }) => {
  await bench.open();
  await bench.put(SAMPLE);
  const citation = bench
    .answer(2)
    .getByRole('link', { name: /^Passage \d, / })
    .first();
  const number = /^Passage (\d)/.exec((await citation.getAttribute('aria-label')) ?? '')?.[1];
  await citation.focus();
  const lit = bench.passages(2).locator('[data-lit]');
  await expect(lit).toHaveCount(1);
  await expect(lit).toContainText(new RegExp(`^\\s*Passage\\s*${number ?? 'none'}\\b`));
});

test('an adapter changes the tokens, at strength 0 it changes none, and no reload is needed', async ({
  bench,
  page,
}) => {
  await bench.open();
  await bench.put(SAMPLE);
  const bare = await bench.answer(2).innerText();

  await bench.wear(2, 'json-answer', true);
  await bench.ask.click();
  await bench.settled();
  const worn = await bench.answer(2).innerText();
  expect(worn).not.toBe(bare);
  expect(worn).toContain('{');

  await page
    .getByRole('button', { name: /^Lane 2 wears:/ })
    .first()
    .click();
  const strength = page.getByRole('slider', { name: 'Strength of json-answer' });
  await strength.focus();
  // Letting go of a strength asks the lane anew by itself.
  await page.keyboard.press('Home');
  await expect(strength).toHaveValue('0');
  await expect(bench.answer(2)).toHaveText(bare);
  await bench.settled();
});

test('Esc stops all lanes, and the next question is answered', async ({ bench, page }) => {
  await bench.open();
  await bench.question.fill(SAMPLE);
  await bench.ask.click();
  await expect(bench.stop).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(bench.ask).toBeVisible();
  await expect(bench.lane(4)).toHaveAttribute('data-state', 'stopped');
  await expect(bench.lane(4)).toContainText('Stopped by you');

  await bench.put(SAMPLE);
  await expect(bench.answer(2)).toContainText(KNOWN);
});

test('the keyboard alone asks, reads and stops', async ({ bench, page }) => {
  await bench.open();
  await page.locator('body').press('/');
  await expect(bench.question).toBeFocused();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type(SAMPLE);
  await page.keyboard.press('Enter');
  await bench.settled();
  await expect(bench.question).toBeFocused();

  await bench.ask.focus();
  await page.keyboard.press('2');
  await expect(bench.lane(2)).toBeFocused();
  await page.keyboard.press('ArrowRight');
  await expect(bench.lane(3)).toBeFocused();
});

test('works from a sub-folder of a host', async ({ bench }) => {
  await bench.open('http://127.0.0.1:4191/some/sub-folder/');
  await bench.put(SAMPLE);
  await expect(bench.answer(2)).toContainText(KNOWN);
});

async function shownPassages(bench: Bench, n: number): Promise<string[]> {
  const more = bench.passages(n).getByRole('button', { name: /^Show \d+ more/ });
  if (await more.isVisible()) await more.click();
  return bench.passages(n).getByRole('listitem').allInnerTexts();
}

/** A passage keeps its words but not its number when distractors are mixed in. */
function withoutNumber(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/^\s*(Passage\s*)?\d+\s*/, '');
}
