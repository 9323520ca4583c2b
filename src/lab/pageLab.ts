import type { DeviceChoice, RunsOn } from '../device/choice';
import { LabError, asLabError, isAbort } from '../errors';
import { READERS } from '../generation/models';
import { letIn } from '../host/visitorOrigins';
import { type Job, type Progress } from '../job';
import type {
  AdapterInfo,
  AddedFile,
  CatalogueModel,
  Lab,
  LibraryState,
  ModelInfo,
  ModelState,
  Recording,
} from '../lab';
import { openBench } from '../lanes/bench';
import { compare, failedAnswer } from '../lanes/compare';
import type { Answer, CompareEvent, Lane } from '../lanes/lane';
import type { Question } from '../questions/question';
import { FINDERS } from '../retrieval/embedders';
import type { Retriever } from '../retrieval/retriever';
import { openDatabase } from '../storage/database';
import type { LibraryStore } from '../storage/library';
import { MemoryStore } from '../storage/memory';
import type { ParseJobs, SearchJobs } from '../workers/jobs';
import { AdapterShelf } from './adapters';
import { LibraryDesk } from './library';
import { ModelLoader, describe } from './models';
import { ReaderDesk } from './reader';
import { type Sample, fetchSample, fetchSampleQuestions } from './sample';
import { Told } from './told';
import { Restartable } from './worker';

const [READER] = READERS;
const [FINDER] = FINDERS;
/** A search worker that dies again and again is not fed the same documents for ever. */
const MAX_RESTARTS = 2;

