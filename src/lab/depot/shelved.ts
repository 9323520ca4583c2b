import type { DeviceFacts } from '../../device/facts';
import { type ModelSizes, fitOf, memoryNeeded } from '../../device/fit';
import { type KeptModel as KeptCompiled, originsOf as compiledOrigins } from '../../generation/engines/webllm/kept';
import type { ReaderEntry } from '../../generation/models';
import { HUB_STORES } from '../../host/policy';
import { type HubListing, PART_BYTES, filesFor } from '../../inference/hub';
import type { Device } from '../../inference/session';
import { type ModelSource, type WeightPaths, graphFor } from '../../inference/source';
import type { CatalogueModel, Download, Kept, ModelOrigin, ModelRole, ModelState } from '../../lab';
import type { FinderEntry } from '../../retrieval/embedders';
import type { RerankerEntry } from '../../retrieval/rerankers';
import type { KeptFile, KeptModel } from '../../storage/models';
import type { OwnFile } from '../../workers/jobs';

type Entered =
  | { readonly role: 'reader'; readonly entry: ReaderEntry }
  | { readonly role: 'finder'; readonly entry: FinderEntry }
  | { readonly role: 'reranker'; readonly entry: RerankerEntry };

/** A model of the catalogue and all that is known of it in this visit. */
export type Shelved = Entered & {
  readonly listing: HubListing | null;
  readonly sizes: ModelSizes | null;
  readonly kept: KeptModel | null;
  readonly parts: ReadonlyMap<string, ReadonlySet<number>>;
  /** Of WebLLM's models: what that library keeps. */
  readonly compiled: KeptCompiled | null;
  /** The visitor's own files, used for this visit alone. */
  readonly own: readonly OwnFile[] | null;
  /** The GPU failed it, so that it runs on the processor until it is loaded for the GPU again. */
  readonly onProcessor: boolean;
  /** It was whole, and a part was found damaged. */
  readonly damaged: boolean;
  readonly download: Download;
  readonly state: ModelState;
  readonly selfTest: CatalogueModel['selfTest'];
};

/** Where the models run, and what may be asked. */
export interface Place {
  readonly facts: DeviceFacts;
  /** Where models of each role run. */
  readonly devices: Readonly<Record<ModelRole, Device>>;
  readonly host: string;
  readonly lacking: (origins: readonly string[]) => readonly string[];
  readonly inUse: ReadonlySet<string>;
}

const ORIGINS: Readonly<Record<ModelSource['kind'], ModelOrigin>> = {
  page: 'built-in',
  hub: 'hub',
  disk: 'disk',
  webllm: 'webllm',
  server: 'server',
};
const ADAPTERS: Readonly<Record<string, CatalogueModel['adapters']>> = { transformers: 'runtime', openai: 'server' };

export function newlyShelved(model: Pick<Shelved, 'role' | 'entry'>): Shelved {
  return {
    ...(model as Entered),
    listing: null,
    sizes: null,
    kept: null,
    parts: new Map(),
    compiled: null,
    own: null,
    onProcessor: false,
    damaged: false,
    download: { kind: 'idle' },
    state: { kind: 'waiting' },
    selfTest: { kind: 'untested', why: 'not run yet' },
  };
}

function weightsOf({ source }: { readonly source: ModelSource }): WeightPaths | null {
  return source.kind === 'hub' || source.kind === 'disk' ? source.weights : null;
}

function deviceOf({ role, onProcessor }: Shelved, { devices }: Place): Device {
  return onProcessor ? 'wasm' : devices[role];
}

/** The graph that runs here; null for models that have no files of ours. */
export function graphHere(model: Shelved, place: Place): string | null {
  const weights = weightsOf(model.entry);
  return weights && graphFor(weights, deviceOf(model, place), place.facts.f16);
}

/** What is to be fetched of a model that is not kept whole for this device, for people. */
export function lackingWords(model: Shelved, place: Place): string {
  const { label } = model.entry;
  const graphs = Object.values(weightsOf(model.entry) ?? {}) as string[];
  const whole = model.kept?.files.filter((file) => file.whole && graphs.includes(file.path)) ?? [];
  const graph = graphHere(model, place) ?? '';
  if (whole.length === 0 || whole.some(({ path }) => path === graph)) return `${label} is not downloaded.`;
  const device = deviceOf(model, place) === 'wasm' ? 'processor' : 'GPU';
  return `On the ${device} ${label} runs from another file, ${graph}, which is not downloaded.`;
}

type SizedFile = Pick<KeptFile, 'path' | 'bytes'>;

/** What the present device needs of it; null until it is known. A listing that lacks a file says so when it is fetched. */
function wantedFiles(model: Shelved, place: Place): readonly SizedFile[] | null {
  const { source } = model.entry;
  if (source.kind === 'page')
    return source.files.every(({ bytes }) => bytes !== null)
      ? source.files.map(({ path, bytes }) => ({ path, bytes: bytes ?? 0 }))
      : null;
  if (model.own) return model.own.map(({ path, file }) => ({ path, bytes: file.size }));
  const files = model.kept?.files ?? model.listing?.files;
  const graph = graphHere(model, place);
  if (!files || graph === null) return null;
  try {
    return filesFor<SizedFile>(files, graph);
  } catch {
    return null;
  }
}

