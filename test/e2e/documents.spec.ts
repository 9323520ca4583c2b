import { readFileSync } from 'node:fs';
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
