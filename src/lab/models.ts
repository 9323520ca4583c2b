import { asLabError, isAbort } from '../errors';
import type { Job, Progress } from '../job';
import type { ModelInfo, ModelState } from '../lab';

/** What a model is before it is loaded; bytes are summed over its files, null where one is unknown. */
export function describe(entry: {
  id: string;
  label: string;
  reads?: string;
  files: readonly { bytes: number | null }[];
}): Omit<ModelInfo, 'state'> {
  const bytes = entry.files.reduce<number | null>(
    (sum, file) => (sum === null || file.bytes === null ? null : sum + file.bytes),
    0,
  );
  return { id: entry.id, label: entry.label, bytes, reads: entry.reads ?? null };
}

/** Loads one model when it is needed, tells its state, and loads it anew after its worker was lost. */
export class ModelLoader {
  #loading: Promise<void> | null = null;
  #stopper = new AbortController();

  constructor(
    private readonly load: (signal: AbortSignal) => Job<Progress, { runsOn: string }>,
    private readonly tell: (state: ModelState) => void,
  ) {}

  /**
   * Resolves when the model is ready; one load serves all who wait. Rejects with the LabError that was told, or
   * with an AbortError when the load was stopped.
   */
  ready(): Promise<void> {
    this.#loading ??= this.#run();
    return this.#loading;
  }

  /** Stops the load under way, for all who wait; the next `ready` loads again. */
  stop(): void {
    this.#stopper.abort();
  }

  /** The worker that held it is gone: the next `ready` loads again. */
  lost(error: unknown): void {
    this.#loading = null;
    this.tell({ kind: 'failed', error: asLabError(error) });
  }

  async #run(): Promise<void> {
    this.tell({ kind: 'loading', done: 0, total: null });
    this.#stopper = new AbortController();
    try {
      const job = this.load(this.#stopper.signal);
      let next = await job.next();
      for (; !next.done; next = await job.next())
        this.tell({ kind: 'loading', done: next.value.done, total: next.value.total });
      this.tell({ kind: 'ready', runsOn: next.value.runsOn });
    } catch (error) {
      // A failed load is forgotten, so that a retry can work.
      this.#loading = null;
      this.tell(isAbort(error) ? { kind: 'stopped' } : { kind: 'failed', error: asLabError(error) });
      throw error;
    }
  }
}
