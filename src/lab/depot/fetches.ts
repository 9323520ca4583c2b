import { asLabError, isAbort } from '../../errors';
import type { Download } from '../../lab';
import type { Catalogue } from './catalogue';

type Work = (tell: (download: Download) => void, signal: AbortSignal) => Promise<void>;

/** What is being fetched: of each model once, told as it goes. */
export class Fetches {
  readonly #running = new Map<string, { readonly stopper: AbortController; readonly ended: Promise<void> }>();

  constructor(private readonly catalogue: Catalogue) {}

  /** Joins what is under way already; what only waits is ended and begun anew. */
  async run(id: string, work: Work): Promise<void> {
    const before = this.#running.get(id);
    if (before && this.catalogue.get(id).download.kind !== 'waiting') return before.ended;
    if (before) {
      before.stopper.abort();
      await before.ended.catch(() => undefined);
      const meanwhile = this.#running.get(id);
      if (meanwhile) return meanwhile.ended;
    }
    const stopper = new AbortController();
    const ended = this.#fetch(id, work, stopper.signal).finally(() => {
      this.#running.delete(id);
      void this.catalogue.refreshStorage();
    });
    this.#running.set(id, { stopper, ended });
    return ended;
  }

  stop(id: string): void {
    this.#running.get(id)?.stopper.abort();
  }

  async #fetch(id: string, work: Work, signal: AbortSignal): Promise<void> {
    const tell = (download: Download) => {
      this.catalogue.change(id, { download });
    };
    try {
      await work(tell, signal);
      await this.catalogue.refresh(id);
      this.catalogue.change(id, { download: { kind: 'idle' }, damaged: false });
    } catch (error) {
      await this.catalogue.refresh(id);
      tell(isAbort(error) ? { kind: 'idle' } : { kind: 'failed', error: asLabError(error) });
      throw error;
    }
  }
}
