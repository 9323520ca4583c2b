import type { Source } from '../../storage/library';
import type { SearchJobs } from '../../workers/jobs';
import type { Detached } from '../worker';

/**
 * The search worker of the finder before: it answers from its own index until the new finder's is complete. It learns of
 * what is switched off or removed, and not of what is added since.
 */
export class Outgoing {
  #held: { readonly worker: Detached<SearchJobs>; readonly documents: ReadonlySet<string> } | null = null;

  /** For people: the finder that answers; null where the one in use does. */
  label: string | null = null;

  /** `changed` is called when it answers no more. */
  constructor(private readonly changed: () => void) {}

  get worker(): Detached<SearchJobs> | null {
    return this.#held?.worker ?? null;
  }

  /** `documents` are the ids of those that it has indexed. */
  hold(worker: Detached<SearchJobs> | null, label: string, documents: Iterable<string>): void {
    this.end();
    if (!worker) return;
    this.#held = { worker, documents: new Set(documents) };
    this.label = label;
    worker.onLost(() => {
      if (this.worker === worker) this.end();
    });
    this.changed();
  }

  async shelve(sources: readonly Source[]): Promise<void> {
    const held = this.#held;
    if (!held) return;
    const known = sources.filter(({ documentId }) => held.documents.has(documentId));
    const never = new AbortController().signal;
    await held.worker.ask('shelve', { sources: known, contents: {} }, never).catch(() => null);
  }

  end(): void {
    const held = this.#held;
    if (!held) return;
    this.#held = null;
    this.label = null;
    held.worker.end('Another finder answers now.');
    this.changed();
  }
}
