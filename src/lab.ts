/**
 * The lab as the page sees it: the one thing `ui` talks to. `openLab` puts
 * workers, stores and engines behind it (`lab/`, the composition root of the page).
 */
import type { Worn } from './adapters/adapter';
import type { AuditSettings } from './adapters/audit';
import type { AdapterMatch } from './adapters/match';
import type { DeviceChoice } from './device/choice';
import type { DeviceFacts } from './device/facts';
import type { Retention } from './evaluation/retention';
import type { Job, Progress } from './job';
import type { CatalogueModel, ModelInfo, ModelRole } from './lab/depot/catalogueModel';
import type { Arrangement } from './lab/library/arrangement';
import type { ChunkDesk } from './lab/library/chunks';
import type { AddedFile, LibraryState, StorageUse } from './lab/library/libraryState';
import type { NoiseTools } from './lab/noiseDesk';
import { PageLab } from './lab/pageLab';
import type { Answer, CompareEvent, Lane } from './lanes/lane';
import type { Question } from './questions/question';
import type { Explained } from './retrieval/explain';
import type { SearchSettings } from './retrieval/settings';
import type { Step, StepSettings, SteppedSearch } from './retrieval/steps';

export type {
  CatalogueModel,
  Download,
  Kept,
  ModelInfo,
  ModelOrigin,
  ModelRole,
  ModelState,
} from './lab/depot/catalogueModel';
export type { AddedFile, LibraryState, StorageUse } from './lab/library/libraryState';
export type { ChunkPreview, ChunkingCost, ChunkingState, InspectedChunks } from './lab/library/chunks';
export type { AuditSettings } from './adapters/audit';
export type { Retention } from './evaluation/retention';
export type { DeviceChoice, OnProcessorBecause } from './device/choice';
export type { DeviceFacts } from './device/facts';
export type { Fit } from './device/fit';

export interface AdapterInfo {
  readonly id: string;
  readonly label: string;
  readonly builtIn: boolean;
  /** One line on what it teaches; null for the visitor's own. */
  readonly teaches: string | null;
  /** The largest where modules differ. */
  readonly rank: number | null;
  readonly alpha: number | null;
  /** Alpha over the rank, or its root; null where modules differ. */
  readonly scale: number | null;
  readonly targets: readonly string[];
  /** How many layers it changes. */
  readonly layers: number | null;
  readonly bytes: number | null;
  readonly licence: string | null;
  /** Address of its model card, relative to the page; null for the visitor's own. */
  readonly card: string | null;
  readonly baseName: string | null;
  /** For people: `Built in`, `From disk`, an address. */
  readonly origin: string | null;
  /** ms since 1970. */
  readonly addedAt: number | null;
  readonly peftVersion: string | null;
  /** Unknown until a reader is loaded. */
  readonly match: AdapterMatch | { readonly kind: 'unknown' };
  /** The adapter that this one is the mitigated form of. */
  readonly derivedFrom: { readonly adapterId: string; readonly lambda: number } | null;
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

export interface Recording {
  readonly recordedAt: string;
  readonly question: Question;
  readonly lanes: readonly Lane[];
  readonly answers: readonly Answer[];
  readonly seed: number;
  readonly sourceTitle: string;
}

export interface Lab {
  /** How the library's documents are cut. */
  readonly chunks: ChunkDesk;
  /** Called with every change; returns how to stop listening. Called at once with the present state. */
  onModels(listener: (models: { reader: ModelInfo; finder: ModelInfo }) => void): () => void;
  onLibrary(listener: (library: LibraryState) => void): () => void;
  onAdapters(listener: (adapters: readonly AdapterInfo[]) => void): () => void;

  /** Loads the recorded example, the models and the sample; ends when all are ready. Model failures are told through `onModels`. */
  start(signal: AbortSignal): Promise<void>;
  /** Where a model is to run; it is loaded anew where that changes. */
  useDevice(which: 'reader' | 'finder', choice: DeviceChoice): void;
  /** Tries a failed or stopped model again. */
  retry(which: 'reader' | 'finder'): void;
  /** Stops the models that are being loaded; asking for one loads it again. */
  stopLoading(): void;
  recording(): Promise<Recording | null>;
  /** The sample's questions with known answers and their evidence, be the sample in the library or not. */
  sampleQuestions(): Promise<readonly Question[]>;
  /** The Markdown of a model card of this page, by the address that its model or adapter gives. Throws `runtime-missing`. */
  card(path: string, signal: AbortSignal): Promise<string>;

  /**
   * Answers one question in all lanes. A lane that fails is an answer with outcome `failed`. Times count from the call,
   * loading included. What was answered in this visit with equal prompt, weights and settings comes from a cache.
   */
  compare(lanes: readonly Lane[], question: Question, seed: number, signal: AbortSignal): Job<CompareEvent, Answer[]>;

  readonly noise: NoiseTools;
  /** Searches what is in use, as the library is set to except for `settings`, and says of every passage that was found where it stands at each stage, and why. */
  explain(query: string, limit: number, settings: Partial<SearchSettings>, signal: AbortSignal): Promise<Explained>;
  /**
   * Has the reader in use put the question in other words, or search, read and search again; yields each step. Offered
   * where that reader `writes`; else throws `model-unsupported`.
   */
  searchInSteps(
    question: string,
    limit: number,
    steps: StepSettings,
    settings: Partial<SearchSettings>,
    signal: AbortSignal,
  ): Job<Step, SteppedSearch>;

