/**
 * The lab as the page sees it: the one thing `ui` talks to. `openLab` puts
 * workers, stores and engines behind it (`lab/`, the composition root of the page).
 */
import type { Worn } from './adapters/adapter';
import type { DeviceChoice, RunsOn } from './device/choice';
import type { LabError } from './errors';
import type { Job, Progress } from './job';
import { PageLab } from './lab/pageLab';
import type { Answer, CompareEvent, Lane } from './lanes/lane';
import type { Question } from './questions/question';
import type { Source } from './storage/library';

export type { DeviceChoice, OnProcessorBecause } from './device/choice';

/** A model's state as the masthead tells it. */
export type ModelState =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'loading'; readonly done: number; readonly total: number | null }
  | ({ readonly kind: 'ready' } & RunsOn)
  /** By the visitor, before it was loaded. */
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly error: LabError };

export interface ModelInfo {
  readonly id: string;
  readonly label: string;
  readonly bytes: number | null;
  readonly reads: string | null;
  readonly state: ModelState;
}

export type ModelRole = 'reader' | 'finder';
export type ModelOrigin = 'built-in' | 'hub' | 'webllm' | 'server' | 'disk';

/** Whether a model can run here. `needs` and `has` are bytes of memory, or of storage where `because` says so. */
export interface Fit {
  readonly verdict: 'fits' | 'tight' | 'too-large' | 'unknown';
  readonly needs: number | null;
  readonly has: number | null;
  readonly because: 'memory' | 'storage' | 'f16' | 'no-gpu' | null;
}

/** How much of a model lies in this browser. */
export type Kept =
  | { readonly kind: 'none' }
  | { readonly kind: 'part'; readonly bytes: number; readonly of: number | null }
  | { readonly kind: 'whole'; readonly bytes: number };

export type Download =
  | { readonly kind: 'idle' }
  | { readonly kind: 'running'; readonly done: number; readonly total: number | null }
  /** Tries again by itself at `until`, in ms since 1970; null = as soon as there is a network. */
  | { readonly kind: 'waiting'; readonly until: number | null; readonly attempt: number; readonly error: LabError }
  | { readonly kind: 'failed'; readonly error: LabError };

export type SelfTest =
  | { readonly kind: 'untested'; readonly why: string }
  | { readonly kind: 'passed'; readonly said: string }
  | { readonly kind: 'failed'; readonly said: string };

export interface CatalogueModel {
  readonly id: string;
  readonly role: ModelRole;
  readonly origin: ModelOrigin;
  readonly label: string;
  readonly reads: string | null;
  readonly licence: string | null;
  readonly contextTokens: number | null;
  readonly leavesDevice: boolean;
  /** The address of the server that runs it; null for all that run here. */
  readonly server: string | null;
  /** Of the download; null until the hub was looked at. */
  readonly bytes: number | null;
  /** While it runs, an estimate. */
  readonly memory: number | null;
  readonly fit: Fit;
  readonly kept: Kept;
  readonly download: Download;
  readonly state: ModelState;
  readonly inUse: boolean;
  readonly selfTest: SelfTest;
  readonly adapters: 'runtime' | 'merge' | 'server' | 'none';
  /** Not let in yet; empty = it may be fetched. */
  readonly needsOrigins: readonly string[];
}

export interface DeviceFacts {
  readonly gpu: string | null;
  readonly f16: boolean;
  readonly largestBuffer: number | null;
  /** An estimate. */
  readonly memory: number | null;
  readonly threads: number;
  readonly simd: boolean;
  readonly metered: boolean;
  /** `kept`: whether the browser promised not to clear it; null = it does not say. */
  readonly storage: { readonly used: number | null; readonly quota: number | null; readonly kept: boolean | null };
}

