import { LabError, asLabError } from '../errors';
import type { Job, Progress } from '../job';
import type { AddedFile, LibraryState } from '../lab';
import type { LibraryStore } from '../storage/library';
import { Turns } from '../turns';
import type { ParseJobs, SearchJobs } from '../workers/jobs';
import { Indexer } from './indexer';
import { Adding, SAMPLE_ADDED } from './library/adding';
import { Arranging } from './library/arranging';
import type { ChunkDesk } from './library/chunks';
import { CuttingDesk, type Models } from './library/cutting';
import { Inspecting } from './library/inspecting';
import { Outgoing } from './library/outgoing';
import { removeSource } from './library/removing';
import { Shelving } from './library/shelving';
import { NOTHING, UNSTORED } from './library/state';
import { Tidier } from './library/tidier';
import type { ModelOnDevice } from './onDevice';
import type { Sample } from './sample';
import { Told } from './told';
import { Restartable } from './worker';

/** Chunks; a matter of seconds for the built-in finder. */
const SHORT_INDEXING = 64;
const SHORT_WAIT_MS = 8_000;

/** The sources, kept in the store, told to the search worker, indexed in the background. */
export class LibraryDesk {
  readonly #indexer: Indexer;
  readonly #shelving: Shelving;
  readonly #adding: Adding;
  readonly #tidier: Tidier;
  readonly arranging: Arranging;
  readonly #cutting: CuttingDesk;
  /** How documents are cut, or would be. */
  readonly chunks: ChunkDesk;
  readonly told = new Told<LibraryState>(NOTHING);
  readonly outgoing = new Outgoing(() => {
    this.#tell({ answering: this.outgoing.label });
  });
  #opened: Promise<void> = Promise.resolve();
  /** What adds documents goes one after the other, so that deleting everything can end it and come last. */
  readonly #turns = new Turns();
  /** Holds for the whole visit; told whenever nothing worse is. */
  #lasting: LabError | null = null;

