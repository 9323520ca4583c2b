import type { RunsOn } from '../device/choice';
import type { Job, Progress } from '../job';
import type { SearchJobs } from '../workers/jobs';
import { abortable } from './abortable';
import type { Depot } from './depot';
import { ModelLoader } from './models';
import type { ModelOnDevice } from './onDevice';

/** A reranker with which the worker is lost again and again is not loaded for ever. */
const MAX_LOSSES = 2;

/** The reranker in use, in the finder's worker: where it is lost with that, it is loaded anew. */
export class Reranking {
  readonly #loader: ModelLoader;
  /** Empty: none. */
  #id = '';
  #losses = 0;

  constructor(
    private readonly base: string,
    private readonly finder: ModelOnDevice<SearchJobs>,
    private readonly depot: Depot,
  ) {
    this.#loader = new ModelLoader(
      (signal, again) => this.#load(signal, again),
      (state) => {
        depot.tellState(this.#id, state);
      },
    );
  }

  /** Loads this one in the place of the last, told through the catalogue; empty: none. */
  use(id: string): void {
    const { begun } = this.#loader;
    this.#loader.stop();
    // Told of the last one.
    if (begun) this.#loader.forget();
    this.#id = id;
    this.#losses = 0;
    if (id !== '') this.#loader.again().catch(() => undefined);
    else if (begun) this.finder.worker.ask('unloadReranker', {}, new AbortController().signal).catch(() => undefined);
  }

  /** The finder's worker is gone. */
  lost(error: unknown): void {
    if (this.#id === '' || !this.#loader.begun) return;
    if (this.#losses++ < MAX_LOSSES) this.#loader.again().catch(() => undefined);
    else this.#loader.lost(error);
  }

  async *#load(signal: AbortSignal, again: boolean): Job<Progress, RunsOn> {
    const id = this.#id;
    // The first model of a worker decides where others can run there: it has to be the finder.
    await abortable(
      this.finder.ready().catch(() => undefined),
      signal,
    );
    const { uses } = this.depot.catalogue;
    const state = this.depot.catalogue.find(uses.finder)?.state;
    const device = state?.kind === 'ready' && state.because === null ? 'webgpu' : 'wasm';
    await this.depot.ensure(id, device);
    signal.throwIfAborted();
    const input = { base: this.base, entry: this.depot.reranker(id), again, device } as const;
    return yield* this.finder.worker.call('loadReranker', input, signal);
  }
}
