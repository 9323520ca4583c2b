import { mount, unmount } from 'svelte';
import { afterEach, expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { LabError } from '../../src/errors';
import type { AddedFile, Lab, LibraryState } from '../../src/lab';
import App from '../../src/ui/App.svelte';
import '../../src/ui/style/styles';
import type { Script } from '../fixtures/scriptedAnswers';
import { PASSWORD, scriptedLab } from '../fixtures/scriptedLab';

let mounted: ReturnType<typeof mount> | null = null;

/** `change` stands in for parts of the scripted lab. */
async function open(script: Script = {}, change: (lab: Lab) => Partial<Lab> = () => ({})): Promise<void> {
  history.replaceState(null, '', '#/library');
  const lab = scriptedLab(script);
  mounted = mount(App, { target: document.body, props: { lab: { ...lab, ...change(lab) } } });
  await expect.poll(() => rows().length).toBe(script.sources ?? 8);
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

test('beside the visitor’s documents it is said what the page’s reader reads, and of other readers nothing', async () => {
  const lab = scriptedLab({});
  await open({}, () => lab);
  drop(new File(['text'], 'pool-rules.md'));
  const said = page.getByText(/^The tiny reader reads short, simple handbook English/);
  await expect.element(said).toBeVisible();
  lab.use('reader', 'smollm2-135m');
  await expect.element(said).not.toBeInTheDocument();
});

test('a folder or zip: what is of no kind that is read is told in one line', async () => {
  await open({}, (lab) => ({
    addFiles: async function* (files, signal) {
      const added = yield* lab.addFiles(files, signal);
      const names = Array.from({ length: 8 }, (_, i) => `rules/${String(i)}.jpg`);
      return [...added, ...names.map((name): AddedFile => ({ name, outcome: { kind: 'passed' } }))];
    },
  }));
  drop(new File(['text'], 'pool-rules.md'));
  const line =
    'Passed by, since they are of no kind that is read: rules/0.jpg, rules/1.jpg, rules/2.jpg, rules/3.jpg, rules/4.jpg and 3 more.';
  await expect.element(page.getByText(line)).toBeVisible();
});

test('pasted text is added under its title', async () => {
  await open();
  await adding().getByRole('button', { name: 'Paste text' }).click();
  const dialog = page.getByRole('dialog', { name: 'Paste text' });
  await expect.element(dialog.getByRole('button', { name: 'Add it' })).toBeDisabled();
  await dialog.getByRole('textbox', { name: 'Text', exact: true }).fill('Two towels each.');
  await dialog.getByLabelText('Title').fill('Pool rules');
  await dialog.getByLabelText('Read as').selectOptions('Markdown');
  await dialog.getByRole('button', { name: 'Add it' }).click();
  await expect.element(page.getByRole('rowheader', { name: 'Pool rules Markdown, Pool rules.md' })).toBeVisible();
  await expect.element(dialog).not.toBeInTheDocument();
});

test('an address says that it leaves the device, is asked only when let in, and what comes is added', async () => {
  const asked: string[] = [];
  const letIn: string[][] = [];
  await open({}, (lab) => ({
    lacking: (origins) => origins.filter((one) => one !== 'https://open.example'),
    letIn: (origins) => {
      letIn.push([...origins]);
      return Promise.reject(new LabError('address-refused', 'Not today.'));
    },
    fetchDocument: (address, stop) => {
      asked.push(address);
      return lab.fetchDocument(address, stop);
    },
  }));
  const form = page.getByRole('form', { name: 'Fetch a document' });
  const field = form.getByLabelText('Address of a page or file');
  await expect.element(field).toHaveAccessibleDescription(/^leaves this device/);
  await field.fill('closed.example/rules.md');
  expect(page.getByRole('button', { name: /^Allow/ }).elements()).toHaveLength(0);
  await form.getByRole('button', { name: 'Fetch' }).click();
  await page.getByRole('button', { name: 'Allow closed.example and reload' }).click();
  await expect.poll(() => letIn).toEqual([['https://closed.example']]);
  expect(asked).toEqual([]);

  await field.fill('https://open.example/rules');
  await form.getByRole('button', { name: 'Fetch' }).click();
  await expect.element(page.getByText('Address: That address could not be read.')).toBeVisible();
  await field.fill('https://open.example/rules.md');
  await form.getByRole('button', { name: 'Fetch' }).click();
  await expect.element(page.getByRole('rowheader', { name: 'rules Markdown, rules.md' })).toBeVisible();
  await expect.element(field).toHaveValue('');
  expect(asked).toEqual(['https://open.example/rules', 'https://open.example/rules.md']);
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

const notes = (count: number, name: string) =>
  Array.from({ length: count }, (_, i) => new File(['text'], `${name}${String(i + 1)}.md`));
const adding = () => page.getByRole('group', { name: 'Add documents' });

test('files dropped while others are read come after them, and the progress tells of all', async () => {
  await open({ pace: 60 });
  drop(...notes(4, 'first'));
  await expect.element(adding()).toHaveTextContent('Reading first2.md, 1 of 4 files');
  drop(...notes(1, 'more'), new File(['PK'], 'sheet.xlsx'));
  await expect.element(adding()).toHaveTextContent(/Reading first\d\.md, \d of 6 files/);
  await expect.element(adding()).toHaveTextContent('Reading more1.md, 4 of 6 files');
  await expect.poll(() => rows().length).toBe(13);
  await expect.element(page.getByText(/^sheet\.xlsx: /)).toBeVisible();
  await expect.element(page.getByRole('button', { name: 'Stop adding' })).not.toBeInTheDocument();
});

test('Esc stops all that is being added and tells what came in, what failed and what did not get its turn', async () => {
  // Slow enough that Esc comes while the second file is read, on any machine.
  await open({ pace: 1000 });
  drop(new File(['PK'], 'sheet.xlsx'), ...notes(4, 'first'));
  drop(...notes(1, 'more'));
  await expect.element(adding()).toHaveTextContent('Reading first2.md, 2 of 6 files');
  await userEvent.keyboard('{Escape}');
  await expect
    .element(
      page.getByText('Stopped by you before these files were added: first2.md, first3.md, first4.md and more1.md.'),
    )
    .toBeVisible();
  await expect.element(page.getByText(/^sheet\.xlsx: /)).toBeVisible();
  await expect.element(page.getByText(/reads short, simple handbook English/)).toBeVisible();
  await expect.element(page.getByRole('button', { name: 'Stop adding' })).not.toBeInTheDocument();
  expect(rows()).toHaveLength(9);
});

test('Esc stops the indexing also before its progress is known', async () => {
  let stopped = 0;
  await open({}, () => ({ stopIndexing: () => stopped++ }));
  await userEvent.keyboard('{Escape}');
  expect(stopped).toBe(1);
});

test('the sample added while files are read leaves no progress standing', async () => {
  await open({ pace: 400, sources: 0 });
  drop(...notes(3, 'first'));
  await page.getByRole('button', { name: 'Add the sample handbook' }).click();
  await expect.element(page.getByRole('button', { name: 'Stop adding' })).toBeVisible();
  await expect.element(page.getByRole('button', { name: 'Stop adding' })).not.toBeInTheDocument();
  expect(adding().element().textContent).not.toContain('Reading');
});

test('a warning that holds for the visit outlasts what the visitor does, and a failed act is told beside it', async () => {
  const refused = new LabError('storage-refused', 'Nothing is kept here.');
  await open({}, (lab) => ({
    onLibrary: (listener) => lab.onLibrary((state: LibraryState) => listener({ ...state, problem: refused })),
    removeSource: () => Promise.reject(new LabError('unexpected', 'It is not here.')),
  }));
  const warning = page.getByText('Nothing is kept here.');
  await expect.element(warning).toBeVisible();
  await page.getByRole('button', { name: 'Remove Fees and billing' }).click();
  await expect.element(page.getByText('It is not here.')).toBeVisible();
  await page.getByRole('switch', { name: 'Use Fees and billing' }).click();
  await expect.element(page.getByText('It is not here.')).not.toBeInTheDocument();
  await expect.element(warning).toBeVisible();
});

test('a switch whose change could not be kept goes back', async () => {
  await open({}, () => ({ setUse: () => Promise.reject(new LabError('storage-full', 'There is no room.')) }));
  const fees = page.getByRole('switch', { name: 'Use Fees and billing' });
  await fees.click();
  await expect.element(page.getByText('There is no room.')).toBeVisible();
  await expect.element(fees).toBeChecked();
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

test('an Undo that fails is offered again', async () => {
  let tries = 0;
  await open({}, (lab) => ({
    removeSource: async (id) => {
      const back = await lab.removeSource(id);
      return () => (++tries === 1 ? Promise.reject(new LabError('storage-full', 'There is no room.')) : back());
    },
  }));
  await page.getByRole('button', { name: 'Remove Fees and billing' }).click();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.element(page.getByText('There is no room.')).toBeVisible();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(() => rows().length).toBe(8);
  await expect.element(page.getByText('There is no room.')).not.toBeInTheDocument();
});

test('after a removal the focus is on the next row, after the last on Undo, after that on the page', async () => {
  await open();
  const focused = () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent;
  page.getByRole('button', { name: 'Remove Fees and billing' }).element().focus();
  await userEvent.keyboard('{Enter}');
  await expect.poll(focused).toBe('Remove Offices and contacts');
  page.getByRole('button', { name: 'Remove Equipment and software' }).element().focus();
  await userEvent.keyboard('{Enter}');
  await expect.poll(focused).toBe('Undo');
  await userEvent.keyboard('{Enter}');
  await expect.poll(() => document.activeElement?.id).toBe('main');
});

test('nothing can be taken back once everything is deleted', async () => {
  await open();
  await page.getByRole('button', { name: 'Remove Fees and billing' }).click();
  await expect.element(page.getByRole('button', { name: 'Undo' })).toBeVisible();
  // By keyboard: in a low window the offer lies over the button.
  page.getByRole('button', { name: 'Delete everything' }).element().focus();
  await userEvent.keyboard('{Enter}');
  await page.getByRole('button', { name: 'Delete all of it' }).click();
  await expect.element(page.getByText(/^No documents yet/)).toBeVisible();
  // Not waited for: after ten seconds it goes by itself.
  expect(page.getByRole('button', { name: 'Undo' }).elements()).toHaveLength(0);
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