  /**
   * Reads, cuts, stores and indexes files and what is in zips; one outcome for each, in their order, hidden files left
   * out. Waits for those given before. One file's failure does not stop the others. Stopped, it returns what it has come
   * to. `password` opens the locked ones among them, and is not kept. Throws `too-many-files` before any is read.
   */
  addFiles(files: readonly File[], signal: AbortSignal, password?: string): Job<Progress, AddedFile[]>;
  /**
   * What stands at an address, as a file to add. Its host learns that somebody asks; nothing of the library goes there.
   * Throws `address-refused`, `address-unreadable`, `unknown-format`, `document-too-large`.
   */
  fetchDocument(address: string, signal: AbortSignal): Job<Progress, File>;
  /** Brings back the sample handbook. */
  addSample(signal: AbortSignal): Promise<void>;
  setUse(sourceId: string, inUse: boolean): Promise<void>;
  /** Removes a source and returns how to bring it back. */
  removeSource(sourceId: string): Promise<() => Promise<void>>;
  readonly arrangement: Arrangement;
  /** Read anew with each call. Throws `storage-*`. */
  storageUse(): Promise<StorageUse>;
  /** It stays stopped until something is added or `resumeIndexing` is called. */
  stopIndexing(): void;
  resumeIndexing(): void;
  /** Ends what is being added first; nothing that was asked for before comes back after it. */
  deleteEverything(): Promise<void>;

  /** Called at once, and with every change, with all models there are. */
  onCatalogue(listener: (models: readonly CatalogueModel[]) => void): () => void;
  onDevice(listener: (facts: DeviceFacts) => void): () => void;
  /** Asks the hub for sizes and digests. Throws `hub-*`, `model-*`. */
  inspect(id: string, signal: AbortSignal): Promise<void>;
  /** Begins a download, or goes on with one; told through `onCatalogue`. Calling it is the visitor's word, on a metered line too. */
  download(id: string): void;
  /** What has come so far is kept. */
  pauseDownload(id: string): void;
  /** Frees the model's memory and removes its files; one of the visitor's own goes altogether. */
  removeModel(id: string): Promise<void>;
  /**
   * Makes it the model of lanes that name none, the finder, or the reranker (`''`: none), and loads it; a new finder
   * re-indexes. Remembered.
   */
  use(role: ModelRole, id: string): void;
  /**
   * Keeps an ONNX model in the hub's layout (config.json, tokenizer.json, tokenizer_config.json, *.onnx with its data), or
   * with `keep: false` uses it for this visit. Throws `model-incomplete`, naming what is missing, `model-*`, `storage-*`.
   */
  addModelFiles(files: readonly File[], signal: AbortSignal, keep?: boolean): Promise<CatalogueModel>;
  addServer(
    server: { url: string; key: string; remember: boolean },
    signal: AbortSignal,
  ): Promise<readonly CatalogueModel[]>;
  removeServer(url: string): Promise<void>;
  /** Those of these origins that this load of the page may not reach; none where no policy binds it, as while developing. */
  lacking(origins: readonly string[]): readonly string[];
  /** Adds to what the page may ask; takes effect when it is loaded anew. Throws `address-refused` for what cannot be let in. */
  letIn(origins: readonly string[]): Promise<void>;
  /** `origins`: where its files may come from. */
  readonly hub: { readonly host: string; readonly origins: readonly string[] };
  /** A mirror's address, or '' for huggingface.co. Throws `address-refused` for one that cannot be let in. */
  setHub(host: string): Promise<void>;
  /** Loads the model if need be; told through `onCatalogue`. */
  runSelfTest(id: string, signal: AbortSignal): Promise<void>;

  /**
   * Reads a PEFT adapter (a folder, its two files, or a zip of them) and keeps it, also where it does not fit the
   * reader: `match` tells. Throws `adapter-*`.
   */
  addAdapter(files: readonly File[], signal: AbortSignal): Promise<AdapterInfo>;
  /** From an address, or a hub id (`owner/name`, `owner/name@revision`). Throws `adapter-*`. */
  addAdapterFrom(address: string, signal: AbortSignal): Job<Progress, AdapterInfo>;
  removeAdapter(id: string): Promise<void>;
  /** The mix as one PEFT adapter, zipped. Throws `adapter-*`. */
  exportAdapters(worn: readonly Worn[], signal: AbortSignal): Promise<ExportedAdapter>;
  /** Looks for strong directions that the reader's own weights never had, beside the reader at work. */
  auditAdapter(id: string, settings: AuditSettings, signal: AbortSignal): Job<Progress, Audit>;
  /** Leaves the share `lambda` (0 to 1) of each intruder; the result is kept beside the original. */
  mitigateAdapter(
    id: string,
    settings: AuditSettings & { readonly lambda: number },
    signal: AbortSignal,
  ): Job<Progress, AdapterInfo>;
  /**
   * Asks the sample's questions without an adapter and with each of these at full strength; null = with none. Throws
   * `no-evidence` where the sample is not in the library.
   */
  retention(ids: readonly (string | null)[], signal: AbortSignal): Job<Progress, Retention>;
}

/** A zip. */
export interface ExportedAdapter {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Builds the lab of this page; nothing is fetched before `start`. */
export function openLab(): Lab {
  // While developing there is no policy that would hold anything back.
  return new PageLab(new URL('.', document.baseURI).href, import.meta.env.PROD);
}
