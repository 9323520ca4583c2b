import { mount, unmount } from 'svelte';
import { afterEach, expect, test } from 'vitest';
import { page } from 'vitest/browser';
import App from '../../src/ui/App.svelte';
import '../../src/ui/style/styles';
import { PASSWORD, scriptedLab, type Script } from '../fixtures/scriptedLab';

let mounted: ReturnType<typeof mount> | null = null;

async function open(script: Script = {}): Promise<void> {
  history.replaceState(null, '', '#/library');
  mounted = mount(App, { target: document.body, props: { lab: scriptedLab(script) } });
  await expect.poll(() => rows().length).toBe(8);
}

afterEach(async () => {
  if (mounted) await unmount(mounted);
  mounted = null;
});

const rows = () => page.getByRole('rowheader').elements();

function drop(...files: File[]): void {
  const dataTransfer = new DataTransfer();
  for (const file of files) dataTransfer.items.add(file);
  for (const kind of ['dragenter', 'dragover', 'drop'])
    document
      .querySelector('main')
      ?.dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }));
}

test('of dropped files the readable ones are kept, and the others are each told why not', async () => {
  await open();
  const before = rows().length;
  drop(new File(['text'], 'pool-rules.md'), new File(['PK'], 'sheet.xlsx'));
  await expect.poll(() => rows().length).toBe(before + 1);
  await expect.element(page.getByText('sheet.xlsx: This version does not read that kind of file.')).toBeVisible();
  await expect.element(page.getByText(/reads short, simple handbook English/)).toBeVisible();
});

test('a locked file asks for its password, tells a wrong one, and comes in with the right one', async () => {
  await open();
  drop(new File(['x'], 'locked.pdf'), new File(['x'], 'locked-too.pdf'), new File(['text'], 'pool-rules.md'));
  await expect.poll(() => rows().length).toBe(9);
  const field = page.getByLabelText('Password of locked.pdf');
  const form = page.getByRole('form', { name: 'Open locked.pdf' });
  await expect.element(page.getByText('locked.pdf: The file is locked with a password.')).toBeVisible();

  await field.fill('green door');
  await form.getByRole('button', { name: 'Open' }).click();
  await expect.element(page.getByText('locked.pdf: That password does not open the file.')).toBeVisible();
  await expect.element(field).toHaveAttribute('aria-invalid', 'true');
  await expect.element(field).toHaveValue('');

  // Another drop leaves what waits.
  drop(new File(['PK'], 'sheet.xlsx'));
  await expect.element(page.getByText(/sheet\.xlsx: /)).toBeVisible();
  await field.fill(PASSWORD);
  await form.getByRole('button', { name: 'Open' }).click();
  await expect.poll(() => rows().length).toBe(10);
  await expect.element(field).not.toBeInTheDocument();
  await expect.element(page.getByRole('rowheader', { name: 'PDF, 12 pages, locked.pdf' })).toBeVisible();
  await expect.element(page.getByText('2 pages without text')).toBeVisible();

  await page.getByRole('form', { name: 'Open locked-too.pdf' }).getByRole('button', { name: 'Leave it out' }).click();
  await expect.element(page.getByLabelText('Password of locked-too.pdf')).not.toBeInTheDocument();
  await expect.element(page.getByText(/sheet\.xlsx: /)).toBeVisible();
});

test('half an adapter is refused as an adapter, not as a document', async () => {
  await open();
  drop(new File(['x'], 'adapter_model.safetensors'));
  await expect.element(page.getByText(/An adapter is two files\./)).toBeVisible();
  expect(page.getByRole('region', { name: 'Files that could not be added' }).elements()).toHaveLength(0);
});

test('a removed document comes back with Undo', async () => {
  await open();
  const before = rows().length;
  await page.getByRole('button', { name: 'Remove Fees and billing' }).click();
  await expect.poll(() => rows().length).toBe(before - 1);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(() => rows().length).toBe(before);
});

test('everything is deleted only after a second yes', async () => {
  await open();
  await page.getByRole('button', { name: 'Delete everything' }).click();
  await page.getByRole('button', { name: 'Keep it' }).click();
  expect(rows().length).toBeGreaterThan(0);
  await page.getByRole('button', { name: 'Delete everything' }).click();
  await page.getByRole('button', { name: 'Delete all of it' }).click();
  await expect.element(page.getByText('No documents yet. Drop some, or load the sample handbook.')).toBeVisible();
  await expect.element(page.getByRole('button', { name: 'Add the sample handbook' })).toBeVisible();
});
