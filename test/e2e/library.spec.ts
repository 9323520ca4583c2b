import { expect, test } from './lab';

const NAME = 'Pool rules';
const TEXT = `# ${NAME}

## Opening hours

The swimming pool at Harrowgate & Lune opens at 6:45 each morning. It closes at 21:15.

## Towels

Harrowgate & Lune lends each swimmer two green towels.
`;
const QUESTION = 'When does the swimming pool at Harrowgate & Lune open?';

test('a dropped file is indexed, cited, and still there after a reload', async ({ bench, page }) => {
  await bench.open();
  await bench.screen('Library');
  await bench.drop('pool-rules.md', TEXT);
  const row = page.getByRole('rowheader', { name: new RegExp(NAME) });
  await expect(row).toBeVisible();
  // Said plainly on the first import.
  await expect(page.getByRole('main')).toContainText(/handbook English/);
  await expect(page.getByRole('row', { name: new RegExp(NAME) })).toContainText('100%');

  await bench.screen('Compare');
  await bench.put(QUESTION);
  await expect(bench.passages(2)).toContainText('opens at 6:45');
  await expect(bench.answer(2)).toContainText('6:45');
  await expect(bench.answer(2).getByRole('link', { name: new RegExp(`^Passage \\d, ${NAME}`) })).toHaveCount(1);

  await page.reload();
  await bench.ready();
  await bench.screen('Library');
  await expect(row).toBeVisible();
  await bench.screen('Compare');
  await bench.put(QUESTION);
  await expect(bench.passages(2)).toContainText('opens at 6:45');
});

test('a document switched off is not shown to any lane, and a removed one can be brought back', async ({
  bench,
  page,
}) => {
  await bench.open();
  await bench.screen('Library');
  await bench.drop('pool-rules.md', TEXT);
  const row = page.getByRole('rowheader', { name: new RegExp(NAME) });
  await expect(row).toBeVisible();

  await page.getByRole('switch', { name: `Use ${NAME}` }).setChecked(false);
  await bench.screen('Compare');
  await bench.put(QUESTION);
  await expect(bench.passages(2).getByRole('listitem').first()).toBeVisible();
  await expect(bench.passages(2)).not.toContainText('opens at 6:45');

  await bench.screen('Library');
  await page.getByRole('button', { name: `Remove ${NAME}` }).click();
  await expect(row).toHaveCount(0);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(row).toBeVisible();
});

for (const { name, text, sentence } of [
  { name: 'empty.txt', text: '', sentence: 'The file has no text.' },
  { name: 'junk.txt', text: '\0\u0001\u0002PNG\0\0\0\0', sentence: 'The file is not text.' },
  { name: 'sheet.xlsx', text: 'PK', sentence: 'This version does not read that kind of file.' },
])
  test(`${name} is refused in one clear sentence, and nothing kept is lost`, async ({ bench, page }) => {
    await bench.open();
    await bench.screen('Library');
    const documents = page.getByRole('table', { name: 'Documents' }).getByRole('rowheader');
    await expect(documents).toHaveCount(9);
    await bench.drop(name, text, 'text/plain');
    await expect(page.getByText(sentence)).toBeVisible();
    await expect(page.getByRole('main')).toContainText(name);
    await expect(documents).toHaveCount(9);
  });
