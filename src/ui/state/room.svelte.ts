import type { Lab, StorageUse } from '../../lab';
import type { Adapters } from './adapters.svelte';
import type { Catalogue } from './catalogue.svelte';
import type { Library } from './library.svelte';
import { canBeRemoved } from './modelAction';

/** Something kept that can be removed, with what it takes. */
export interface Removable {
  readonly id: string;
  readonly name: string;
  readonly kind: 'document' | 'model' | 'adapter';
  readonly bytes: number;
  remove(): Promise<void> | void;
}

/** What this page keeps in the browser, and what of it could go. */
export class Room {
  use = $state.raw<StorageUse | null>(null);

  constructor(
    private readonly lab: Lab,
    private readonly library: Library,
    private readonly catalogue: Catalogue,
    private readonly adapters: Adapters,
  ) {}

  async look(): Promise<void> {
    this.use = await this.lab.storageUse().catch(() => null);
  }

  /** Changes when something came or went. */
  get version(): string {
    const { sources, indexing, problem } = this.library.state;
    return JSON.stringify([sources.length, indexing === null, problem?.code, this.modelBytes, this.adapterBytes]);
  }

  get modelBytes(): number {
    return this.catalogue.keptBytes;
  }

  get adapterBytes(): number {
    return this.own.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
  }

  private get own() {
    return this.adapters.all.filter(({ builtIn }) => !builtIn);
  }

  /** The largest first. */
  get removable(): readonly Removable[] {
    const documents = this.library.sources.map((source): Removable => {
      const { id, bytes } = source;
      return { id, name: this.library.titleOf(id), kind: 'document', bytes, remove: () => this.library.remove(source) };
    });
    const models = this.catalogue.kept.filter(canBeRemoved).map((model): Removable => {
      const bytes = model.kept.kind === 'none' ? 0 : model.kept.bytes;
      return { id: model.id, name: model.label, kind: 'model', bytes, remove: () => this.catalogue.remove(model) };
    });
    const adapters = this.own.map((adapter): Removable => {
      const { id, label: name, bytes } = adapter;
      return { id, name, kind: 'adapter', bytes: bytes ?? 0, remove: () => this.adapters.remove(id) };
    });
    return [...documents, ...models, ...adapters].sort((a, b) => b.bytes - a.bytes);
  }
}
