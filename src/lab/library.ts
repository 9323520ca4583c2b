import { LabError, asLabError, isAbort } from '../errors';
import { type Job, type Progress, finish } from '../job';
import type { AddedFile, LibraryState } from '../lab';
import type { LibraryStore, Source } from '../storage/library';
import { Turns } from '../turns';
import type { ParseJobs, SearchJobs } from '../workers/jobs';
import { Indexer } from './indexer';
import { NewSources } from './newSources';
import type { ModelOnDevice } from './onDevice';
import { type Incoming, gather } from './incoming';
import { askToPersist } from './persistence';
import { readInWorker } from './reading';
import { type Sample, fetchSampleBytes } from './sample';
import { Told } from './told';
import type { Restartable } from './worker';

const OWN = 'own';
/** Chunks; a matter of seconds for the built-in finder. */
const SHORT_INDEXING = 64;
const SHORT_WAIT_MS = 8_000;
const SAMPLE_ADDED = 'sample added';

/** The sources, kept in the store, told to the search worker, indexed in the background. */
export class LibraryDesk {
  readonly #indexer: Indexer;
  readonly told = new Told<LibraryState>({ sources: [], indexed: {}, indexing: null, chunkCount: 0, problem: null });
  #opened: Promise<void> = Promise.resolve();
  /** Documents whose chunks the search worker has been told. */
  #shelved = new Set<string>();
  /** Why the search worker knows nothing, from its loss until it is told again. */
  #lost: LabError | null = null;
  /** What adds documents goes one after the other, so that deleting everything can end it and come last. */
  readonly #turns = new Turns();
  /** One telling after the other, so that an older list never overtakes a newer one. */
  #telling: Promise<void> = Promise.resolve();
  /** Holds for the whole visit; told whenever nothing worse is. */
  #lasting: LabError | null = null;
  readonly #sources = new NewSources();

