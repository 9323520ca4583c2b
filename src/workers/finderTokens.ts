import type { CountTokens } from '../documents/measure';
import { type ModelFiles, readModelFiles, webFiles } from '../inference/files';
import type { ModelSource } from '../inference/source';
import { Tokenizer } from '../inference/tokenizer';
import { finish } from '../job';
import { openModels } from '../storage/database/models';
import { readKept } from '../storage/keptModels';
import type { FinderFiles } from './jobs';

const PATHS = ['tokenizer.json', 'tokenizer_config.json'];
const counters = new Map<string, Promise<CountTokens>>();

/** Counts a finder's tokens, without loading the finder. Throws what reading its files throws. */
export function finderTokens({ base, entry }: FinderFiles, signal: AbortSignal): Promise<CountTokens> {
  const known = counters.get(entry.id);
  if (known) return known;
  const counter = load(base, entry.source, signal);
  counters.set(entry.id, counter);
  // So that the next one tries again.
  counter.catch(() => counters.delete(entry.id));
  return counter;
}

async function load(base: string, source: ModelSource, signal: AbortSignal): Promise<CountTokens> {
  const tokenizer = new Tokenizer(await read(base, source, signal));
  return (text) => tokenizer.encode(text).length;
}

async function read(base: string, source: ModelSource, signal: AbortSignal): Promise<ModelFiles> {
  if (source.kind === 'page') {
    const wanted = source.files.filter(({ path }) => PATHS.includes(path));
    return finish(readModelFiles(base + source.folder, wanted, webFiles(false), signal));
  }
  const store = await openModels();
  try {
    return await finish(readKept(store, source, (path) => PATHS.includes(path), signal));
  } finally {
    store.close();
  }
}
