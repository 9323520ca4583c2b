/** Waits until no other tab indexes; returns how to let the next one in. Two would embed the same chunks twice. */
export function lockIndexing(signal: AbortSignal): Promise<() => void> {
  return lock('openbook indexing', signal);
}

/** Waits until no other tab fetches this model, which then finds what the other has kept. */
export function lockModel(key: string, signal: AbortSignal): Promise<() => void> {
  return lock(`openbook model ${key}`, signal);
}

/** Where the browser has no locks there is no waiting. */
async function lock(name: string, signal: AbortSignal): Promise<() => void> {
  const { locks } = navigator as { locks?: LockManager };
  if (!locks) return () => undefined;
  return new Promise((resolve, reject) => {
    locks.request(name, { signal }, () => new Promise<void>((release) => resolve(release))).catch(reject);
  });
}
