import { webFiles } from '../inference/files';
import { type ReadModel, blobModels, pageModels } from '../inference/source';
import { openModels } from '../storage/database/models';
import { keptModels } from '../storage/keptModels';
import type { OwnFile } from './jobs';

/** How a worker comes by a model's files, wherever they lie. Opened for each load, so that it holds no connection. */
export function modelReader(from: {
  readonly base: string;
  /** Passes by the browser's cache, where a damaged copy may lie. */
  readonly again: boolean;
  readonly f16: boolean;
  readonly own: readonly OwnFile[] | null;
}): ReadModel {
  const { base, again, f16, own } = from;
  return async function* (source, device, signal) {
    if (source.kind === 'page') return yield* pageModels(base, webFiles(again))(source, device, signal);
    if (own) return yield* blobModels(new Map(own.map(({ path, file }) => [path, file])), f16)(source, device, signal);
    const store = await openModels();
    try {
      return yield* keptModels(store, f16)(source, device, signal);
    } finally {
      store.close();
    }
  };
}
