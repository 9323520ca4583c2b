import { LabError } from '../../errors';
import { fileOf } from '../../inference/files';
import { partCount } from '../../inference/hub';
import type { WeightPaths } from '../../inference/source';
import { readModel } from '../../onnx/model';
import type { KeptModel, ModelStore } from '../../storage/models';
import type { OwnFile } from '../../workers/jobs';

/** A graph that holds its weights itself is larger, and asks for no other file. */
const LARGEST_GRAPH = 20e6;

/** Throws `model-incomplete` where a graph asks for data that was not brought, `model-corrupt` where it is no graph. */
export async function checkExternalData(files: readonly OwnFile[], weights: WeightPaths): Promise<void> {
  for (const path of new Set(Object.values(weights) as string[])) {
    const file = files.find((one) => one.path === path)?.file;
    if (!file || file.size > LARGEST_GRAPH) continue;
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    const graph = readModel(new Uint8Array(await file.arrayBuffer()));
    const asked = graph.initializers.flatMap(({ location }) => (location === null ? [] : [folder + location]));
    const missing = [...new Set(asked)].filter((one) => !files.some((other) => other.path === one));
    if (missing.length > 0) throw new LabError('model-incomplete', `Missing: ${missing.join(', ')}.`);
  }
}

/** A small kept file as text. Throws `model-missing` where it is not kept. */
export async function keptText(store: ModelStore, model: KeptModel, path: string): Promise<string> {
  const bytes = model.files.find((file) => file.path === path)?.bytes ?? 0;
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (let index = 0; index < partCount(bytes); index++) {
    const part = await store.part(model.key, path, index);
    if (part) parts.push(part.bytes);
  }
  const text = new Uint8Array(await new Blob(parts).arrayBuffer());
  return new TextDecoder().decode(fileOf(parts.length > 0 ? new Map([[path, text]]) : new Map(), path));
}
