import { type DeviceFacts, readStorage } from '../../device/facts';
import { holdTogether, sizesIn } from '../../device/fit';
import { LabError } from '../../errors';
import type { ReaderEntry } from '../../generation/models';
import { HUGGING_FACE } from '../../inference/hub';
import type { Device } from '../../inference/session';
import type { CatalogueModel, ModelInfo, ModelRole } from '../../lab';
import type { FinderEntry } from '../../retrieval/embedders';
import type { RerankerEntry } from '../../retrieval/rerankers';
import { type ModelStore, keptText, keyOf } from '../../storage/models';
import type { Origins } from '../origins';
import { compiledKept } from './compiled';
import { Told } from '../told';
import { type Place, type Shelved, described, keptOf, newlyShelved } from './shelved';

const NO_FACTS: DeviceFacts = {
  gpu: null,
  f16: false,
  largestBuffer: null,
  memory: null,
  threads: 1,
  simd: true,
  metered: false,
  storage: { used: null, quota: null, kept: null },
};

/** What is offered without the visitor bringing anything. The first of each is the default. */
export const ROLES: readonly ModelRole[] = ['reader', 'finder', 'reranker'];

export interface Offered {
  readonly readers: readonly ReaderEntry[];
  readonly finders: readonly FinderEntry[];
  /** None of them is a default. */
  readonly rerankers: readonly RerankerEntry[];
}

/** All models there are and what is known of them; every change is told. */
export class Catalogue {
  readonly told = new Told<readonly CatalogueModel[]>([]);
  readonly device = new Told<DeviceFacts>(NO_FACTS);
  readonly #models = new Map<string, Shelved>();
  readonly uses: Record<ModelRole, string>;
  host = HUGGING_FACE;
  readonly devices: Record<ModelRole, Device> = { reader: 'wasm', finder: 'wasm', reranker: 'wasm' };

  constructor(
    private readonly store: Promise<ModelStore>,
    private readonly origins: Origins,
    private readonly offered: Offered,
  ) {
    for (const entry of offered.readers) this.#models.set(entry.id, newlyShelved({ role: 'reader', entry }));
    for (const entry of offered.finders) this.#models.set(entry.id, newlyShelved({ role: 'finder', entry }));
    for (const entry of offered.rerankers) this.#models.set(entry.id, newlyShelved({ role: 'reranker', entry }));
    this.uses = { reader: this.builtIn('reader'), finder: this.builtIn('finder'), reranker: '' };
    this.tell();
  }

  get all(): readonly Shelved[] {
    return [...this.#models.values()];
  }

  find(id: string): Shelved | null {
    return this.#models.get(id) ?? null;
  }

  /** Throws `model-not-fetched`. */
  get(id: string): Shelved {
    const model = this.#models.get(id);
    if (!model) throw new LabError('model-not-fetched', `There is no model “${id}” here.`);
    return model;
  }

  shown(id: string): CatalogueModel | null {
    return this.told.now.find((one) => one.id === id) ?? null;
  }

  builtIn(role: ModelRole): string {
    const { readers, finders } = this.offered;
    return { reader: readers[0]?.id, finder: finders[0]?.id, reranker: '' }[role] ?? '';
  }

  /** The defaults, as the masthead tells them. */
  get inUse(): { reader: ModelInfo; finder: ModelInfo } {
    const info = (role: ModelRole): ModelInfo => {
      const shown = this.shown(this.uses[role]);
      if (!shown) throw new LabError('model-missing', 'The catalogue is empty.');
      const { id, label, bytes, reads, succeeds, state } = shown;
      return { id, label, bytes, reads, succeeds, state };
    };
    return { reader: info('reader'), finder: info('finder') };
  }

  /** Whether this finder can stay in memory beside the one in use, as far as is known. */
  holdsBoth(before: string): boolean {
    const [one, other] = [this.shown(before), this.shown(this.uses.finder)];
    if (!one || !other || one.state.kind !== 'ready') return false;
    return holdTogether([one.memory, other.memory], this.device.now);
  }

  put(model: Shelved): void {
    this.#models.set(model.entry.id, model);
    this.tell();
  }

  drop(id: string): void {
    this.#models.delete(id);
    this.tell();
  }

  change(id: string, change: Partial<Shelved>): void {
    const model = this.#models.get(id);
    if (model) this.put({ ...model, ...change } as Shelved);
  }

  get place(): Place {
    return {
      facts: this.device.now,
      devices: this.devices,
      host: this.host,
      lacking: (origins) => this.origins.lacking(origins),
      inUse: new Set(Object.values(this.uses)),
    };
  }

  kept(id: string): CatalogueModel['kept'] {
    return keptOf(this.get(id), this.place);
  }

  tell(): void {
    const { place } = this;
    this.told.set(this.all.map((model) => described(model, place)));
  }

  /** Reads anew what is kept of a model. A store that cannot be read keeps nothing. */
  async refresh(id: string): Promise<void> {
    const model = this.find(id);
    if (model) this.change(id, await this.#keptNow(model));
  }

  /** As `refresh`, of all models at once, told once. */
  async refreshAll(): Promise<void> {
    const read = await Promise.all(
      this.all.map(async (model) => [model.entry.id, await this.#keptNow(model)] as const),
    );
    for (const [id, change] of read) {
      const model = this.#models.get(id);
      if (model) this.#models.set(id, { ...model, ...change } as Shelved);
    }
    this.tell();
  }

  async #keptNow({ role, entry }: Shelved): Promise<Partial<Shelved>> {
    const { source } = entry;
    if (role === 'reader' && source.kind === 'webllm') return { compiled: await compiledKept(entry) };
    const key = keyOf(source);
    if (key === null) return {};
    const store = await this.store;
    const kept = await store.model(key).catch(() => null);
    const parts = kept ? await store.partsOf(key).catch(() => null) : null;
    const config = kept ? await keptText(store, kept, 'config.json').catch(() => '') : '';
    const sizes = sizesIn(config);
    return { kept, parts: parts ?? new Map(), ...(sizes && { sizes }) };
  }

  async refreshStorage(): Promise<void> {
    this.device.set({ ...this.device.now, storage: await readStorage(navigator) });
    this.tell();
  }
}
