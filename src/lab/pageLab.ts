import type { Worn } from '../adapters/adapter';
import type { DeviceChoice, RunsOn } from '../device/choice';
import { LabError, asLabError } from '../errors';
import { READERS } from '../generation/models';
import { type Job, type Progress } from '../job';
import type {
  AdapterInfo,
  AddedFile,
  Audit,
  AuditSettings,
  CatalogueModel,
  DeviceFacts,
  ExportedAdapter,
  Lab,
  LibraryState,
  ModelInfo,
  ModelRole,
  Recording,
  Retention,
} from '../lab';
import { openBench } from '../lanes/bench';
import type { Answer, CompareEvent, Lane } from '../lanes/lane';
import { DEFAULT_SEED } from '../lanes/presets';
import type { Question } from '../questions/question';
import { FINDERS } from '../retrieval/embedders';
import { openDatabase } from '../storage/database';
import { openModels } from '../storage/database/models';
import type { LibraryStore } from '../storage/library';
import { MemoryStore } from '../storage/memory';
import { MemoryModelStore } from '../storage/memoryModels';
import type { ModelStore } from '../storage/models';
import type { DepotJobs, ParseJobs, SearchJobs } from '../workers/jobs';
import { abortable } from './abortable';
import { AdapterShelf } from './adapters';
import { Asking } from './asking';
import { Depot } from './depot';
import type { Offered } from './depot/catalogue';
import { LibraryDesk } from './library';
import { type LoadInput, ModelOnDevice } from './onDevice';
import { Origins } from './origins';
import { Readers } from './readers';
import { type Ask, measureRetention } from './retention';
import { shelfRetriever } from './shelfRetriever';
import { type Sample, fetchSample, fetchSampleQuestions } from './sample';
import { Told } from './told';
import { Restartable } from './worker';

/** A search worker that dies again and again is not fed the same documents for ever. */
const MAX_RESTARTS = 2;

