import type { RunsOn } from '../device/choice';
import { asLabError } from '../errors';
import type { Job, Progress } from '../job';
import type { ExplainingRetriever } from '../retrieval/retriever';
import type { LibraryStore } from '../storage/library';
import type { SearchJobs } from '../workers/jobs';
import { abortable } from './abortable';
import type { LibraryDesk } from './library';
import type { ModelsDesk } from './modelsDesk';
import { type LoadInput, ModelOnDevice } from './onDevice';
import { Reranking } from './reranking';
import { shelfRetriever } from './shelfRetriever';
import type { Restartable } from './worker';

/** A search worker that dies again and again is not fed the same documents for ever. */
const MAX_RESTARTS = 2;

/** The search worker: the finder in use, the reranker beside it, and the library that it is told anew whenever it was lost. */
export class FinderDesk {
  readonly model: ModelOnDevice<SearchJobs>;
  readonly reranking: Reranking;
  #restarts = 0;
  #reshelving: Promise<void> = Promise.resolve();

  constructor(
    private readonly base: string,
    private readonly store: Promise<LibraryStore>,
    private readonly models: ModelsDesk,
    private readonly library: () => LibraryDesk,
  ) {
    this.model = new ModelOnDevice<SearchJobs>({
      name: 'finder',
      start: () => new Worker(new URL('../workers/search.worker.ts', import.meta.url), { type: 'module' }),
      load: (worker, input, signal) => this.#load(worker, input, signal),
      // The runtime remembers a failed start. Otherwise the worker stays, which knows all documents.
      spoilt: (error) => asLabError(error).code === 'runtime-missing',
      tell: (state) => {
        models.depot.tellState(models.uses.finder, state);
      },
      onEmpty: (error, anew) => {
        library().lost(error);
        this.reranking.lost(error);
        if (anew || this.#restarts++ < MAX_RESTARTS) this.#reshelving = library().reshelve();
      },
    });
    this.reranking = new Reranking(base, this.model, models.depot);
  }

  async *#load(worker: Restartable<SearchJobs>, input: LoadInput, signal: AbortSignal): Job<Progress, RunsOn> {
    const { lasting } = await this.store;
    const { uses, depot } = this.models;
    const id = uses.finder;
    await depot.ensure(id, input.device);
    return yield* worker.call('load', { base: this.base, entry: depot.finder(id), lasting, ...input }, signal);
  }

  /** What is in the library, once what is nearly indexed is. */
  async retriever(signal: AbortSignal): Promise<ExplainingRetriever> {
    const library = this.library();
    await abortable(
      this.#reshelving.then(() => library.settled()),
      signal,
    );
    return shelfRetriever(library, this.model, () => this.#reshelving);
  }
}
