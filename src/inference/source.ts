/**
 * Where a model's files come from. An engine is handed a `ReadModel` and never asks: it gets whole files by path,
 * verified as far as the source allows.
 */
import { LabError } from '../errors';
import type { Job, Progress } from '../job';
import { type FileReader, type ModelFile, type ModelFiles, readModelFiles } from './files';
import type { Device } from './session';

/**
 * The graph to run on each device, as a path among the model's files; `f16` on a GPU that computes with 16-bit floats,
 * where such a graph is there. A graph's external data (`…_data`, `…_data_1`) lies beside it and is found by its name.
 */
export interface WeightPaths extends Readonly<Record<Device, string>> {
  readonly f16?: string;
}

export type ModelSource =
  /** Served by the page itself; `folder` is relative to the page. */
  | { readonly kind: 'page'; readonly folder: string; readonly files: readonly ModelFile[] }
  /** `revision` is a branch, a tag or a commit: what it stood for when the model was fetched is kept. */
  | { readonly kind: 'hub'; readonly repo: string; readonly revision: string; readonly weights: WeightPaths }
  /** Brought by the visitor and kept in this browser under `key`. */
  | { readonly kind: 'disk'; readonly key: string; readonly weights: WeightPaths }
  /** One of WebLLM's own catalogue, by its `model_id`: that engine fetches and keeps the files itself. */
  | { readonly kind: 'webllm'; readonly record: string }
  /** Runs elsewhere: `url` is the server's base address, `model` the name that it answers to. */
  | { readonly kind: 'server'; readonly url: string; readonly model: string };

export interface ReadFiles {
  readonly files: ModelFiles;
  /** Path of the graph to run, one of `files`. */
  readonly weights: string;
}

/** Throws `model-missing`, `model-cut`, `model-corrupt`, `model-not-fetched`. */
export type ReadModel = (source: ModelSource, device: Device, signal: AbortSignal) => Job<Progress, ReadFiles>;

/** Reads models that the page itself serves. `base` is put before their folder. */
export function pageModels(base: string, read: FileReader): ReadModel {
  return async function* (source, _device, signal) {
    if (source.kind !== 'page')
      throw new LabError('model-not-fetched', 'Only the models that come with this page can be read here.');
    const weights = source.files.find(({ path }) => path.endsWith('.onnx'));
    if (!weights) throw new LabError('model-unsupported', `${source.folder} has no ONNX file.`);
    const files = yield* readModelFiles(base + source.folder, source.files, read, signal);
    return { files, weights: weights.path };
  };
}

/** Reads a model out of files that the visitor keeps; paths as in a repository. */
export function blobModels(blobs: ReadonlyMap<string, Blob>, f16: boolean): ReadModel {
  return async function* (source, device, signal) {
    if (source.kind !== 'disk') throw new LabError('model-not-fetched', 'These files are of another model.');
    const weights = graphFor(source.weights, device, f16);
    const files = new Map<string, Uint8Array<ArrayBuffer>>();
    const total = [...blobs.values()].reduce((sum, { size }) => sum + size, 0);
    let done = 0;
    for (const [path, blob] of blobs) {
      try {
        files.set(path, new Uint8Array(await blob.arrayBuffer()));
      } catch (cause) {
        throw new LabError('model-missing', `${path} cannot be read: it was moved, changed or locked.`, { cause });
      }
      signal.throwIfAborted();
      done += blob.size;
      yield { step: 'Loading', done, total, unit: 'bytes' };
    }
    return { files, weights };
  };
}

/** The graph for a device; `f16` says that its GPU computes with 16-bit floats. */
export function graphFor(weights: WeightPaths, device: Device, f16: boolean): string {
  return device === 'webgpu' && f16 ? (weights.f16 ?? weights.webgpu) : weights[device];
}

/** Whether `path` is the graph or a part of its external data. */
export function belongsToGraph(path: string, graph: string): boolean {
  return path === graph || (path.startsWith(`${graph}_data`) && /^(_\d+)?$/.test(path.slice(graph.length + 5)));
}

/** The graph's external data, under the names that the graph gives: relative to its own folder. */
export function externalData({ files, weights }: ReadFiles): { path: string; data: Uint8Array<ArrayBuffer> }[] {
  const folder = weights.slice(0, weights.lastIndexOf('/') + 1);
  return [...files]
    .filter(([path]) => path !== weights && belongsToGraph(path, weights))
    .map(([path, data]) => ({ path: path.slice(folder.length), data }));
}
