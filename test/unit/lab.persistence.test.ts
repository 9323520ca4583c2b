import { afterEach, expect, test, vi } from 'vitest';
import { OWN, persistOwn } from '../../src/lab/library/adding';
import type { LibraryStore, Source } from '../../src/storage/library';

afterEach(() => {
  vi.unstubAllGlobals();
});

const holding = (...collections: readonly string[]) =>
  ({
    sources: () => Promise.resolve(collections.map((collection) => ({ collection }) as Source)),
  }) as unknown as LibraryStore;

test('the browser is asked to keep what is stored once: before the first document of the visitor’s own', async () => {
  const persist = vi.fn(() => Promise.resolve(true));
  vi.stubGlobal('navigator', { storage: { persist } });
  await persistOwn(holding('sample', OWN));
  expect(persist).not.toHaveBeenCalled();
  await persistOwn(holding('sample'));
  expect(persist).toHaveBeenCalledOnce();
});

test('a browser that refuses, fails or has no storage is no failure', async () => {
  vi.stubGlobal('navigator', { storage: { persist: () => Promise.reject(new Error('no')) } });
  await expect(persistOwn(holding())).resolves.toBeUndefined();
  vi.stubGlobal('navigator', {});
  await expect(persistOwn(holding())).resolves.toBeUndefined();
});
