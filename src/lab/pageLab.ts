import type { Worn } from '../adapters/adapter';
import type { DeviceChoice } from '../device/choice';
import { WEBLLM_READERS } from '../generation/engines/webllm/catalogue';
import { READERS } from '../generation/models';
import { HUB_STORES } from '../host/policy';
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
  Recording,
  Retention,
} from '../lab';
import { openBench } from '../lanes/bench';
import type { Answer, CompareEvent, Lane } from '../lanes/lane';
import { DEFAULT_SEED } from '../lanes/presets';
import type { Question } from '../questions/question';
import { FINDERS } from '../retrieval/embedders';
import { RERANKERS } from '../retrieval/rerankers';
import { openDatabase } from '../storage/database';
import type { LibraryStore } from '../storage/library';
import { MemoryStore } from '../storage/memory';
import { AdapterShelf } from './adapters';
import { Asking } from './asking';
import type { Offered } from './depot/catalogue';
import { fetchCard } from './card';
import { fetchDocument } from './fetchedDocument';
import { FinderDesk } from './finderDesk';
import { LibraryDesk } from './library';
import { ModelsDesk } from './modelsDesk';
import { NoiseDesk } from './noiseDesk';
import { type Ask, measureRetention } from './retention';
import { type Sample, fetchSample, fetchSampleQuestions } from './sample';
import { storageUse } from './storageUse';
import { Restartable } from './worker';
import { steppedSearch, summaryWriter } from './writing';

const startParser = () => new Worker(new URL('../workers/parse.worker.ts', import.meta.url), { type: 'module' });

/** The lab behind the page: three workers, one store. */
export class PageLab implements Lab {
  #sample: Promise<Sample> | null = null;
  readonly #store: Promise<LibraryStore> = openDatabase().catch(() => new MemoryStore());
  readonly #never = new AbortController().signal;
  readonly #models: ModelsDesk;
  readonly #asking: Asking;
  readonly noise: NoiseDesk;
  readonly #finder: FinderDesk;
  readonly #library: LibraryDesk;
  readonly #adapters: AdapterShelf;
  readonly chunks: Lab['chunks'];