/** The lab behind the page: three workers, one store. */
export class PageLab implements Lab {
  readonly #parse = new Restartable<ParseJobs>(
    () => new Worker(new URL('../workers/parse.worker.ts', import.meta.url), { type: 'module' }),
  );
  #restarts = 0;
  #sample: Promise<Sample> | null = null;
  readonly #store: Promise<LibraryStore> = openDatabase().catch(() => new MemoryStore());
  readonly #modelStore: Promise<ModelStore> = openModels().catch(() => new MemoryModelStore());
  readonly #depotWorker = new Restartable<DepotJobs>(
    () => new Worker(new URL('../workers/depot.worker.ts', import.meta.url), { type: 'module' }),
  );
  readonly #never = new AbortController().signal;
  readonly #origins: Origins;
  readonly #depot: Depot;
  readonly #models: Told<{ reader: ModelInfo; finder: ModelInfo }>;
  readonly #readers: Readers;
  readonly #asking: Asking;
  readonly #finder: ModelOnDevice<SearchJobs>;
  #reshelving: Promise<void> = Promise.resolve();
  readonly #library: LibraryDesk;
  readonly #adapters: AdapterShelf;

  /** `base` is the page's folder, with a slash at its end; `bound` whether a policy holds it. */
  constructor(
    private readonly base: string,
    bound = false,
    offered: Offered = { readers: READERS, finders: FINDERS },
  ) {
    this.#origins = new Origins(base, bound);
    this.#depot = new Depot(this.#depotWorker, this.#modelStore, this.#origins, offered);
    this.#models = new Told(this.#depot.catalogue.inUse);
    this.#depot.catalogue.told.listen(() => {
      this.#models.set(this.#depot.catalogue.inUse);
    });
    this.#readers = new Readers(
      base,
      this.#depot,
      ({ worker }) => {
        this.#adapters.forget(worker);
      },
      (id, { worker }) => {
        if (id === this.#depot.catalogue.uses.reader) void this.#adapters.meet(worker);
      },
    );
    this.#finder = new ModelOnDevice<SearchJobs>({
      name: 'finder',
      start: () => new Worker(new URL('../workers/search.worker.ts', import.meta.url), { type: 'module' }),
      load: (worker, input, signal) => this.#loadFinder(worker, input, signal),
      // The runtime remembers a failed start. Otherwise the worker stays, which knows all documents.
      spoilt: (error) => asLabError(error).code === 'runtime-missing',
      tell: (state) => {
        this.#depot.tellState(this.#depot.catalogue.uses.finder, state);
      },
      onEmpty: (error, anew) => {
        this.#library.lost(error);
        if (anew || this.#restarts++ < MAX_RESTARTS) this.#reshelving = this.#library.reshelve();
      },
    });
    this.#library = new LibraryDesk(this.#parse, this.#finder, this.#store);
    this.#adapters = new AdapterShelf(this.#store, {
      base,
      reader: () => {
        const id = this.#depot.catalogue.uses.reader;
        return { entry: this.#depot.reader(id), own: this.#depot.own(id) };
      },
      hub: () => this.#depot.catalogue.host,
    });
    this.#asking = new Asking(this.#readers, this.#adapters, this.#depot);
  }

  async *#loadFinder(worker: Restartable<SearchJobs>, input: LoadInput, signal: AbortSignal): Job<Progress, RunsOn> {
    const { lasting } = await this.#store;
    const id = this.#depot.catalogue.uses.finder;
    await this.#depot.ensure(id);
    return yield* worker.call('load', { base: this.base, entry: this.#depot.finder(id), lasting, ...input }, signal);
  }

  onModels(listener: (models: { reader: ModelInfo; finder: ModelInfo }) => void): () => void {
    return this.#models.listen(listener);
  }

  onCatalogue(listener: (models: readonly CatalogueModel[]) => void): () => void {
    return this.#depot.catalogue.told.listen(listener);
  }

  onDevice(listener: (facts: DeviceFacts) => void): () => void {
    return this.#depot.catalogue.device.listen(listener);
  }

  onLibrary(listener: (library: LibraryState) => void): () => void {
    return this.#library.told.listen(listener);
  }

  onAdapters(listener: (adapters: readonly AdapterInfo[]) => void): () => void {
    return this.#adapters.told.listen(listener);
  }

  async start(signal: AbortSignal): Promise<void> {
    await this.#depot.open();
    // Failures of the models are told as their states.
    const models = [this.#reader.ready(), this.#finder.ready()].map((ready) => ready.catch(() => undefined));
    await this.#adapters.open();
    await this.#library.open(this.base, () => this.#fetchedSample(), signal);
    await Promise.all(models);
  }

  #fetchedSample(): Promise<Sample> {
    this.#sample ??= fetchSample(this.base, this.#never).catch((error: unknown) => {
      this.#sample = null;
      throw error;
    });
    return this.#sample;
  }

  /** The default. */
  get #reader() {
    return this.#readers.desk(this.#depot.catalogue.uses.reader);
  }

  useDevice(which: 'reader' | 'finder', choice: DeviceChoice): void {
    if (which === 'finder') {
      this.#finder.useDevice(choice);
      return;
    }
    const gpu = choice === 'webgpu' || (choice === 'auto' && this.#depot.catalogue.device.now.gpu !== null);
    this.#depot.readersOn(gpu ? 'webgpu' : 'wasm');
    this.#readers.useDevice(choice);
  }

  retry(which: 'reader' | 'finder'): void {
    if (which === 'reader') void this.#reader.ready().catch(() => undefined);
    else void this.#library.retry();
  }

  stopLoading(): void {
    this.#readers.stop();
    this.#finder.stop();
  }

  async recording(): Promise<Recording | null> {
    const response = await fetch(`${this.base}samples/recording.json`);
    return response.ok ? ((await response.json()) as Recording) : null;
  }

  async sampleQuestions(): Promise<readonly Question[]> {
    return fetchSampleQuestions(this.base, await this.#fetchedSample(), this.#never);
  }

  async *compare(
    lanes: readonly Lane[],
    question: Question,
    seed: number,
    signal: AbortSignal,
  ): Job<CompareEvent, Answer[]> {
    const asked = performance.now();
    await abortable(this.#library.settled(), signal);
    return yield* this.#asking.ask(
      lanes,
      openBench(
        question,
        shelfRetriever(this.#library, this.#finder, () => this.#reshelving),
        seed,
        signal,
      ),
      signal,
      asked,
    );
  }

  addFiles(files: readonly File[], signal: AbortSignal, password?: string): Job<Progress, AddedFile[]> {
    return this.#library.addFiles(files, signal, password);
  }

  async addSample(signal: AbortSignal): Promise<void> {
    await this.#library.addSample(this.base, await this.#fetchedSample(), signal);
  }

  setUse(sourceId: string, inUse: boolean): Promise<void> {
    return this.#library.setUse(sourceId, inUse);
  }

  removeSource(sourceId: string): Promise<() => Promise<void>> {
    return this.#library.remove(sourceId);
  }

  stopIndexing(): void {
    this.#library.stop();
  }

  resumeIndexing(): void {
    this.#library.resume();
  }

  async deleteEverything(): Promise<void> {
    await this.#library.deleteEverything();
    await this.#adapters.removeOwn();
    for (const id of await this.#depot.removeAll()) this.#readers.drop(id);
    await this.#origins.forget();
  }

  addAdapter(files: readonly File[], signal: AbortSignal): Promise<AdapterInfo> {
    return this.#adapters.add(files, signal);
  }

  addAdapterFrom(address: string, signal: AbortSignal): Job<Progress, AdapterInfo> {
    return this.#adapters.addFrom(address, signal);
  }

  exportAdapters(worn: readonly Worn[], signal: AbortSignal): Promise<ExportedAdapter> {
    return this.#adapters.export(worn, signal);
  }

  auditAdapter(id: string, settings: AuditSettings, signal: AbortSignal): Job<Progress, Audit> {
    return this.#adapters.audit(id, settings, signal);
  }

  mitigateAdapter(
    id: string,
    settings: AuditSettings & { readonly lambda: number },
    signal: AbortSignal,
  ): Job<Progress, AdapterInfo> {
    return this.#adapters.mitigate(id, settings, signal);
  }

  async *retention(ids: readonly (string | null)[], signal: AbortSignal): Job<Progress, Retention> {
    const ask: Ask = (lanes, question, stop) => this.compare(lanes, question, DEFAULT_SEED, stop);
    return yield* measureRetention(ids, await this.sampleQuestions(), ask, signal);
  }

  removeAdapter(id: string): Promise<void> {
    return this.#adapters.remove(id);
  }

  readonly inspect: Lab['inspect'] = (id, signal) => this.#depot.inspect(id, signal);
  readonly pauseDownload: Lab['pauseDownload'] = (id) => this.#depot.pause(id);
  readonly addModelFiles: Lab['addModelFiles'] = (files, signal, keep = true) =>
    this.#depot.addFiles(files, keep, signal);
  readonly letIn: Lab['letIn'] = (origins) => this.#origins.letIn(origins);
  readonly setHub: Lab['setHub'] = (host) => this.#depot.setHost(host);

  get origins(): readonly string[] {
    return this.#origins.now;
  }

  get hub(): Lab['hub'] {
    return { host: this.#depot.catalogue.host };
  }

  download(id: string): void {
    // Told through the catalogue.
    void this.#depot.download(id).catch(() => undefined);
  }

  async removeModel(id: string): Promise<void> {
    for (const role of ['reader', 'finder'] as const)
      if (this.#depot.catalogue.uses[role] === id) this.use(role, this.#depot.catalogue.builtIn(role));
    this.#readers.drop(id);
    await this.#depot.remove(id);
  }

  use(role: ModelRole, id: string): void {
    if (this.#depot.catalogue.uses[role] === id) return;
    if (role === 'reader') {
      this.#depot.use(role, id);
      this.#readers.makeRoom([id]);
      const { worker } = this.#reader;
      void this.#reader.ready().then(
        () => this.#adapters.meet(worker),
        () => undefined,
      );
      return;
    }
    this.#depot.use(role, id);
    // A new worker is told all documents again, and embeds them with the new finder.
    void this.#finder.anew().catch(() => undefined);
  }

  addServer(): Promise<readonly CatalogueModel[]> {
    return Promise.reject(new LabError('model-unsupported', 'Servers cannot be added yet.'));
  }

  removeServer(): Promise<void> {
    return Promise.resolve();
  }

  async runSelfTest(id: string, signal: AbortSignal): Promise<void> {
    const desk = this.#readers.desk(id);
    await abortable(desk.ready(), signal);
    this.#depot.tellTest(id, await desk.worker.ask('selfTest', {}, signal));
  }
}
