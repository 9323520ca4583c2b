import type { DeviceChoice, RunsOn } from '../device/choice';
import { LabError, asLabError, isAbort } from '../errors';
import { READERS } from '../generation/models';
import { letIn } from '../host/visitorOrigins';
import { type Job, type Progress } from '../job';
import type { AdapterInfo, AddedFile, Lab, LibraryState, ModelInfo, ModelState, Recording } from '../lab';
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
import { abortable } from './abortable';
import { AdapterShelf } from './adapters';
import { LibraryDesk } from './library';
import { describe } from './models';
import { type LoadInput, ModelOnDevice } from './onDevice';
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
  #restarts = 0;
  #sample: Promise<Sample> | null = null;
  readonly #store: Promise<LibraryStore> = openDatabase().catch(() => new MemoryStore());
  readonly #models = new Told({ reader: waiting(READER), finder: waiting(FINDER) });
  readonly #never = new AbortController().signal;
  readonly #reader: ReaderDesk;
  readonly #finder: ModelOnDevice<SearchJobs>;
  #reshelving: Promise<void> = Promise.resolve();
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
    this.#finder = new ModelOnDevice<SearchJobs>({
      name: 'finder',
      start: () => new Worker(new URL('../workers/search.worker.ts', import.meta.url), { type: 'module' }),
      load: (worker, input, signal) => this.#loadFinder(worker, input, signal),
      // The runtime remembers a failed start. Otherwise the worker stays, which knows all documents.
      spoilt: (error) => asLabError(error).code === 'runtime-missing',
      tell: (state) => {
        this.#tellModel('finder', state);
      },
      onEmpty: (error, anew) => {
        this.#library.lost(error);
        if (anew || this.#restarts++ < MAX_RESTARTS) this.#reshelving = this.#library.reshelve();
      },
    });
    this.#library = new LibraryDesk(this.#parse, this.#finder, this.#store);
    this.#adapters = new AdapterShelf(this.#reader.worker, this.#store, base);
  }

  async *#loadFinder(worker: Restartable<SearchJobs>, input: LoadInput, signal: AbortSignal): Job<Progress, RunsOn> {
    const { lasting } = await this.#store;
    return yield* worker.call('load', { base: this.base, finderId: FINDER?.id ?? '', lasting, ...input }, signal);
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

  useDevice(which: 'reader' | 'finder', choice: DeviceChoice): void {
    (which === 'reader' ? this.#reader : this.#finder).useDevice(choice);
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
    const found = this.#reshelving.then(() => this.#library.settled());
    await abortable(Promise.all([this.#reader.ready(), found]), signal);
    const undressed = new Map<string, Answer>();
    for (const lane of lanes) {
      try {
        await this.#reader.whenReady(() => this.#adapters.hold(lane.wears, signal), signal);
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
        countTokens: (texts) =>
          this.#reader.whenReady(() => this.#reader.worker.ask('countTokens', { texts }, signal), signal),
        write: (requests, stop) => this.#reader.write(requests, (worn) => this.#adapters.hold(worn, stop), stop),
      },
      signal,
      asked,
    );
    const all = new Map([...undressed, ...answers.map((answer) => [answer.laneId, answer] as const)]);
    return lanes.flatMap(({ id }) => all.get(id) ?? []);
  }

  readonly #retriever: Retriever = {
    search: (query, limit, pool, signal) =>
      this.#searching(signal, (worker) => worker.ask('search', { query, limit, pool }, signal)),
    chunks: (pool, signal) => this.#searching(signal, (worker) => worker.ask('chunks', { pool }, signal)),
  };

  /** Asked again where the GPU was lost meanwhile, once everything is as it was. */
  async #searching<T>(signal: AbortSignal, ask: (worker: Restartable<SearchJobs>) => Promise<T>): Promise<T> {
    for (;;) {
      await this.#library.shelved();
      const { replaced, worker } = this.#finder;
      try {
        return await ask(worker);
      } catch (error) {
        if (!this.#finder.mends(error, replaced)) throw error;
      }
      // Without a finder, search goes on by words.
      const loaded = this.#finder.ready().catch(() => undefined);
      await abortable(Promise.all([loaded, this.#reshelving]), signal);
      await abortable(this.#library.settled(), signal);
    }
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
    // Which servers somebody uses is theirs too. Plain http has no such storage.
    if ('caches' in globalThis) await letIn(caches, this.base, []);
  }

  addAdapter(files: readonly File[], signal: AbortSignal): Promise<AdapterInfo> {
    return this.#reader.whenReady(() => this.#adapters.add(files, signal), signal);
  }

  removeAdapter(id: string): Promise<void> {
    return this.#adapters.remove(id);
  }
}

function waiting(entry: Parameters<typeof describe>[0] | undefined): ModelInfo {
  if (!entry) throw new LabError('model-missing', 'The catalogue is empty.');
  return { ...describe(entry), state: { kind: 'waiting' } };
}
