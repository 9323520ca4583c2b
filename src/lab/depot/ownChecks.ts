import { LabError } from '../../errors';
import type { WeightPaths } from '../../inference/source';
import { largestTensor } from '../../onnx/largest';
import { readModel } from '../../onnx/model';
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

/** The files, of graphs with the size of their largest tensor. Throws `model-corrupt` where one is no graph. */
export async function withTensors(files: readonly OwnFile[], weights: WeightPaths): Promise<OwnFile[]> {
  const graphs = new Set(Object.values(weights) as string[]);
  const measured = async ({ path, file }: OwnFile): Promise<OwnFile> => {
    if (!graphs.has(path)) return { path, file };
    const read = async (at: number, length: number) => new Uint8Array(await file.slice(at, at + length).arrayBuffer());
    return { path, file, largestTensor: await largestTensor(read, file.size) };
  };
  return Promise.all(files.map(measured));
}