export interface AdapterInfo {
  readonly id: string;
  readonly label: string;
  readonly builtIn: boolean;
  /** One line on what it teaches; null for the visitor's own. */
  readonly teaches: string | null;
  /** The largest where modules differ. */
  readonly rank: number | null;
  readonly alpha: number | null;
  readonly scale: number | null;
  readonly targets: readonly string[];
  readonly layers: number | null;
  readonly bytes: number | null;
  readonly licence: string | null;
  readonly baseName: string | null;
  /** For people: `Built in`, `from disk`, an address. */
  readonly origin: string | null;
  /** ms since 1970. */
  readonly addedAt: number | null;
  readonly peftVersion: string | null;
  readonly match:
    | { readonly kind: 'exact' }
    | { readonly kind: 'shapes' }
    | { readonly kind: 'no'; readonly why: string }
    | { readonly kind: 'unknown' };
  /** The adapter that this one is the mitigated form of. */
  readonly derivedFrom: { readonly adapterId: string; readonly lambda: number } | null;
}

export interface AuditSettings {
  readonly topK: number;
  readonly epsilon: number;
}

export interface Audit {
  readonly adapterId: string;
  readonly settings: AuditSettings;
  readonly layers: number;
  readonly projections: readonly string[];
  /** By layer, then projection; null where the adapter changes nothing. */
  readonly intruders: readonly (readonly (number | null)[])[];
  readonly total: number;
  readonly ms: number;
}

/** What adapters leave of the questions that the base model answers right. */
export interface Retention {
  readonly asked: number;
  readonly baseRight: number;
  /** False where too few are right to tell. */
  readonly measurable: boolean;
  /** `low` and `high` are a 95% interval of `kept / of`, as shares. */
  readonly rows: readonly {
    readonly adapterId: string | null;
    readonly kept: number;
    readonly of: number;
    readonly low: number;
    readonly high: number;
  }[];
}

export interface LibraryState {
  readonly sources: readonly Source[];
  /** Chunks embedded so far, by source id. */
  readonly indexed: Readonly<Record<string, number>>;
  readonly indexing: Progress | null;
  /** Chunks in use, indexed or not. */
  readonly chunkCount: number;
  /** Why the last indexing could not be kept or ended early; what is indexed stays searchable. */
  readonly problem: LabError | null;
}

export interface AddedFile {
  readonly name: string;
  readonly outcome:
    | { readonly kind: 'added'; readonly source: Source }
    | { readonly kind: 'failed'; readonly error: LabError }
    /** Its turn did not come, or had not ended. */
    | { readonly kind: 'stopped' };
}

export interface Recording {
  readonly recordedAt: string;
  readonly question: Question;
  readonly lanes: readonly Lane[];
  readonly answers: readonly Answer[];
  readonly seed: number;
  readonly sourceTitle: string;
}

export interface Lab {
  /** Called with every change; returns how to stop listening. Called at once with the present state. */
  onModels(listener: (models: { reader: ModelInfo; finder: ModelInfo }) => void): () => void;
  onLibrary(listener: (library: LibraryState) => void): () => void;
  onAdapters(listener: (adapters: readonly AdapterInfo[]) => void): () => void;

  /** Loads the recorded example, the models and the sample; ends when all are ready. Model failures are told through `onModels`. */
  start(signal: AbortSignal): Promise<void>;
  /** Where the reader is to run; it is loaded anew where that changes. */
  useDevice(choice: DeviceChoice): void;
  /** Tries a failed or stopped model again. */
  retry(which: 'reader' | 'finder'): void;
  /** Stops the models that are being loaded; asking for one loads it again. */
  stopLoading(): void;
  recording(): Promise<Recording | null>;
  /** The sample's questions with known answers and their evidence, be the sample in the library or not. */
  sampleQuestions(): Promise<readonly Question[]>;

  /** Answers one question in all lanes. A lane that fails is an answer with outcome `failed`. Times count from the call, loading included. */
  compare(lanes: readonly Lane[], question: Question, seed: number, signal: AbortSignal): Job<CompareEvent, Answer[]>;