  constructor(
    parse: Restartable<ParseJobs>,
    private readonly finder: ModelOnDevice<SearchJobs>,
    private readonly store: Promise<LibraryStore>,
    models: Models,
    startParser: () => Worker,
  ) {
    const failed = (problem: LabError): void => {
      this.#tell({ problem });
    };
    this.#indexer = new Indexer(finder, {
      progress: ({ indexed, progress, unstored = null }) => {
        const problem = unstored && new LabError(unstored, UNSTORED);
        this.#tell({ indexed, indexing: progress, ...(problem && { problem }) });
      },
      done: ({ indexed }) => {
        this.#tell({ indexed, problem: this.#lasting });
        if (this.#missing === 0 && !this.#shelving.isLost) this.outgoing.end();
        // What was cut anew answers from now on, and is compared anew.
        this.#tidier.start();
      },
      failed,
      ended: () => {
        this.#tell({ indexing: null });
      },
    });
    this.#shelving = new Shelving(
      finder,
      store,
      {
        sources: ({ sources, ...rest }) => {
          const chunkCount = sources.reduce((sum, { inUse, chunkCount }) => sum + (inUse ? chunkCount : 0), 0);
          const ids = new Set(sources.map(({ id }) => id));
          const indexed = Object.fromEntries(Object.entries(this.told.now.indexed).filter(([id]) => ids.has(id)));
          this.#tell({ sources, chunkCount, indexed, ...rest });
        },
        shelved: () => {
          this.#tidier.start();
        },
        followed: () => {
          this.index();
        },
        failed,
      },
      this.outgoing,
    );
    this.#tidier = new Tidier(finder, store, {
      tidied: ({ copies }) => {
        this.#tell({ copies });
      },
      refresh: () => this.#shelving.refresh(),
      failed,
    });
    this.arranging = new Arranging(store, () => this.#shelving.refresh());
    const stored = {
      refresh: () => this.#shelving.refresh(),
      index: () => {
        this.index();
      },
    };
    this.#cutting = new CuttingDesk(parse, store, this.#turns, models, stored);
    const inspecting = new Inspecting(new Restartable<ParseJobs>(startParser), store, this.#cutting);
    this.chunks = {
      onChunking: (listener) => this.#cutting.told.listen(listener),
      apply: (settings) => {
        this.#indexer.allow();
        return this.#cutting.apply(settings);
      },
      stop: () => {
        this.#cutting.stop();
      },
      resume: () => {
        this.#cutAnew();
      },
      preview: (id, settings, at, signal) => inspecting.preview(id, settings, at, signal),
      weigh: (settings, signal) => inspecting.weigh(settings, signal),
      inspect: (id, ordinal, signal) => inspecting.inspect(id, ordinal, signal),
    };
    this.#adding = new Adding(parse, store, this.#turns, {
      ...stored,
      cutting: () => this.#cutting.cutting(),
      allowIndexing: () => {
        this.#indexer.allow();
      },
      stop: () => {
        this.stop();
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
    if (this.#missing > SHORT_INDEXING || this.outgoing.worker) return;
    const enough = new Promise<void>((resolve) => setTimeout(resolve, SHORT_WAIT_MS));
    // Copies, too, are then counted once.
    await Promise.race([Promise.all([this.#indexer.run, this.#tidier.run]), enough]);
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
    await this.#shelving.follow();
    this.index();
    await this.#cutting.open();
    // Taken before the sample is fetched, so that deleting everything ends this too.
    const stop = AbortSignal.any([signal, this.#turns.signal]);
    if (await store.remembers(SAMPLE_ADDED)) return;
    await this.#adding.sample(base, await sample(), stop);
  }

  /** The search worker is gone, and with it all it was told. */
  lost(error: Error): void {
    this.#shelving.lost(error);
    this.#indexer.lost();
  }

  /** Tells a new search worker everything. */
  async reshelve(): Promise<void> {
    try {
      await this.#shelving.follow();
    } catch (error) {
      this.#tell({ problem: asLabError(error) });
    }
    this.index();
  }

  /** Another finder is to be loaded. That before, called `label`, answers meanwhile if it can and `both` may be held. */
  changeFinder(label: string, both: boolean): void {
    const answers = both && this.#missing === 0 && !this.outgoing.worker;
    const documents = answers ? [...this.#shelving.documents] : [];
    if (!both) this.outgoing.end();
    if (documents.length > 0) this.outgoing.hold(this.finder.beside(), label, documents);
    else void this.finder.anew().catch(() => undefined);
    this.#cutAnew();
  }

  /** Another finder counts other tokens. */
  #cutAnew(): void {
    void this.#cutting.start().catch((error: unknown) => {
      this.#tell({ problem: asLabError(error) });
    });
  }

  /** As the visitor asks for it, who then wants the index too. */
  retry(): Promise<void> {
    this.#indexer.allow();
    return this.reshelve();
  }

  /** Waits until the search worker knows what is stored. Throws `worker-lost` when nobody tells it any more. */
  shelved(): Promise<void> {
    return this.#shelving.done();
  }

  /** Adds what is missing of it. */
  addSample(base: string, sample: Sample, signal: AbortSignal): Promise<void> {
    this.#indexer.allow();
    return this.#adding.sample(base, sample, signal);
  }

  addFiles(files: readonly File[], signal: AbortSignal, password?: string): Job<Progress, AddedFile[]> {
    return this.#adding.files(files, signal, password);
  }

  async setUse(id: string, inUse: boolean): Promise<void> {
    await (await this.store).update(id, { inUse });
    await this.#shelving.refresh();
  }

  /** Returns how to bring the source back as it was. */
  async remove(id: string): Promise<() => Promise<void>> {
    const deleted = this.#turns.signal;
    const back = await removeSource(await this.store, id);
    await this.#shelving.refresh();
    this.roomMade();
    return async () => {
      deleted.throwIfAborted();
      await back();
      await this.#shelving.refresh();
      this.index();
    };
  }

  /** The sample does not come back by itself. */
  async deleteEverything(): Promise<void> {
    this.stop();
    this.outgoing.end();
    this.#turns.stop();
    const end = await this.#turns.take();
    try {
      const store = await this.store;
      await store.deleteEverything();
      await store.remember(SAMPLE_ADDED);
      await this.#cutting.open();
      await this.#shelving.refresh();
      // A batch under way may have stored its vectors after the deletion.
      await this.finder.worker.ask('sweep', {}, new AbortController().signal).catch(() => null);
    } finally {
      end();
    }
  }

  /** Something that was kept is gone: what could not be stored is tried again. */
  roomMade(): void {
    if (this.told.now.problem?.code === 'storage-full') this.index();
  }

  stop(): void {
    this.#cutting.stop();
    this.#indexer.stop(this.#missing > 0);
  }

  resume(): void {
    this.#indexer.allow();
    this.index();
    this.#cutAnew();
  }

  /** Starts indexing what is shelved and has no vector yet. */
  index(): void {
    if (!this.#shelving.isLost) this.#indexer.start();
  }

  #tell(change: Partial<LibraryState>): void {
    this.told.set({ ...this.told.now, ...change });
  }
}