  constructor(
    private readonly parse: Restartable<ParseJobs>,
    private readonly finder: ModelOnDevice<SearchJobs>,
    private readonly store: Promise<LibraryStore>,
  ) {
    this.#indexer = new Indexer(finder, {
      progress: ({ indexed, progress }) => {
        this.#tell({ indexed, indexing: progress });
      },
      done: ({ indexed }) => {
        this.#tell({ indexed, problem: this.#lasting });
      },
      failed: (problem) => {
        this.#tell({ problem });
      },
      ended: () => {
        this.#tell({ indexing: null });
      },
    });
  }

  /**
   * Waits until what is stored can be searched, and for the end of a short indexing, so that a question asked
   * at once finds the passages that it finds later. A long one, or one that waits for another tab, is not waited
   * for: words are searched meanwhile.
   */
  async settled(): Promise<void> {
    await this.#opened;
    if (this.#missing > SHORT_INDEXING) return;
    const enough = new Promise<void>((resolve) => setTimeout(resolve, SHORT_WAIT_MS));
    await Promise.race([this.#indexer.run, enough]);
  }

  /** Chunks without a vector. */
  get #missing(): number {
    const { sources, indexed } = this.told.now;
    return sources.reduce((sum, { id, chunkCount }) => sum + chunkCount - (indexed[id] ?? 0), 0);
  }

  /** Tells what is stored, and adds the sample on the first visit. What is stored does not depend on the sample. */
  open(base: string, sample: () => Promise<Sample>, signal: AbortSignal): Promise<void> {
    const opening = this.#open(base, sample, signal);
    this.#opened = opening.catch(() => undefined);
    return opening;
  }

  async #open(base: string, sample: () => Promise<Sample>, signal: AbortSignal): Promise<void> {
    const store = await this.store;
    if (!store.lasting) {
      const sentence = 'The browser refuses to store anything for this page: documents are kept for this visit only.';
      this.#lasting = new LabError('storage-refused', sentence);
      this.#tell({ problem: this.#lasting });
    }
    await this.#refresh();
    this.index();
    const stop = AbortSignal.any([signal, this.#turns.signal]);
    if (await store.remembers(SAMPLE_ADDED)) return;
    await this.#addSample(base, await sample(), stop);
  }

  /** The search worker is gone, and with it all it was told. */
  lost(error: Error): void {
    this.#shelved = new Set();
    this.#lost = asLabError(error);
    this.#indexer.lost();
  }

  /** Tells a new search worker everything. */
  async reshelve(): Promise<void> {
    try {
      await this.#refresh();
    } catch (error) {
      this.#tell({ problem: asLabError(error) });
    }
    this.index();
  }

  /** As the visitor asks for it, who then wants the index too. */
  retry(): Promise<void> {
    this.#indexer.allow();
    return this.reshelve();
  }

  /** Waits until the search worker knows what is stored. Throws `worker-lost` when nobody tells it any more. */
  async shelved(): Promise<void> {
    await this.#telling;
    if (this.#lost) throw new LabError('worker-lost', 'Nothing can be searched until the finder is loaded again.');
  }

  /** Adds what is missing of it. */
  addSample(base: string, sample: Sample, signal: AbortSignal): Promise<void> {
    this.#indexer.allow();
    return this.#addSample(base, sample, AbortSignal.any([signal, this.#turns.signal]));
  }

  async #addSample(base: string, sample: Sample, stop: AbortSignal): Promise<void> {
    const store = await this.store;
    // Fetched before the turn, so that a slow host keeps no file of the visitor's waiting.
    const fetched = await Promise.all(sample.documents.map(({ file }) => fetchSampleBytes(base, file, stop)));
    const end = await this.#turns.take();
    try {
      const present = await store.sources();
      for (const [i, { file, replacedBy }] of sample.documents.entries()) {
        const bytes = fetched[i];
        if (!bytes || present.some(({ name, collection }) => name === file && collection === sample.id)) continue;
        const size = bytes.length;
        const read = await finish(readInWorker(this.parse, { name: file, bytes }, stop));
        stop.throwIfAborted();
        await store.add(this.#sources.of(file, sample.id, read, size, replacedBy), read.document, read.chunks);
        await this.#refresh();
      }
      stop.throwIfAborted();
      await store.remember(SAMPLE_ADDED);
      this.index();
    } finally {
      end();
    }
  }

  async *addFiles(files: readonly File[], signal: AbortSignal, password?: string): Job<Progress, AddedFile[]> {
    void this.store.then((store) => askToPersist(store, OWN));
    const stop = AbortSignal.any([signal, this.#turns.signal]);
    const added: AddedFile[] = [];
    const end = await this.#turns.take();
    try {
      if (!stop.aborted) this.#indexer.allow();
      const all = await gather(files, this.parse);
      const total = all.length;
      for (const [done, file] of all.entries()) {
        if (!stop.aborted) yield { step: `Reading ${file.name}`, done, total, unit: 'files' };
        added.push({ name: file.name, outcome: yield* this.#outcomeOf(file, stop, password) });
      }
      yield { step: 'Reading', done: total, total, unit: 'files' };
    } finally {
      end();
    }
    return added;
  }

  async *#outcomeOf(file: Incoming, stop: AbortSignal, password?: string): Job<Progress, AddedFile['outcome']> {
    if (file.passed) return { kind: 'passed' };
    try {
      return { kind: 'added', source: yield* this.#addFile(file, stop, password) };
    } catch (error) {
      if (isAbort(error)) return { kind: 'stopped' };
      return { kind: 'failed', error: asLabError(error), file: await file.alone(stop) };
    }
  }

  async *#addFile(file: Incoming, stop: AbortSignal, password?: string): Job<Progress, Source> {
    stop.throwIfAborted();
    const { name } = file;
    const bytes = await file.read(stop);
    const read = yield* readInWorker(this.parse, { name, bytes, password }, stop);
    const store = await this.store;
    const twin = (await store.sources()).find((one) => one.name === name && one.documentId === read.document.id);
    if (twin) return twin;
    stop.throwIfAborted();
    const source = this.#sources.of(name, OWN, read, file.bytes, null);
    await store.add(source, read.document, read.chunks);
    await this.#refresh();
    if (stop.aborted) this.stop();
    else this.index();
    return source;
  }

  async setUse(id: string, inUse: boolean): Promise<void> {
    await (await this.store).update(id, { inUse });
    await this.#refresh();
  }

  /** Returns how to bring the source back as it was. */
  async remove(id: string): Promise<() => Promise<void>> {
    const store = await this.store;
    const source = (await store.sources()).find((one) => one.id === id);
    const document = source && (await store.document(source.documentId));
    if (!document) throw new LabError('unexpected', 'That document is not here any more.');
    const chunks = await store.chunks(source.documentId);
    const deleted = this.#turns.signal;
    await store.remove(id);
    await this.#refresh();
    return async () => {
      deleted.throwIfAborted();
      await store.add(source, document, chunks);
      await this.#refresh();
      this.index();
    };
  }

  /** The sample does not come back by itself. */
  async deleteEverything(): Promise<void> {
    this.stop();
    this.#turns.stop();
    const end = await this.#turns.take();
    try {
      const store = await this.store;
      await store.deleteEverything();
      await store.remember(SAMPLE_ADDED);
      await this.#refresh();
      // A batch under way may have stored its vectors after the deletion.
      await this.finder.worker.ask('sweep', {}, new AbortController().signal).catch(() => null);
    } finally {
      end();
    }
  }

  stop(): void {
    this.#indexer.stop(this.#missing > 0);
  }

  resume(): void {
    this.#indexer.allow();
    this.index();
  }

  /** Starts indexing what is shelved and has no vector yet. */
  index(): void {
    if (!this.#lost) this.#indexer.start();
  }

  #tell(change: Partial<LibraryState>): void {
    this.told.set({ ...this.told.now, ...change });
  }

  /** Reads the sources from the store and tells the page and the search worker. */
  #refresh(): Promise<void> {
    const turn = this.#telling.then(() => this.#readAndTell());
    this.#telling = turn.catch(() => undefined);
    return turn;
  }

  async #readAndTell(): Promise<void> {
    const store = await this.store;
    const known = this.#shelved;
    const sources = await store.sources();
    const chunkCount = sources.reduce((sum, { inUse, chunkCount }) => sum + (inUse ? chunkCount : 0), 0);
    const ids = new Set(sources.map(({ id }) => id));
    const indexed = Object.fromEntries(Object.entries(this.told.now.indexed).filter(([id]) => ids.has(id)));
    this.#tell({ sources, chunkCount, indexed });
    try {
      await this.#shelve(store, sources);
    } catch (error) {
      // What is stored is stored, and is shelved again when the search worker is.
      if (this.#shelved === known) this.#tell({ problem: asLabError(error) });
    }
  }

  async #shelve(store: LibraryStore, sources: readonly Source[]): Promise<void> {
    const documents = new Set(sources.map(({ documentId }) => documentId));
    const known = this.#shelved;
    const fresh = [...documents].filter((id) => !known.has(id));
    const told = fresh.map(async (id) => [id, await store.chunks(id)] as const);
    const contents = Object.fromEntries(await Promise.all(told));
    await this.finder.worker.ask('shelve', { sources, contents }, new AbortController().signal);
    // Lost meanwhile: a new worker knows only a part.
    if (this.#shelved !== known) return;
    this.#shelved = documents;
    this.#lost = null;
  }
}
