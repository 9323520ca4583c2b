import type { RunsOn } from '../device/choice';
import { asLabError, isAbort } from '../errors';
import type { Job, Progress } from '../job';
import type { ModelState } from '../lab';

/** Loads one model when it is needed, tells its state, and loads it anew after its worker was lost. */
export class ModelLoader {
  #loading: Promise<void> | null = null;
  #turn = 0;
  #stopper = new AbortController();

  /** The last load failed: what it had fetched may be damaged. */
  #failed = false;

  /** `load` hears whether its files are to be fetched past the browser's cache. */
  constructor(
    private readonly load: (signal: AbortSignal, again: boolean) => Job<Progress, RunsOn>,
    private readonly tell: (state: ModelState) => void,
  ) {}

  /**
   * Resolves when the model is ready; one load serves all who wait. Rejects with the LabError that was told, or
   * with an AbortError when the load was stopped.
   */
  async ready(): Promise<void> {
    for (;;) {
      const waited = (this.#loading ??= this.#run());
      try {
        await waited;
        return;
      } catch (error) {
        if (!this.#replaced(waited)) throw error;
      }
    }
  }

  /** Another load may have been begun in its place, as for another device. */
  #replaced(load: Promise<void>): boolean {
    return this.#loading !== null && this.#loading !== load;
  }

  /** Whether it was ever asked for, however that ended. */
  get begun(): boolean {
    return this.#turn > 0;
  }

  /** Loads once more, though nothing failed: those who wait for `ready` from now on wait for this. */
  again(): Promise<void> {
    this.#loading = null;
    return this.ready();
  }

  /** Stops the load under way, for all who wait; the next `ready` loads again. */
  stop(): void {
    this.#stopper.abort();
  }

  /** It was taken out of memory on purpose: the next `ready` loads again. */
  forget(): void {
    this.#turn++;
    this.#loading = null;
    this.tell({ kind: 'waiting' });
  }

  /** The worker that held it is gone: the next `ready` loads again. */
  lost(error: unknown): void {
    this.#loading = null;
    this.tell({ kind: 'failed', error: asLabError(error) });
  }

  async #run(): Promise<void> {
    // What a load that was begun anew meanwhile still says is out of date.
    const turn = ++this.#turn;
    const tell = (state: ModelState) => {
      if (turn === this.#turn) this.tell(state);
    };
    tell({ kind: 'loading', done: 0, total: null });
    this.#stopper = new AbortController();
    try {
      const job = this.load(this.#stopper.signal, this.#failed);
      let next = await job.next();
      for (; !next.done; next = await job.next())
        tell({ kind: 'loading', done: next.value.done, total: next.value.total });
      this.#failed = false;
      tell({ kind: 'ready', ...next.value });
    } catch (error) {
      if (!isAbort(error)) this.#failed = true;
      // A failed load is forgotten, so that a retry can work.
      if (turn === this.#turn) this.#loading = null;
      tell(isAbort(error) ? { kind: 'stopped' } : { kind: 'failed', error: asLabError(error) });
      throw error;
    }
  }
}
