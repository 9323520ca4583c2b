/** Kept models as an engine reads them: whole files out of parts, each part held against its own digest. */
import { LabError } from '../errors';
import { sha256Of } from '../inference/digest';
import { type Parts, filesFor, partCount } from '../inference/hub';
import type { ModelFiles } from '../inference/files';
import { type ModelSource, type ReadModel, graphFor } from '../inference/source';
import type { Job, Progress } from '../job';
import { type KeptFile, type KeptModel, type ModelStore, keyOf } from './models';

export function partsOf(store: ModelStore, key: string): Parts {
  return {
    have: async (path) => (await store.partsOf(key)).get(path) ?? new Set(),
    read: async (path, index) => {
      const part = await store.part(key, path, index);
      if (part && (await sha256Of(part.bytes)) === part.sha256) return part.bytes;
      await store.dropParts(key, path, index);
      return null;
    },
    write: async (path, index, bytes) => store.putPart(key, path, index, { bytes, sha256: await sha256Of(bytes) }),
    drop: (path) => store.dropParts(key, path),
  };
}

/**
 * Reads models out of the store. A damaged part is forgotten, so that only it has to be fetched again. Throws
 * `model-not-fetched` for one that is not kept whole for this device, `model-corrupt` for a damaged one.
 */
export function keptModels(store: ModelStore, f16: boolean): ReadModel {
  return async function* (source, device, signal) {
    const model = await modelOf(store, source);
    const weights = graphFor(model.weights, device, f16);
    return { files: yield* readFiles(store, model, filesFor(model.files, weights), signal), weights };
  };
}

/** Those files of a kept model that are wanted, whether its weights are there or not. Throws the same. */
export async function* readKept(
  store: ModelStore,
  source: ModelSource,
  wants: (path: string) => boolean,
  signal: AbortSignal,
): Job<Progress, ModelFiles> {
  const model = await modelOf(store, source);
  const wanted = model.files.filter(({ path }) => wants(path));
  return yield* readFiles(store, model, wanted, signal);
}

async function modelOf(store: ModelStore, source: ModelSource): Promise<KeptModel> {
  const key = keyOf(source);
  const model = key === null ? null : await store.model(key);
  if (!model) throw new LabError('model-not-fetched', 'The model is not kept in this browser.');
  return model;
}

async function* readFiles(
  store: ModelStore,
  { key, label }: KeptModel,
  wanted: readonly KeptFile[],
  signal: AbortSignal,
): Job<Progress, ModelFiles> {
  const lacking = wanted.find(({ whole }) => !whole);
  if (lacking)
    throw new LabError('model-not-fetched', `${label}: ${lacking.path}, which runs here, is not downloaded.`);
  const parts = partsOf(store, key);
  const total = wanted.reduce((sum, { bytes }) => sum + bytes, 0);
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  let done = 0;
  yield { step: 'Loading', done, total, unit: 'bytes' };
  for (const { path, bytes } of wanted) {
    const file = new Uint8Array(bytes);
    let at = 0;
    for (let index = 0; index < partCount(bytes); index++) {
      const part = await parts.read(path, index);
      signal.throwIfAborted();
      if (!part || at + part.length > bytes) {
        await store.setWhole(key, path, false);
        throw new LabError('model-corrupt', `A part of ${path} was damaged where it was kept.`);
      }
      file.set(part, at);
      at += part.length;
      done += part.length;
      yield { step: 'Loading', done, total, unit: 'bytes' };
    }
    if (at !== bytes) {
      await store.setWhole(key, path, false);
      throw new LabError('model-corrupt', `${path} is not whole where it was kept.`);
    }
    files.set(path, file);
  }
  return files;
}
