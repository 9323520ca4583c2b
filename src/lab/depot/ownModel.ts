/** A model that the visitor brings as files, in the layout of a hub's repository. */
import { type ModelSizes, sizesIn } from '../../device/fit';
import { LabError } from '../../errors';
import type { ReaderEntry } from '../../generation/models';
import { NEEDED_FILES } from '../../inference/hub';
import { type WeightPaths, belongsToGraph } from '../../inference/source';
import type { DepotJobs, OwnFile } from '../../workers/jobs';

/** Graphs by what runs best on each device, best first; the names are those of the hub's ONNX exports. */
const KINDS = {
  wasm: ['_q4', '_q4f32', '_quantized', '_int8', '_uint8', '', '_bnb4', '_q4f16', '_fp16'],
  webgpu: ['_q4', '_q4f32', '', '_bnb4', '_quantized', '_int8', '_uint8', '_q4f16', '_fp16'],
  f16: ['_q4f16', '_fp16'],
} as const;
const GRAPH = /^(?:model|decoder_model_merged)(_\w+)?\.onnx$/;

/** As it is to be kept. */
type Own = Parameters<DepotJobs['keep']>[0];

/** `taken`: labels that it must not have. Throws `model-incomplete`, naming what is missing, and `model-*`. */
export async function readOwn(
  chosen: readonly File[],
  taken: ReadonlySet<string>,
): Promise<{ readonly entry: ReaderEntry; readonly sizes: ModelSizes | null; readonly own: Own }> {
  const found = ownFiles(chosen);
  const weights = weightsAmong(found);
  // It reads ONNX, which the page does not need to begin.
  const { checkExternalData, withTensors } = await import('./ownChecks');
  await checkExternalData(found, weights);
  const label = labelOf(chosen, taken);
  const key = `disk:${label}`;
  const files = await withTensors(worthKeeping(found, weights), weights);
  const config = (await files.find(({ path }) => path === 'config.json')?.file.text()) ?? '';
  return {
    entry: ownEntry(key, label, weights, config),
    sizes: sizesIn(config),
    own: { key, label, weights, files },
  };
}

/** Model files among those chosen, by their paths in the model: the folder that holds config.json is its root. */
export function ownFiles(files: readonly File[]): OwnFile[] {
  const pathOf = (file: File) => file.webkitRelativePath || file.name;
  const config = files.map(pathOf).filter((path) => /(^|\/)config\.json$/.test(path));
  const nearest = config.toSorted((a, b) => a.length - b.length)[0] ?? '';
  const root = nearest.slice(0, nearest.length - 'config.json'.length);
  return files
    .map((file) => ({ path: pathOf(file), file }))
    .filter(({ path }) => path.startsWith(root))
    .map(({ path, file }) => ({ path: path.slice(root.length), file }));
}

/** Throws `model-incomplete` with the names of what is missing. */
export function weightsAmong(files: readonly OwnFile[]): WeightPaths {
  const graphs = new Map<string, string>();
  for (const { path } of files) {
    const kind = GRAPH.exec(path.split('/').at(-1) ?? '');
    if (kind) graphs.set(kind[1] ?? '', path);
  }
  const missing = NEEDED_FILES.filter((name) => !files.some(({ path }) => path === name));
  const best = (kinds: readonly string[]) => kinds.map((kind) => graphs.get(kind)).find((path) => path !== undefined);
  const wasm = best(KINDS.wasm);
  const webgpu = best(KINDS.webgpu);
  if (missing.length > 0 || wasm === undefined || webgpu === undefined)
    throw new LabError(
      'model-incomplete',
      `Missing: ${[...missing, ...(wasm === undefined ? ['a model’s .onnx file'] : [])].join(', ')}.`,
    );
  const f16 = best(KINDS.f16);
  return { wasm, webgpu, ...(f16 !== undefined && { f16 }) };
}

/** Those that some device needs, each once. */
export function worthKeeping(files: readonly OwnFile[], weights: WeightPaths): OwnFile[] {
  const graphs = Object.values(weights) as string[];
  return files
    .filter(({ path }) => !/\.onnx(_data.*)?$/.test(path) || graphs.some((graph) => belongsToGraph(path, graph)))
    .filter(({ path }) => /\.(json|jinja|onnx)$|\.onnx_data(_\d+)?$/.test(path));
}

/** Throws `model-unsupported` for a config that is no language model's. */
export function ownEntry(key: string, label: string, weights: WeightPaths, configText: string): ReaderEntry {
  let config: Record<string, unknown>;
  try {
    config = JSON.parse(configText) as Record<string, unknown>;
  } catch (cause) {
    throw new LabError('model-corrupt', 'config.json is not JSON.', { cause });
  }
  const { architectures, model_type: type, _name_or_path: name } = config;
  const writes =
    !Array.isArray(architectures) ||
    architectures.some((one) => /ForCausalLM|ForConditionalGeneration/.test(String(one)));
  if (!writes)
    throw new LabError('model-unsupported', `“${label}” is no model that writes (${String(architectures)}).`);
  const text = (config['text_config'] ?? config) as Record<string, unknown>;
  const window = text['max_position_embeddings'];
  if (typeof window !== 'number')
    throw new LabError(
      'model-unsupported',
      'config.json does not say how much the model can read (max_position_embeddings).',
    );
  return {
    id: key,
    engine: 'transformers',
    label,
    baseName: typeof name === 'string' && name !== '' ? name : label,
    source: { kind: 'disk', key, weights },
    contextTokens: window,
    selfTest: null,
    reads: typeof type === 'string' ? `Your own model (${type}).` : 'Your own model.',
    licence: '',
  };
}

/** The folder's name, else the graph's. */
export function labelOf(files: readonly File[], taken: ReadonlySet<string>): string {
  const folder = files.map(({ webkitRelativePath }) => webkitRelativePath.split('/')[0]).find((name) => name);
  const name = folder ?? files.find((file) => file.name.endsWith('.onnx'))?.name.replace(/\.onnx$/, '') ?? 'Model';
  let label = name;
  for (let n = 2; taken.has(label); n++) label = `${name} ${String(n)}`;
  return label;
}