/** The lab behind the page: three workers, one store. */
export class PageLab implements Lab {
  readonly #parse = new Restartable<ParseJobs>(
    () => new Worker(new URL('../workers/parse.worker.ts', import.meta.url), { type: 'module' }),
  );
  readonly #search = new Restartable<SearchJobs>(
    () => new Worker(new URL('../workers/search.worker.ts', import.meta.url), { type: 'module' }),
    (error) => {
      this.#finder.lost(error);
      this.#library.lost(error);
      if (this.#restarts++ < MAX_RESTARTS) void this.#library.reshelve();
    },
  );
  #restarts = 0;
  #sample: Promise<Sample> | null = null;
  readonly #store: Promise<LibraryStore> = openDatabase().catch(() => new MemoryStore());
  readonly #models = new Told({ reader: waiting(READER), finder: waiting(FINDER) });
  readonly #never = new AbortController().signal;
  readonly #reader: ReaderDesk;
  readonly #finder: ModelLoader;
  readonly #library: LibraryDesk;
  readonly #adapters: AdapterShelf;

  /** `base` is the page's folder, with a slash at its end. */
  constructor(private readonly base: string) {
    this.#reader = new ReaderDesk(
      base,
      READER?.id ?? '',
      (state) => {
        this.#tellModel('reader', state);
      },
      () => {
        this.#adapters.forget();
      },
    );
    this.#finder = new ModelLoader(
      (signal, again) => this.#loadFinder(signal, again),
      (state) => {
        this.#tellModel('finder', state);
      },
    );
    this.#library = new LibraryDesk(this.#parse, this.#search, this.#store, () => this.#finder.ready());
    this.#adapters = new AdapterShelf(this.#reader.worker, this.#store, base);
  }

  async *#loadFinder(signal: AbortSignal, again: boolean): Job<Progress, RunsOn> {
    const { lasting } = await this.#store;
    try {
      const finderId = FINDER?.id ?? '';
      return yield* this.#search.call('load', { base: this.base, finderId, again, lasting }, signal);
    } catch (error) {
      // The runtime remembers a failed start: the next load needs a new worker, which is told all documents again.
      if (asLabError(error).code === 'runtime-missing') this.#search.end('The finder could not be loaded.');
      throw error;
    }
  }

  #tellModel(which: 'reader' | 'finder', state: ModelState): void {
    const now = this.#models.now;
    this.#models.set({ ...now, [which]: { ...now[which], state } });
  }

  onModels(listener: (models: { reader: ModelInfo; finder: ModelInfo }) => void): () => void {
    return this.#models.listen(listener);
  }

  onLibrary(listener: (library: LibraryState) => void): () => void {
    return this.#library.told.listen(listener);
  }

  onAdapters(listener: (adapters: readonly AdapterInfo[]) => void): () => void {
    return this.#adapters.told.listen(listener);
  }

  async start(signal: AbortSignal): Promise<void> {
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

  useDevice(choice: DeviceChoice): void {
    this.#reader.useDevice(choice);
  }

  retry(which: 'reader' | 'finder'): void {
    if (which === 'reader') void this.#reader.ready().catch(() => undefined);
    else void this.#library.retry();
  }

  stopLoading(): void {
    this.#reader.stop();
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
    await abortable(Promise.all([this.#reader.ready(), this.#library.settled()]), signal);
    const undressed = new Map<string, Answer>();
    for (const lane of lanes) {
      try {
        await this.#adapters.hold(lane.wears, signal);
      } catch (error) {
        if (isAbort(error)) throw error;
        const answer = failedAnswer(lane, null, asLabError(error));
        undressed.set(lane.id, answer);
        yield { kind: 'answered', laneId: lane.id, answer };
      }
    }
    const bench = openBench(question, this.#retriever, seed, signal);
    const answers = yield* compare(
      lanes.filter(({ id }) => !undressed.has(id)),
      bench,
      {
        countTokens: async (texts) => {
          await this.#reader.ready();
          return this.#reader.worker.ask('countTokens', { texts }, signal);
        },
        write: (requests, stop) => this.#reader.write(requests, (worn) => this.#adapters.hold(worn, stop), stop),
      },
      signal,
      asked,
    );
    const all = new Map([...undressed, ...answers.map((answer) => [answer.laneId, answer] as const)]);
    return lanes.flatMap(({ id }) => all.get(id) ?? []);
  }

  readonly #retriever: Retriever = {
    search: async (query, limit, pool, signal) => {
      await this.#library.shelved();
      return this.#search.ask('search', { query, limit, pool }, signal);
    },
    chunks: async (pool, signal) => {
      await this.#library.shelved();
      return this.#search.ask('chunks', { pool }, signal);
    },
  };

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
    // Which servers somebody uses is theirs too. Plain http has no such storage.
    if ('caches' in globalThis) await letIn(caches, this.base, []);
  }

  async addAdapter(files: readonly File[], signal: AbortSignal): Promise<AdapterInfo> {
    await abortable(this.#reader.ready(), signal);
    return this.#adapters.add(files, signal);
  }

  removeAdapter(id: string): Promise<void> {
    return this.#adapters.remove(id);
  }

  readonly origins: readonly string[] = [];
  readonly hub = { host: 'https://huggingface.co' };
  readonly addAdapterFrom = absent;
  readonly exportAdapters = absent;
  readonly auditAdapter = absent;
  readonly mitigateAdapter = absent;
  readonly retention = absent;
  readonly inspect = absent;
  readonly download = absent;
  readonly pauseDownload = absent;
  readonly removeModel = absent;
  readonly use = absent;
  readonly addModelFiles = absent;
  readonly addServer = absent;
  readonly removeServer = absent;
  readonly letIn = absent;
  readonly setHub = absent;
  readonly runSelfTest = absent;
  readonly onDevice = () => () => undefined;
  onCatalogue(listener: (models: readonly CatalogueModel[]) => void): () => void {
    listener([]);
    return () => undefined;
  }
}

function absent(): never {
  throw new LabError('model-unsupported', 'This build of the page cannot do that.');
}

function waiting(entry: Parameters<typeof describe>[0] | undefined): ModelInfo {
  if (!entry) throw new LabError('model-missing', 'The catalogue is empty.');
  return { ...describe(entry), state: { kind: 'waiting' } };
}

/** Waits no longer than the signal allows; the work itself goes on for the others who wait. */
function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const stop = () => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', stop);
    });
  });
}
