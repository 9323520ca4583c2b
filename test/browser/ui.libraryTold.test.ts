/** What the Library says of indexing and of replaced documents. */
import { mount, unmount } from 'svelte';
import { afterEach, expect, test } from 'vitest';
import { page } from 'vitest/browser';
import type { LibraryState } from '../../src/lab';
import App from '../../src/ui/App.svelte';
import '../../src/ui/style/styles';
import type { Script } from '../fixtures/scriptedAnswers';
import { scriptedLab } from '../fixtures/scriptedLab';

let mounted: ReturnType<typeof mount> | null = null;

/** Gives what tells the page a state made of the scripted one. */
function open(script: Script, change: (state: LibraryState) => LibraryState): (more: typeof change) => void {
  history.replaceState(null, '', '#/library');
  const lab = scriptedLab(script);
  const told: ((change: (state: LibraryState) => LibraryState) => void)[] = [];
  const onLibrary = (listener: (state: LibraryState) => void) =>
    lab.onLibrary((state) => {
      told.push((make) => {
        listener(make(state));
      });
      listener(change(state));
    });
  mounted = mount(App, { target: document.body, props: { lab: { ...lab, onLibrary } } });
  return (more) => told.at(-1)?.(more);
}

afterEach(async () => {
  if (mounted) await unmount(mounted);
  mounted = null;
});

test('indexing tells its chunks, and the time left once its pace is known', async () => {
  const at = (done: number) => (state: LibraryState) => ({
    ...state,
    indexing: { step: 'Indexing', done, total: 56, unit: 'chunks' } as const,
  });
  const tell = open({}, at(44));
  const told = page.getByText(/^Indexing, /);
  await expect.element(told).toHaveTextContent(/^Indexing, 44 of 56 chunks$/);
  await new Promise((resolve) => setTimeout(resolve, 50));
  tell(at(50));
  await expect.element(told).toHaveTextContent(/^Indexing, 50 of 56 chunks, about \d+ s left$/);
});

test('a replaced document of the same title is told apart by its file, and counted as replaced', async () => {
  // The sums have no room on a phone.
  await page.viewport(1280, 900);
  open({ sources: 3 }, (state) => {
    const [first, second, ...rest] = state.sources;
    if (!first || !second) return state;
    const older = { ...second, title: first.title, replacedBy: first.id };
    return { ...state, sources: [{ ...first, name: 'rules-v2.md' }, older, ...rest] };
  });
  await expect.element(page.getByText(/^Replaced by .+ \(rules-v2\.md\)$/)).toBeVisible();
  await expect.element(page.getByText('3 of 3 in use, 1 of them replaced')).toBeVisible();
});
