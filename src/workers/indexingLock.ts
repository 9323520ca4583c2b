const NAME = 'openbook indexing';

/**
 * Waits until no other tab indexes; returns how to let the next one in. Two would embed the same chunks twice.
 * Where the browser has no locks there is no waiting.
 */
export async function lockIndexing(signal: AbortSignal): Promise<() => void> {
  const { locks } = navigator as { locks?: LockManager };
  if (!locks) return () => undefined;
  return new Promise((resolve, reject) => {
    locks.request(NAME, { signal }, () => new Promise<void>((release) => resolve(release))).catch(reject);
  });
}
