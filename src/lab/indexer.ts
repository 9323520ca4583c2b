import { type LabError, asLabError, isAbort } from '../errors';
import { finish } from '../job';
import type { Indexed, SearchJobs } from '../workers/jobs';
import type { ModelOnDevice } from './onDevice';

interface Listener {
  progress(now: Indexed): void;
  /** All that was shelved has its vectors. */
  done(now: Indexed): void;
  failed(error: LabError): void;
  /** However it ended. */
  ended(): void;
}

/** Indexes in the background what is shelved and has no vector yet, unless the visitor stopped it. */
export class Indexer {
  #indexing: AbortController | null = null;
  #stopped = false;
  #swept = false;
  /** Asked for while under way: what was added at the very end may have been missed. */
  #again = false;
  #run: Promise<void> = Promise.resolve();

  constructor(
    private readonly finder: ModelOnDevice<SearchJobs>,
    private readonly tell: Listener,
  ) {}

  /** Settles when the last indexing has ended. */
  get run(): Promise<void> {
    return this.#run;
  }

  start(): void {
    if (this.#stopped) return;
    this.#again = this.#indexing !== null;
    if (this.#indexing) return;
    const abort = new AbortController();
    this.#indexing = abort;
    this.#run = this.#index(abort.signal).finally(() => {
      this.#indexing = null;
      this.tell.ended();
      if (this.#again) this.start();
    });
  }

  /** With nothing to index (`open`: there is something) there is nothing to stop, and what comes later is indexed. */
  stop(open: boolean): void {
    this.#again = false;
    this.#stopped = this.#indexing !== null || open;
    this.#indexing?.abort();
  }

  /** The visitor wants it again. */
  allow(): void {
    this.#stopped = false;
  }

  /** The search worker is gone. */
  lost(): void {
    this.#again = false;
  }

  async #index(signal: AbortSignal): Promise<void> {
    try {
      // Without a finder, search goes on by words; its own state says why.
      await this.finder.ready();
    } catch {
      return;
    }
    const { replaced, worker } = this.finder;
    try {
      // Once a visit, and not before it is known what is stored: until then, undo finds its vectors again.
      if (!this.#swept) await worker.ask('sweep', {}, signal);
      this.#swept = true;
      const indexing = worker.call('index', {}, signal);
      this.tell.done(
        await finish(indexing, (now) => {
          this.tell.progress(now);
        }),
      );
    } catch (error) {
      // A new worker is told everything, and then asked to index.
      if (!isAbort(error) && !this.finder.mends(error, replaced)) this.tell.failed(asLabError(error));
    }
  }
}
