import { readFileSync } from 'node:fs';
import { zip } from '../fixtures/adapters/zips';
import { expect, test } from './lab';

const fixture = (name: string) => ({
  name,
  bytes: readFileSync(new URL(`../fixtures/documents/${name}`, import.meta.url)),
  type: 'application/pdf',
});
const html = (name: string, text: string) => ({ name, bytes: Buffer.from(text), type: 'text/html' });

test('a PDF is read beside a broken one, asked, and cited with its page', async ({ bench, page }) => {
  await bench.open();
  await bench.screen('Library');
  await expect(page.getByRole('group', { name: 'Add documents' })).toContainText(
    'PDF, DOCX, EPUB, HTML, Markdown, plain text, CSV, JSON and source code',
  );
  await bench.dropFiles([fixture('truncated.pdf'), fixture('rules.pdf')]);
  await expect(
    page.getByRole('rowheader', { name: 'Keld Trust: Rules for staff PDF, 2 pages, rules.pdf' }),
  ).toBeVisible();
  await expect(page.getByText('truncated.pdf: The file is damaged.')).toBeVisible();
  await expect(page.getByRole('main')).toContainText(/handbook English/);

  // The built-in reader cites reliably only what stands alone.
  await bench.screen('Compare');
  await bench.showPassages(2, 1);
  await bench.put('How long is the trial period at Keld Trust?');
  await expect(bench.passages(2).getByRole('listitem')).toContainText('Rules for staff › Start of work, p. 2');
  await expect(bench.answer(2)).toContainText('5 months');
  await expect(
    bench.answer(2).getByRole('link', { name: /^Passage 1, Keld Trust: Rules for staff, p\. 2/ }),
  ).toHaveCount(1);
});

test('a locked PDF asks for its password in the page and is kept once it opens', async ({ bench, page }) => {
  await bench.open();
  await bench.screen('Library');
  await bench.dropFiles([fixture('locked.pdf')]);
  const form = page.getByRole('form', { name: 'Open locked.pdf' });
  const field = page.getByLabel('Password of locked.pdf');
  await field.fill('green door');
  await form.getByRole('button', { name: 'Open' }).click();
  await expect(page.getByText('locked.pdf: That password does not open the file.')).toBeVisible();
  await field.fill('blue door');
  await field.press('Enter');
  const row = page.getByRole('rowheader', { name: 'PDF, 1 page, locked.pdf' });
  await expect(row).toBeVisible();
  await expect(field).toHaveCount(0);

  await page.reload();
  await bench.ready();
  await bench.screen('Library');
  await expect(row).toBeVisible();
});

test('a page of HTML is read and never run', async ({ bench, page }) => {
  await bench.open();
  await bench.screen('Library');
  const hostile =
    '<title>Pool rules</title><body onload="document.title=1"><nav>Menu</nav><script>document.title = 1</script>' +
    '<img src="https://example.com/x.png" onerror="document.title=1"><h2>Towels</h2><p>Each swimmer gets two towels.';
  await bench.dropFiles([html('pool.html', hostile)]);
  await expect(page.getByRole('rowheader', { name: 'Pool rules' })).toBeVisible();
  await bench.screen('Compare');
  await bench.put('How many towels does each swimmer get?');
  const passage = bench.passages(2).getByRole('listitem').filter({ hasText: 'Each swimmer gets two towels.' });
  await expect(passage).toContainText('Towels');
  await expect(passage).not.toContainText('Menu');
  await expect(page).not.toHaveTitle('1');
});

test('markup in Markdown is shown as text: nothing of it runs or is fetched', async ({ bench, page }) => {
  await bench.open();
  await bench.screen('Library');
  await bench.drop(
    'pool.md',
    '# Pool rules\n\n## Towels\n\nEach swimmer gets two towels. ![photo](https://example.com/x.png) ' +
      '<img src="https://example.com/y.png" onerror="document.title=1"><script>document.title = 1</script>\n',
  );
  await expect(page.getByRole('rowheader', { name: 'Pool rules' })).toBeVisible();
  await bench.screen('Compare');
  await bench.put('How many towels does each swimmer get?');
  const passage = bench.passages(2).getByRole('listitem').filter({ hasText: 'Each swimmer gets two towels.' });
  await expect(passage).toContainText('<img src="https://example.com/y.png" onerror="document.title=1">');
  await expect(page.locator('main img, main script')).toHaveCount(0);
  await expect(page).not.toHaveTitle('1');
});

test('DOCX, EPUB, CSV and a zip are read, named with their places, and asked', async ({ bench, page }) => {
  await bench.open();
  await bench.screen('Library');
  const fares = 'Route,Fare\nKeld to Mora,9 crowns\nMora to Hald,11 crowns\n';
  const packed = zip({
    'rules/pool.md': '# Pool rules\n\nEach swimmer gets two towels.\n',
    'rules/photo.jpg': 'x',
    'rules/bomb.txt': new Uint8Array(19_000_000),
  });
  await bench.dropFiles([
    { ...fixture('ferry.docx'), type: '' },
    { ...fixture('ferry.epub'), type: '' },
    { name: 'fares.csv', bytes: Buffer.from(fares), type: 'text/csv' },
    { name: 'all.zip', bytes: Buffer.from(packed), type: 'application/zip' },
  ]);
  for (const name of [
    'Ferry rules DOCX, ferry.docx',
    'Ferry rules EPUB, ferry.epub',
    'fares CSV, fares.csv',
    'Pool rules Markdown, all.zip/rules/pool.md',
  ])
    await expect(page.getByRole('rowheader', { name })).toBeVisible();
  await expect(page.getByText('all.zip/rules/bomb.txt: The file is too large to read here.')).toBeVisible();
  await expect(
    page.getByText('Passed by, since it is of no kind that is read: all.zip/rules/photo.jpg.'),
  ).toBeVisible();

  await bench.screen('Compare');
  await bench.put('What is the fare from Mora to Hald?');
  const row = bench.passages(2).getByRole('listitem').filter({ hasText: 'Fare: 11 crowns' });
  await expect(row).toContainText('Route: Mora to Hald');
});

test('a pasted text is kept; an address is not asked until it is let in', async ({ bench, page }) => {
  await bench.open();
  await bench.screen('Library');
  await page.getByRole('button', { name: 'Paste text' }).click();
  const dialog = page.getByRole('dialog', { name: 'Paste text' });
  await dialog.getByRole('textbox', { name: 'Text', exact: true }).fill('Two towels each.\nNo running.');
  await dialog.getByRole('button', { name: 'Add it' }).click();
  await expect(page.getByRole('rowheader', { name: 'Two towels each' })).toBeVisible();

  const form = page.getByRole('form', { name: 'Fetch a document' });
  await form.getByLabel('Address of a page or file').fill('elsewhere.example/rules.md');
  await expect(page.getByRole('button', { name: /^Allow/ })).toHaveCount(0);
  await form.getByRole('button', { name: 'Fetch' }).click();
  await expect(page.getByRole('button', { name: 'Allow elsewhere.example and reload' })).toBeVisible();
});
