import { mount, unmount } from 'svelte';
import { afterEach, expect, test } from 'vitest';
import { page } from 'vitest/browser';
import { LabError } from '../../src/errors';
import type { Lab, LibraryState } from '../../src/lab';
import App from '../../src/ui/App.svelte';
import '../../src/ui/style/styles';
import { axeFindings } from '../fixtures/axe';
import type { Script } from '../fixtures/scriptedAnswers';
import { scriptedLab } from '../fixtures/scriptedLab';

let mounted: ReturnType<typeof mount> | null = null;

/** `state` stands over what the lab tells of its library. */
async function open(script: Script = {}, state: Partial<LibraryState> = {}): Promise<void> {
  history.replaceState(null, '', '#/library');
  const lab = scriptedLab(script);
  const onLibrary: Lab['onLibrary'] = (listener) => lab.onLibrary((told) => listener({ ...told, ...state }));
  mounted = mount(App, { target: document.body, props: { lab: { ...lab, onLibrary } } });
  await expect.element(kept()).toBeVisible();
}

afterEach(async () => {
  if (mounted) await unmount(mounted);
  mounted = null;
});

const kept = () => page.getByRole('region', { name: 'Kept in this browser' });
const largest = () => page.getByRole('list', { name: 'What takes the most room' });
const names = () => Array.from(largest().element().querySelectorAll('button'), (button) => button.ariaLabel);

test('what is kept is shown: documents, vectors, models, and all of it of what there is room for', async () => {
  await open();
  await expect.element(kept()).toHaveTextContent('0.06 of 21 GB, the browser promised not to clear it by itself');
  await expect.element(kept()).toHaveTextContent(/Documents 14.4 KB as files/);
  await expect.element(kept()).toHaveTextContent(/Vectors 86 KB/);
  await expect.element(kept()).toHaveTextContent(/Models 1.52 GB/);
  await expect.element(largest()).not.toBeInTheDocument();
  await page.getByRole('button', { name: 'What takes the most room' }).click();
  await expect.element(largest()).toBeVisible();
  expect(names()[0]).toBe('Remove Qwen3 1.7B (WebLLM), 984 MB');
  expect(names()).toHaveLength(5);
  expect(await axeFindings()).toEqual([]);
});

test('where the browser tells nothing, nothing is made up', async () => {
  await open({ storage: { used: null, quota: null, kept: null } });
  await expect.element(kept()).toHaveTextContent('unknown, the browser does not say whether it may clear it');
});

test('a full quota says so with what to remove, the largest first, and what is removed leaves the list', async () => {
  await open({ models: [] }, { problem: new LabError('storage-full', 'The browser has no more room to store this.') });
  await expect.element(page.getByRole('alert')).toHaveTextContent(/There is no room left in this browser/);
  await expect.element(largest()).toBeVisible();
  const before = names();
  const sizes = before.map((name) => Number.parseFloat(name?.split(', ').at(-1) ?? ''));
  expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
  await page.getByRole('button', { name: before[0] ?? '', exact: true }).click();
  await expect.poll(() => names().includes(before[0] ?? '')).toBe(false);
  await expect.element(page.getByRole('button', { name: 'Undo' })).toBeVisible();
});

test('while another finder indexes, it is said who answers', async () => {
  await open({}, { answering: 'Tiny finder' });
  await expect.element(page.getByText('Tiny finder still answers.')).toBeVisible();
});

test('documents of one title are told apart by their files, in what could be removed too', async () => {
  const at = { collection: 'mine', mediaType: 'text/markdown', inUse: true, replacedBy: null, chunkCount: 1500 };
  const sources = ['a/ferry.md', 'b/ferry.md'].map((name, i) => {
    const own = { id: name, documentId: name, name, addedAt: i, bytes: 7000 - 1000 * i };
    return { ...at, ...own, title: 'Ferry rules' };
  });
  await open({ models: [] }, { sources });
  await page.getByRole('button', { name: 'What takes the most room' }).click();
  await expect.element(largest()).toBeVisible();
  expect(names()).toEqual(['Remove Ferry rules (a/ferry.md), 7 KB', 'Remove Ferry rules (b/ferry.md), 6 KB']);
  await expect.element(page.getByText('1,500', { exact: true }).first()).toBeVisible();
  await expect.element(page.getByText('3,000', { exact: true })).toBeInTheDocument();
});
