import type { LabError } from '../../errors';
import { asLabError, isAbort } from '../../errors';
import type { AdapterInfo, Lab } from '../../lab';

/** What lanes may wear. */
export class Adapters {
  all = $state.raw<readonly AdapterInfo[]>([]);
  adding = $state(false);
  problem = $state.raw<LabError | null>(null);
  /** The last one the visitor brought. */
  brought = $state.raw<AdapterInfo | null>(null);
  private stopper: AbortController | null = null;

  /** `gone` hears of each that is here no more. */
  constructor(
    private readonly lab: Lab,
    private readonly gone: (id: string) => void,
  ) {}

  listen(): () => void {
    return this.lab.onAdapters((adapters) => {
      const left = this.all.filter(({ id }) => !adapters.some((one) => one.id === id));
      this.all = adapters;
      for (const { id } of left) this.gone(id);
    });
  }

  label(id: string): string {
    return this.all.find((adapter) => adapter.id === id)?.label ?? id;
  }

  /** Reads a PEFT adapter's two files; null when that failed (see `problem`) or was stopped. */
  async add(files: readonly File[]): Promise<AdapterInfo | null> {
    this.problem = null;
    this.brought = null;
    this.adding = true;
    this.stopper = new AbortController();
    try {
      this.brought = await this.lab.addAdapter(files, this.stopper.signal);
      return this.brought;
    } catch (error) {
      if (!isAbort(error)) this.problem = asLabError(error);
      return null;
    } finally {
      this.adding = false;
      this.stopper = null;
    }
  }

  async remove(id: string): Promise<void> {
    this.problem = null;
    try {
      await this.lab.removeAdapter(id);
    } catch (error) {
      this.problem = asLabError(error);
    }
  }

  stop(): void {
    this.stopper?.abort();
  }
}