  /** `base` is the page's folder, with a slash at its end; `bound` whether a policy holds it. */
  constructor(
    private readonly base: string,
    bound = false,
    offered: Offered = { readers: [...READERS, ...WEBLLM_READERS], finders: FINDERS, rerankers: RERANKERS },
  ) {
    this.#models = new ModelsDesk(base, bound, offered, {
      empty: ({ worker }) => {
        this.#adapters.forget(worker);
      },
      ready: ({ worker }) => {
        void this.#adapters.meet(worker);
      },
      finder: (before) => {
        const { catalogue } = this.#models.depot;
        // A new worker is told all documents again, and embeds them with the new finder.
        this.#library.changeFinder(catalogue.get(before).entry.label, catalogue.holdsBoth(before));
      },
      reranker: (id) => {
        this.#finder.reranking.use(id);
      },
      fetched: () => {
        this.retry('finder');
      },
      idle: () => this.#asking.idle(),
    });
    this.#finder = new FinderDesk(base, this.#store, this.#models, () => this.#library);
    const models = {
      finder: () => ({ base, entry: this.#models.depot.finder(this.#models.uses.finder) }),
      writer: () => summaryWriter(this.#models),
    };
    this.#library = new LibraryDesk(new Restartable(startParser), this.#finder.model, this.#store, models, startParser);
    this.chunks = this.#library.chunks;
    this.#adapters = new AdapterShelf(this.#store, {
      base,
      reader: () => {
        const { uses, depot } = this.#models;
        return { entry: depot.reader(uses.reader), own: depot.own(uses.reader) };
      },
      hub: () => this.hub.host,
    });
    this.#asking = new Asking(this.#models.readers, this.#adapters, this.#models.depot);
    this.noise = new NoiseDesk(this.#asking, async (question, seed, signal) =>
      openBench(question, await this.#finder.retriever(signal), seed, signal),
    );
  }

  onModels(listener: (models: { reader: ModelInfo; finder: ModelInfo }) => void): () => void {
    return this.#models.inUse.listen(listener);
  }

  onCatalogue(listener: (models: readonly CatalogueModel[]) => void): () => void {
    return this.#models.depot.catalogue.told.listen(listener);
  }

  onDevice(listener: (facts: DeviceFacts) => void): () => void {
    return this.#models.depot.catalogue.device.listen(listener);
  }

  onLibrary(listener: (library: LibraryState) => void): () => void {
    return this.#library.told.listen(listener);
  }

  onAdapters(listener: (adapters: readonly AdapterInfo[]) => void): () => void {
    return this.#adapters.told.listen(listener);
  }

  async start(signal: AbortSignal): Promise<void> {
    await this.#models.open();
    if (this.#models.uses.reranker) this.#finder.reranking.use(this.#models.uses.reranker);
    // Failures of the models are told as their states.
    const models = [this.#models.reader.ready(), this.#finder.model.ready()].map((ready) =>
      ready.catch(() => undefined),
    );
    const library = this.#library.open(this.base, () => this.#fetchedSample(), signal);
    await Promise.all([this.#adapters.open(), library, ...models]);
    void this.#models.succession.begin();
  }

  #fetchedSample(): Promise<Sample> {
    this.#sample ??= fetchSample(this.base, this.#never).catch((error: unknown) => {
      this.#sample = null;
      throw error;
    });
    return this.#sample;
  }

  useDevice(which: 'reader' | 'finder', choice: DeviceChoice): void {
    this.#models.useDevice(which, choice);
    if (which === 'finder') this.#finder.model.useDevice(choice);
  }

  retry(which: 'reader' | 'finder'): void {
    if (which === 'reader') void this.#models.reader.ready().catch(() => undefined);
    else void this.#library.retry();
  }

  stopLoading(): void {
    this.#models.readers.stop();
    this.#finder.model.stop();
  }

  async recording(): Promise<Recording | null> {
    const response = await fetch(`${this.base}samples/recording.json`);
    return response.ok ? ((await response.json()) as Recording) : null;
  }

  async sampleQuestions(): Promise<readonly Question[]> {
    return fetchSampleQuestions(this.base, await this.#fetchedSample(), this.#never);
  }

  readonly card: Lab['card'] = (path, signal) => fetchCard(this.base, path, signal);

  async *compare(
    lanes: readonly Lane[],
    question: Question,
    seed: number,
    signal: AbortSignal,
  ): Job<CompareEvent, Answer[]> {
    const asked = performance.now();
    const bench = openBench(question, await this.#finder.retriever(signal), seed, signal);
    return yield* this.#asking.ask(lanes, bench, signal, asked);
  }

  readonly explain: Lab['explain'] = async (query, limit, settings, signal) =>
    (await this.#finder.retriever(signal)).explain(query, limit, 'current', signal, settings);

  readonly searchInSteps: Lab['searchInSteps'] = (...asked) =>
    steppedSearch(this.#models, (signal) => this.#finder.retriever(signal), ...asked);

  addFiles(files: readonly File[], signal: AbortSignal, password?: string): Job<Progress, AddedFile[]> {
    return this.#library.addFiles(files, signal, password);
  }

  fetchDocument(address: string, signal: AbortSignal): Job<Progress, File> {
    return fetchDocument(address, (origins) => this.#models.origins.lacking(origins), signal);
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

  get arrangement(): Lab['arrangement'] {
    return this.#library.arranging;
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
    await this.#models.removeAll();
    this.#asking.forget();
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
    return yield* this.#asking.during(measureRetention(ids, await this.sampleQuestions(), ask, signal));
  }

  removeAdapter(id: string): Promise<void> {
    return this.#adapters.remove(id);
  }

  readonly storageUse: Lab['storageUse'] = async () => storageUse(await this.#store);
  readonly inspect: Lab['inspect'] = (id, signal) => this.#models.depot.inspect(id, signal);
  readonly download: Lab['download'] = (id) => this.#models.download(id);
  readonly pauseDownload: Lab['pauseDownload'] = (id) => this.#models.depot.pause(id);
  readonly removeModel: Lab['removeModel'] = (id) => {
    // Another may come under the same name.
    this.#asking.forget();
    return this.#models.remove(id).then(() => this.#library.roomMade());
  };
  readonly use: Lab['use'] = (role, id) => this.#models.use(role, id);
  readonly addModelFiles: Lab['addModelFiles'] = (files, signal, keep = true) =>
    this.#models.depot.addFiles(files, keep, signal);
  readonly addServer: Lab['addServer'] = (server, signal) => this.#models.addServer(server, signal);
  readonly removeServer: Lab['removeServer'] = (url) => this.#models.removeServer(url);
  readonly lacking: Lab['lacking'] = (origins) => this.#models.origins.lacking(origins);
  readonly letIn: Lab['letIn'] = (origins) => this.#models.origins.letIn(origins);
  readonly setHub: Lab['setHub'] = (host) => this.#models.depot.setHost(host);
  readonly runSelfTest: Lab['runSelfTest'] = (id, signal) => this.#models.runSelfTest(id, signal);

  get hub(): Lab['hub'] {
    const { host } = this.#models.depot.catalogue;
    return { host, origins: [new URL(host).origin, HUB_STORES] };
  }
}