export function keptOf(model: Shelved, place: Place): Kept {
  const wanted = wantedFiles(model, place);
  const of = wanted ? sum(wanted) : null;
  // The page's own files are kept by its service worker, or fetched anew: either way they are at hand.
  if (model.entry.source.kind === 'page' || model.own) return { kind: 'whole', bytes: of ?? 0 };
  if (model.compiled) {
    const bytes = model.compiled.bytes ?? 0;
    return model.compiled.whole ? { kind: 'whole', bytes } : { kind: 'part', bytes, of: null };
  }
  if (!model.kept || !wanted) return { kind: 'none' };
  const bytes = wanted.reduce((all, file) => all + keptBytes(file, model.parts.get(file.path)), 0);
  const graph = graphHere(model, place) ?? '';
  const begun = wanted.some(({ path }) => path.startsWith(graph) && (model.parts.get(path)?.size ?? 0) > 0);
  const whole = wanted.every(({ path }) => model.kept?.files.find((file) => file.path === path)?.whole);
  if (whole) return { kind: 'whole', bytes };
  return bytes === 0 ? { kind: 'none' } : { kind: 'part', bytes, of, begun };
}

function keptBytes({ bytes }: SizedFile, parts: ReadonlySet<number> | undefined): number {
  return [...(parts ?? [])].reduce(
    (all, index) => all + Math.max(0, Math.min(PART_BYTES, bytes - index * PART_BYTES)),
    0,
  );
}

const sum = (files: readonly SizedFile[]) => files.reduce((all, { bytes }) => all + bytes, 0);

function originsOf({ role, entry }: Pick<Shelved, 'role' | 'entry'>, host: string): readonly string[] {
  const { source } = entry;
  if (source.kind === 'webllm') return role === 'reader' ? compiledOrigins(entry as ReaderEntry) : [];
  if (source.kind === 'hub') return [new URL(host).origin, HUB_STORES];
  return source.kind === 'server' ? [new URL(source.url).origin] : [];
}

/** Bytes of the largest tensor of the graph that runs here; null where it is not here whole. */
function tensorOf({ kept, own }: Shelved, graph: string | null): number | null {
  const here =
    own?.find(({ path }) => path === graph) ?? kept?.files.find(({ path, whole }) => path === graph && whole);
  return here?.largestTensor ?? null;
}

/** As the page is told. */
export function described(model: Shelved, place: Place): CatalogueModel {
  const { entry, role } = model;
  const compiled = 'compiled' in entry ? (entry.compiled ?? null) : null;
  const device = compiled ? 'webgpu' : deviceOf(model, place);
  const wanted = wantedFiles(model, place);
  const kept = keptOf(model, place);
  const graph = graphHere(model, place);
  const bytes = wanted ? sum(wanted) : null;
  const { contextTokens } = entry;
  const weights =
    wanted && sum(wanted.filter(({ path }) => (graph === null ? path.endsWith('.onnx') : path.startsWith(graph))));
  const leavesDevice = entry.source.kind === 'server';
  // WebLLM says itself what its models take, at the window that it sets.
  const memory = leavesDevice
    ? null
    : compiled
      ? compiled.megabytes * 2 ** 20
      : memoryNeeded(weights, model.sizes, contextTokens, device, place.facts.f16);
  const toKeep = bytes === null ? null : kept.kind === 'whole' ? 0 : bytes - (kept.kind === 'part' ? kept.bytes : 0);
  const fit = leavesDevice
    ? ({ verdict: 'fits', needs: null, has: null, because: null } as const)
    : fitOf(
        {
          toKeep,
          memory,
          tensor: tensorOf(model, graph),
          device,
          needsGpu: compiled !== null,
          needsF16: compiled?.features.includes('shader-f16') ?? false,
        },
        place.facts,
      );
  return {
    id: entry.id,
    role,
    origin: ORIGINS[entry.source.kind],
    label: entry.label,
    reads: 'reads' in entry ? entry.reads : null,
    succeeds: model.role === 'reader' ? (model.entry.succeeds ?? null) : null,
    licence: ('licence' in entry && entry.licence) || model.listing?.licence || model.kept?.hub?.licence || null,
    card: 'card' in entry ? (entry.card ?? null) : null,
    contextTokens: Number.isFinite(contextTokens) ? contextTokens : null,
    leavesDevice,
    server: entry.source.kind === 'server' ? entry.source.url : null,
    bytes: bytes ?? (kept.kind === 'whole' && compiled ? (model.compiled?.bytes ?? null) : null),
    memory,
    fit,
    kept,
    download: model.download,
    state: model.state,
    inUse: place.inUse.has(entry.id),
    selfTest: model.selfTest,
    writes: 'writes' in entry,
    adapters: 'engine' in entry ? (ADAPTERS[entry.engine] ?? 'none') : 'none',
    needsOrigins: place.lacking(originsOf(model, place.host)),
  };
}
