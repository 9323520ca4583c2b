/** What WebLLM keeps by itself in this browser, as far as the page may look. */
import { type KeptModel, forget, forgetAll, keptOf } from '../../generation/engines/webllm/kept';
import type { ReaderEntry } from '../../generation/models';

/** Null when nothing of it is kept, or nothing can be: plain http has no such storage. */
export async function compiledKept(entry: ReaderEntry): Promise<KeptModel | null> {
  return 'caches' in globalThis ? keptOf(caches, entry).catch(() => null) : null;
}

export async function forgetCompiled(entry: ReaderEntry, all: readonly ReaderEntry[]): Promise<void> {
  if ('caches' in globalThis) await forget(caches, entry, all);
}

export async function forgetAllCompiled(): Promise<void> {
  if ('caches' in globalThis) await forgetAll(caches);
}
