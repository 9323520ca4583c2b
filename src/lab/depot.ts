/** All models there are, what is kept of them, and how they come here. */
import type { DeviceChoice } from '../device/choice';
import { askToPersist, isMetered, readDevice, watchConnection } from '../device/facts';
import { sizesIn } from '../device/fit';
import { LabError } from '../errors';
import type { ReaderEntry } from '../generation/models';
import type { SelfTestResult } from '../generation/writingTest';
import { HUGGING_FACE } from '../inference/hub';
import { threads } from '../inference/threads';
import type { CatalogueModel, Download, ModelRole, ModelState } from '../lab';
import type { FinderEntry } from '../retrieval/embedders';
import type { RerankerEntry } from '../retrieval/rerankers';
import { type ModelStore, keptText, keyOf } from '../storage/models';
import type { DepotJobs, HubModel, OwnFile } from '../workers/jobs';
import { forgetAllCompiled, forgetCompiled } from './depot/compiled';
import { Catalogue, type Offered, ROLES } from './depot/catalogue';
import { Choices } from './depot/choices';
import { Fetches } from './depot/fetches';
import { ownEntry, readOwn } from './depot/ownModel';
import { described, graphHere, lackingWords, newlyShelved } from './depot/shelved';
import { hostAddress, type Origins } from './origins';
import type { Restartable } from './worker';

/** Name of the setting. */
const HUB = 'hub';

export class Depot {
  readonly catalogue: Catalogue;
  readonly #choices: Choices;
  readonly #fetches: Fetches;
  /** Models that are fetched by loading them, on the visitor's word. */
  readonly #byLoading = new Set<string>();
  readonly #devices: Partial<Record<ModelRole, DeviceChoice>> = {};
  #persistAsked = false;

  constructor(
    private readonly worker: Restartable<DepotJobs>,
    private readonly store: Promise<ModelStore>,
    private readonly origins: Origins,
    offered: Offered,
  ) {
    this.catalogue = new Catalogue(store, origins, offered);
    this.#choices = new Choices(store);
    this.#fetches = new Fetches(this.catalogue);
  }

