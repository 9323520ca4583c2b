import { inForce } from '../../documents/versions';
import { LabError, asLabError } from '../../errors';
import type { LibraryState } from '../../lab';
import type { LibraryStore, Source } from '../../storage/library';
import type { SearchJobs } from '../../workers/jobs';
import { Neighbours } from './neighbours';
import type { Outgoing } from './outgoing';
import { searchOf } from './searching';
import type { ModelOnDevice } from '../onDevice';

interface Listener {
  /** All that are stored, as read just now. */
  sources(told: Pick<LibraryState, 'sources' | 'collections' | 'scope' | 'search'>): void;
  /** Another tab has changed what is stored, which is told by now. */
  followed(): void;
  /** The search worker knows them. */
  shelved(): void;
  /** What is stored stays stored, and the search worker has not been told. */
  failed(error: LabError): void;
}

/** Tells the page and the search worker what is stored. */
export class Shelving {
  readonly #neighbours = new Neighbours();
  /** Documents whose chunks the search worker has been told, and how those were cut. */
  #shelved = new Map<string, string | undefined>();
  /** Why the search worker knows nothing, from its loss until it is told again. */
  #lost: LabError | null = null;
  /** One telling after the other, so that an older list never overtakes a newer one. */
  #telling: Promise<void> = Promise.resolve();

  constructor(
    private readonly finder: ModelOnDevice<SearchJobs>,
    private readonly store: Promise<LibraryStore>,
    private readonly tell: Listener,
    private readonly outgoing: Outgoing,
  ) {
    this.#neighbours.listen(() => {
      void this.follow().then(
        () => {
          tell.followed();
        },
        () => undefined,
      );
    });
  }

  /** Ids of the documents that the search worker knows. */
  get documents(): Iterable<string> {
    return this.#shelved.keys();
  }

  /** The search worker is gone, and with it all it was told. */
  lost(error: Error): void {
    this.#shelved = new Map();
    this.#lost = asLabError(error);
  }

  /** Whether the search worker is gone and no other was told yet. */
  get isLost(): boolean {
    return this.#lost !== null;
  }

  /** Waits until the search worker knows what is stored. Throws `worker-lost` when nobody tells it any more. */
  async done(): Promise<void> {
    await this.#telling;
    if (this.#lost) throw new LabError('worker-lost', 'Nothing can be searched until the finder is loaded again.');
  }

  /** Reads the sources from the store and tells the page and the search worker. Throws what the store throws. */
  async refresh(): Promise<void> {
    await this.follow();
    this.#neighbours.tell();
  }

  /** As `refresh`, where nothing was changed here: other tabs need not hear of it. */
  follow(): Promise<void> {
    const turn = this.#telling.then(() => this.#readAndTell());
    this.#telling = turn.catch(() => undefined);
    return turn;
  }

  async #readAndTell(): Promise<void> {
    const store = await this.store;
    const known = this.#shelved;
    const [kept, collections, scope, search] = await Promise.all([
      store.sources(),
      store.collections(),
      store.scope(),
      searchOf(store),
    ]);
    const sources = inForce(kept);
    this.tell.sources({ sources, collections, scope, search });
    await this.outgoing.shelve(sources);
    try {
      await this.#shelve(store, sources);
      this.tell.shelved();
    } catch (error) {
      // What is stored is stored, and is shelved again when the search worker is.
      if (this.#shelved === known) this.tell.failed(asLabError(error));
    }
  }

  async #shelve(store: LibraryStore, sources: readonly Source[]): Promise<void> {
    const documents = new Map(sources.map(({ documentId, cut }) => [documentId, cut]));
    const known = this.#shelved;
    const fresh = [...documents].filter(([id, cut]) => !known.has(id) || known.get(id) !== cut);
    const told = fresh.map(async ([id]) => [id, await store.chunks(id)] as const);
    const contents = Object.fromEntries(await Promise.all(told));
    await this.finder.worker.ask('shelve', { sources, contents }, new AbortController().signal);
    // Lost meanwhile: a new worker knows only a part.
    if (this.#shelved !== known) return;
    this.#shelved = documents;
    this.#lost = null;
  }
}
