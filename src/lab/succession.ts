import type { ReaderEntry } from '../generation/models';
import type { Depot } from './depot';
import type { Readers } from './readers';

/**
 * The page's smaller reader answers at once; its larger one is loaded beside it and then takes its place, unless the
 * visitor chose a reader, pays for what comes over the line, or has no memory for both.
 */
export class Succession {
  #begun = false;

  /** `idle` settles when nothing is being asked that counts on the reader in use. */
  constructor(
    private readonly depot: Depot,
    private readonly readers: Pick<Readers, 'desk' | 'fitTogether'>,
    private readonly idle: () => Promise<void>,
    private readonly take: (id: string) => void,
  ) {}

  /** Call once the reader in use is loaded, and when another became it without the visitor's choice. Never fails: a larger reader that cannot be had says so in the catalogue. */
  async begin(): Promise<void> {
    const larger = this.#larger();
    if (!larger || this.#begun) return;
    this.#begun = true;
    try {
      await this.readers.desk(larger.id).ready();
      await this.idle();
      if (this.#larger()?.id === larger.id) this.take(larger.id);
    } catch {
      // The smaller one goes on.
    } finally {
      this.#begun = false;
    }
  }

  #larger(): ReaderEntry | null {
    const { catalogue } = this.depot;
    const smaller = catalogue.uses.reader;
    if (this.depot.chose('reader') || catalogue.device.now.metered) return null;
    const larger = catalogue.all.find(({ role, entry }) => role === 'reader' && entry.succeeds === smaller);
    if (larger?.role !== 'reader' || !this.readers.fitTogether([smaller, larger.entry.id])) return null;
    return larger.entry;
  }
}
