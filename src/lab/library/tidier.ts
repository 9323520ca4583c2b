import { newlyReplaced } from '../../documents/versions';
import { LabError, asLabError } from '../../errors';
import type { LibraryStore, SourceChange } from '../../storage/library';
import type { SearchJobs, Tidied } from '../../workers/jobs';
import type { ModelOnDevice } from '../onDevice';

interface Listener {
  tidied(found: Tidied): void;
  /** What was found is stored, and is to be told. */
  refresh(): Promise<void>;
  failed(error: LabError): void;
}

/** Looks through what was added: for copies, for versions of what is there, for text that gives instructions. */
export class Tidier {
  #run: Promise<void> | null = null;
  /** Something was added while it was under way. */
  #again = false;
  readonly #never = new AbortController().signal;

  constructor(
    private readonly finder: ModelOnDevice<SearchJobs>,
    private readonly store: Promise<LibraryStore>,
    private readonly tell: Listener,
  ) {}

  /** Settles when nothing is left to look through. */
  get run(): Promise<void> {
    return this.#run ?? Promise.resolve();
  }

  start(): void {
    this.#again = true;
    this.#run ??= this.#all().finally(() => {
      this.#run = null;
    });
  }

  async #all(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      try {
        await this.#compare();
        await this.#look();
      } catch (error) {
        // A new worker is told everything, and this is begun anew.
        if (!(error instanceof LabError) || error.code !== 'worker-lost') this.tell.failed(asLabError(error));
      }
    }
  }

  async #compare(): Promise<void> {
    const found = await this.finder.worker.ask('tidy', {}, this.#never);
    const store = await this.store;
    const replaced = newlyReplaced(await store.sources(), found.versions);
    this.tell.tidied(found);
    if (replaced.size === 0) return;
    await store.updateAll(new Map([...replaced].map(([id, replacedBy]) => [id, { replacedBy }])));
    // Copies are counted anew without what is stale now.
    await this.tell.refresh();
  }

  async #look(): Promise<void> {
    const store = await this.store;
    const changes = new Map<string, SourceChange>();
    for (const { id, documentId, instructions } of await store.sources()) {
      if (instructions) continue;
      const document = await store.document(documentId);
      if (!document) continue;
      const { text } = document;
      changes.set(id, { instructions: await this.finder.worker.ask('look', { text }, this.#never) });
    }
    if (changes.size === 0) return;
    await store.updateAll(changes);
    await this.tell.refresh();
  }
}