  /** What is kept, what was set, and what this device can do. Never fails: what cannot be known stays unknown. */
  async open(): Promise<void> {
    const origins = this.origins.open().catch(() => undefined);
    this.catalogue.device.set(await readDevice(navigator, threads()));
    await origins;
    watchConnection(navigator, () => {
      this.catalogue.device.set({ ...this.catalogue.device.now, metered: isMetered(navigator) });
    });
    for (const role of ROLES) this.#place(role);
    const store = await this.store;
    try {
      const host = await store.setting(HUB);
      if (typeof host === 'string') this.catalogue.host = host;
      for (const kept of await store.models()) {
        if (kept.hub === null && !this.catalogue.find(kept.key)) {
          const entry = ownEntry(kept.key, kept.label, kept.weights, await keptText(store, kept, 'config.json'));
          this.catalogue.put(newlyShelved({ role: 'reader', entry }));
        }
      }
      await this.catalogue.refreshAll();
      const chosen = await this.#choices.open((role, id) => {
        const model = this.catalogue.find(id);
        // A server's models are told before this, where the server is remembered.
        const here = model?.entry.source.kind === 'server' || (model && this.catalogue.kept(id).kind === 'whole');
        return model?.role === role && here === true;
      });
      Object.assign(this.catalogue.uses, chosen);
    } catch {
      // A store that cannot be read offers what the page brings.
    }
    this.catalogue.tell();
  }

  /** Takes effect at once for what is not begun. */
  async setHost(address: string): Promise<void> {
    this.catalogue.host = address.trim() === '' ? HUGGING_FACE : hostAddress(address);
    await (await this.store).setSetting(HUB, this.catalogue.host);
    this.catalogue.tell();
  }

  /** By the visitor's choice, which is remembered, or without one. */
  use(role: ModelRole, id: string, chosen: boolean): void {
    this.catalogue.uses[role] = id;
    this.catalogue.tell();
    this.#choices.set(role, chosen ? id : null);
  }

  chose(role: ModelRole): boolean {
    return this.#choices.has(role);
  }

  /** Where models of a role are to run: another device may need another file. */
  runOn(role: ModelRole, choice: DeviceChoice): void {
    this.#devices[role] = choice;
    this.#place(role);
    this.catalogue.tell();
  }

  #place(role: ModelRole): void {
    const choice = this.#devices[role] ?? 'auto';
    const gpu = choice === 'webgpu' || (choice === 'auto' && this.catalogue.device.now.gpu !== null);
    this.catalogue.devices[role] = gpu ? 'webgpu' : 'wasm';
  }

  reader(id: string): ReaderEntry {
    const model = this.catalogue.find(id);
    if (model?.role === 'reader') return model.entry;
    throw new LabError('model-not-fetched', `There is no model “${id}” here.`);
  }

  finder(id: string): FinderEntry {
    const model = this.catalogue.find(id);
    if (model?.role === 'finder') return model.entry;
    throw new LabError('model-not-fetched', `There is no finder “${id}” here.`);
  }

  reranker(id: string): RerankerEntry {
    const model = this.catalogue.find(id);
    if (model?.role === 'reranker') return model.entry;
    throw new LabError('model-not-fetched', `There is no reranker “${id}” here.`);
  }

  get #readers(): readonly ReaderEntry[] {
    return this.catalogue.all.flatMap((model) => (model.role === 'reader' ? model.entry : []));
  }

  own(id: string): readonly OwnFile[] | null {
    return this.catalogue.find(id)?.own ?? null;
  }

  tellState(id: string, state: ModelState): void {
    const damaged = state.kind === 'failed' && state.error.code === 'model-corrupt';
    const fetching = state.kind === 'loading' && this.#byLoading.has(id);
    const { done = 0, total = null } = fetching ? state : {};
    const download: Download = { kind: 'running', done, total, unit: 'parts' };
    this.catalogue.change(id, { state, ...(damaged && { damaged }), ...(fetching && { download }) });
    // What was found damaged is no longer kept.
    if (damaged) void this.catalogue.refresh(id);
  }

  tellTest(id: string, result: SelfTestResult): void {
    this.catalogue.change(id, { selfTest: result });
  }

  async inspect(id: string, signal: AbortSignal): Promise<void> {
    const { listing, config } = await this.worker.ask(
      'inspect',
      { host: this.#allowed(id), model: this.#hub(id) },
      signal,
    );
    this.catalogue.change(id, { listing, sizes: config === null ? null : sizesIn(config) });
  }

  /** Resolves when it is kept whole; told all the while. Rejects with what was told as failed, or an AbortError when paused. */
  async download(id: string): Promise<void> {
    await this.#fetches.run(id, async (tell, signal) => {
      const came = this.catalogue.kept(id);
      const { bytes: done, of: total } = came.kind === 'part' ? came : { bytes: 0, of: null };
      tell({ kind: 'running', done, total });
      const model = this.#hub(id);
      const host = this.#allowed(id);
      void this.#askToPersist();
      const shelved = this.catalogue.get(id);
      const graph = graphHere(shelved, this.catalogue.place) ?? '';
      const job = this.worker.call('download', { host, model, graph, listing: shelved.listing }, signal);
      for (let next = await job.next(); !next.done; next = await job.next()) {
        const event = next.value;
        // It may wait for long: what has come is shown meanwhile.
        if (event.kind === 'waiting') await this.catalogue.refresh(id);
        if (event.kind === 'progress') tell({ kind: 'running', done: event.done, total: event.total });
        else tell({ ...event, error: new LabError(event.code, event.message) });
      }
    });
  }

  /** Whether a model has no files of ours, and is fetched by the library that runs it, while that loads it. */
  comesByLoading(id: string): boolean {
    return this.catalogue.find(id)?.entry.source.kind === 'webllm';
  }

  /** As `download`, by `load`; `stop` ends it. */
  async downloadBy(load: () => Promise<void>, stop: () => void, id: string): Promise<void> {
    await this.#fetches.run(id, async (tell, signal) => {
      tell({ kind: 'running', done: 0, total: null, unit: 'parts' });
      this.#allowed(id);
      void this.#askToPersist();
      this.#byLoading.add(id);
      signal.addEventListener('abort', stop, { once: true });
      try {
        await load();
      } finally {
        this.#byLoading.delete(id);
        signal.removeEventListener('abort', stop);
      }
    });
  }

  pause(id: string): void {
    this.#fetches.stop(id);
  }

  /**
   * Before a model is loaded: one that was whole and is damaged is mended. Throws `model-not-fetched` for one that was
   * never here whole, since nothing large is fetched without the visitor's word. `device` is the processor, too, where
   * the GPU failed it, which may take another file.
   */
  async ensure(id: string, device: DeviceChoice): Promise<void> {
    const { role } = this.catalogue.get(id);
    this.catalogue.change(id, { onProcessor: device === 'wasm' && this.catalogue.devices[role] === 'webgpu' });
    const model = this.catalogue.get(id);
    const { source } = model.entry;
    if (source.kind === 'page' || source.kind === 'server' || model.own || this.#byLoading.has(id)) return;
    await this.catalogue.refresh(id);
    const { label } = model.entry;
    const kept = this.catalogue.kept(id);
    if (kept.kind === 'whole') return;
    if (source.kind === 'disk')
      throw new LabError(
        'model-corrupt',
        `The files of “${label}” were damaged where they were kept. Bring them again.`,
      );
    if (source.kind === 'webllm' || !model.damaged || this.catalogue.device.now.metered)
      throw new LabError('model-not-fetched', lackingWords(this.catalogue.get(id), this.catalogue.place));
    await this.download(id);
  }

  async remove(id: string): Promise<void> {
    this.pause(id);
    // It may be gone already, as after everything was deleted.
    const model = this.catalogue.find(id);
    if (!model) return;
    const key = keyOf(model.entry.source);
    if (key !== null && !model.own) await (await this.store).removeModel(key);
    if (model.role === 'reader' && model.entry.source.kind === 'webllm')
      await forgetCompiled(model.entry, this.#readers);
    if (model.entry.source.kind === 'disk' || model.entry.source.kind === 'server') this.catalogue.drop(id);
    else this.catalogue.put({ ...newlyShelved(model), listing: model.listing, sizes: model.sizes });
    this.catalogue.tell();
    void this.catalogue.refreshStorage();
  }

  /** All but what the page brings. */
  async removeAll(): Promise<string[]> {
    const gone = this.catalogue.all.filter(({ entry: { source } }) => source.kind !== 'page');
    for (const { entry } of gone) await this.remove(entry.id);
    await forgetAllCompiled();
    await (await this.store).deleteEverything();
    this.#choices.forget();
    this.catalogue.host = HUGGING_FACE;
    this.catalogue.tell();
    return gone.map(({ entry }) => entry.id);
  }

  async addFiles(files: readonly File[], keep: boolean, signal: AbortSignal): Promise<CatalogueModel> {
    const labels = new Set(this.catalogue.all.map(({ entry }) => entry.label));
    const { entry, sizes, own } = await readOwn(files, labels);
    const lasting = keep && (await this.store).lasting;
    if (lasting) {
      void this.#askToPersist();
      await this.worker.ask('keep', own, signal);
    }
    signal.throwIfAborted();
    this.catalogue.put({ ...newlyShelved({ role: 'reader', entry }), sizes, own: lasting ? null : own.files });
    await this.catalogue.refresh(entry.id);
    void this.catalogue.refreshStorage();
    const shown = this.catalogue.shown(entry.id);
    if (!shown) throw new LabError('unexpected', `“${entry.label}” was removed meanwhile.`);
    return shown;
  }

  #hub(id: string): HubModel {
    const { entry } = this.catalogue.get(id);
    const { source, label } = entry;
    if (source.kind !== 'hub') throw new LabError('model-unsupported', `${label} does not come from a hub.`);
    const { repo, revision, weights } = source;
    return { key: keyOf(source) ?? '', label, repo, revision, weights };
  }

  /** The hub's address, if this page may ask it. */
  #allowed(id: string): string {
    const needs = described(this.catalogue.get(id), this.catalogue.place).needsOrigins;
    if (needs.length > 0)
      throw new LabError('hub-unreachable', `This page may not ask ${needs.join(' and ')} until you allow it.`);
    return this.catalogue.host;
  }

  /** Browsers may put it to the visitor, so once. */
  async #askToPersist(): Promise<void> {
    if (this.#persistAsked) return;
    this.#persistAsked = true;
    await askToPersist(navigator);
    await this.catalogue.refreshStorage();
  }
}