  /**
   * Reads, cuts, stores and indexes files; one outcome for each, in their order. Waits for those given before. One
   * file's failure does not stop the others. Stopped, it returns what it has come to. `password` opens the locked
   * ones among them, and is not kept.
   */
  addFiles(files: readonly File[], signal: AbortSignal, password?: string): Job<Progress, AddedFile[]>;
  /** Brings back the sample handbook. */
  addSample(signal: AbortSignal): Promise<void>;
  setUse(sourceId: string, inUse: boolean): Promise<void>;
  /** Removes a source and returns how to bring it back. */
  removeSource(sourceId: string): Promise<() => Promise<void>>;
  /** It stays stopped until something is added or `resumeIndexing` is called. */
  stopIndexing(): void;
  resumeIndexing(): void;
  /** Ends what is being added first; nothing that was asked for before comes back after it. */
  deleteEverything(): Promise<void>;

  /** Reads a PEFT adapter (adapter_config.json and adapter_model.safetensors, or a zip of them) and keeps it. Throws `adapter-*`. */
  addAdapter(files: readonly File[], signal: AbortSignal): Promise<AdapterInfo>;
  /** From an address, or a hub id (`owner/name`, `owner/name@revision`). Throws `adapter-*`. */
  addAdapterFrom(address: string, signal: AbortSignal): Job<Progress, AdapterInfo>;
  removeAdapter(id: string): Promise<void>;
  /** The mix as one PEFT adapter, zipped. */
  exportAdapters(
    worn: readonly Worn[],
    signal: AbortSignal,
  ): Promise<{ readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> }>;
  /** Looks for strong directions that the base model never had. */
  auditAdapter(id: string, settings: AuditSettings, signal: AbortSignal): Job<Progress, Audit>;
  /** Keeps the share `lambda` of each intruder; the result is kept beside the original. */
  mitigateAdapter(
    id: string,
    settings: AuditSettings & { readonly lambda: number },
    signal: AbortSignal,
  ): Job<Progress, AdapterInfo>;
  /** Asks the sample's questions with each adapter; null = with none. */
  retention(ids: readonly (string | null)[], signal: AbortSignal): Job<Progress, Retention>;

  /** All models there are to choose from. Called at once with the present state; nothing is fetched for it. */
  onCatalogue(listener: (models: readonly CatalogueModel[]) => void): () => void;
  onDevice(listener: (facts: DeviceFacts) => void): () => void;
  /** Reads sizes and digests from the hub. */
  inspect(id: string, signal: AbortSignal): Promise<void>;
  /** Begins or goes on; how it fares is told through `onCatalogue`. */
  download(id: string): void;
  pauseDownload(id: string): void;
  removeModel(id: string): Promise<void>;
  /** Makes it the model of lanes that name none, or the finder, which then indexes anew. */
  use(role: ModelRole, id: string): void;
  /** An ONNX model's files: config, tokenizer and weights; `keep: false` is for this visit only. */
  addModelFiles(files: readonly File[], signal: AbortSignal, keep?: boolean): Promise<CatalogueModel>;
  /** Connects to an OpenAI-compatible server; returns the models it lists. */
  addServer(
    server: { readonly url: string; readonly key: string; readonly remember: boolean },
    signal: AbortSignal,
  ): Promise<readonly CatalogueModel[]>;
  removeServer(url: string): Promise<void>;
  /** Origins besides the page's own that this load of the page may reach. */
  readonly origins: readonly string[];
  /** Adds to them; takes effect with the next load of the page. */
  letIn(origins: readonly string[]): Promise<void>;
  readonly hub: { readonly host: string };
  /** An empty address brings back the usual one. */
  setHub(host: string): Promise<void>;
  runSelfTest(id: string, signal: AbortSignal): Promise<void>;
}

/** Builds the lab of this page; nothing is fetched before `start`. */
export function openLab(): Lab {
  return new PageLab(new URL('.', document.baseURI).href);
}
