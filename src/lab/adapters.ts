import { BUILT_IN_ADAPTERS } from '../adapters/builtIn';
import { readPeftConfig } from '../adapters/peftConfig';
import type { Worn } from '../adapters/adapter';
import { LabError } from '../errors';
import { readModelFiles, webFiles } from '../inference/files';
import { finish } from '../job';
import type { AdapterInfo } from '../lab';
import type { LibraryStore, StoredAdapter } from '../storage/library';
import type { GenerationJobs } from '../workers/jobs';
import { Told } from './told';
import type { Restartable } from './worker';

const BUILT_IN: readonly AdapterInfo[] = BUILT_IN_ADAPTERS.map(({ id, label, teaches, rank, weights }) => ({
  id,
  label,
  builtIn: true,
  teaches,
  rank,
  bytes: weights.bytes,
}));

type ReaderWorker = Restartable<GenerationJobs>;

/** Built-in adapters, fetched when first worn, and the visitor's own, kept in the library's store. */
export class AdapterShelf {
  readonly told = new Told<readonly AdapterInfo[]>(BUILT_IN);
  /** Ids that each reader's worker holds. */
  readonly #held = new Map<ReaderWorker, Set<string>>();
  #tried = new Set<string>();

  constructor(
    private readonly store: Promise<LibraryStore>,
    private readonly base: string,
  ) {}

  /** The worker was started anew and holds none. */
  forget(worker: ReaderWorker): void {
    this.#held.delete(worker);
  }

  #heldBy(worker: ReaderWorker): Set<string> {
    const held = this.#held.get(worker) ?? new Set<string>();
    this.#held.set(worker, held);
    return held;
  }

  async open(): Promise<void> {
    const own = await (await this.store).adapters();
    this.told.set([...BUILT_IN, ...own.map(infoOf)]);
  }

  /** Needs the reader of this worker to be loaded. Throws `adapter-*`. */
  async hold(worker: ReaderWorker, worn: readonly Worn[], signal: AbortSignal): Promise<void> {
    for (const { adapterId } of worn) {
      if (this.#heldBy(worker).has(adapterId)) continue;
      const { id, label, config, weights } = await this.#files(adapterId, signal);
      await worker.ask('addAdapter', { id, label, config, weights }, signal);
      this.#heldBy(worker).add(adapterId);
    }
  }

  async #files(id: string, signal: AbortSignal): Promise<StoredAdapter> {
    const builtIn = BUILT_IN_ADAPTERS.find((one) => one.id === id);
    if (builtIn) {
      const read = webFiles(this.#tried.has(id));
      this.#tried.add(id);
      const { config, weights, label } = builtIn;
      const reading = readModelFiles(this.base + builtIn.folder, [config, weights], read, signal);
      const files = await finish(reading).catch((error: unknown) => blameAdapter(label, error));
      const [configBytes, weightBytes] = [files.get(config.path), files.get(weights.path)];
      if (configBytes && weightBytes)
        return { id, label, config: new TextDecoder().decode(configBytes), weights: weightBytes };
    }
    const own = (await (await this.store).adapters()).find((one) => one.id === id);
    if (!own) throw new LabError('adapter-unknown', `“${id}” is neither built in nor kept in this browser.`);
    return own;
  }

  /** Reads the two files of a PEFT adapter, checks them against this worker's reader, and keeps them. Throws `adapter-*`. */
  async add(worker: ReaderWorker, files: readonly File[], signal: AbortSignal): Promise<AdapterInfo> {
    const config = files.find(({ name }) => name.endsWith('.json'));
    const weights = files.find(({ name }) => name.endsWith('.safetensors'));
    if (!config || !weights)
      throw new LabError(
        'adapter-incomplete',
        'An adapter is two files: adapter_config.json and adapter_model.safetensors.',
      );
    const label = this.#freeLabel(nameOf(weights));
    const adapter: StoredAdapter = {
      id: label,
      label,
      config: await config.text(),
      weights: new Uint8Array(await weights.arrayBuffer()),
    };
    await worker.ask('addAdapter', adapter, signal);
    this.#heldBy(worker).add(adapter.id);
    const store = await this.store;
    signal.throwIfAborted();
    await store.addAdapter(adapter);
    const info = infoOf(adapter);
    this.told.set([...this.told.now, info]);
    return info;
  }

  #freeLabel(name: string): string {
    const taken = new Set(this.told.now.map(({ id }) => id));
    let label = name;
    for (let n = 2; taken.has(label); n++) label = `${name} ${String(n)}`;
    return label;
  }

  /** The readers' workers forget them too. */
  async removeOwn(): Promise<void> {
    for (const { id, builtIn } of this.told.now) if (!builtIn) await this.remove(id);
  }

  async remove(id: string): Promise<void> {
    await (await this.store).removeAdapter(id);
    this.told.set(this.told.now.filter((one) => one.builtIn || one.id !== id));
    for (const [worker, held] of this.#held)
      if (held.delete(id)) await worker.ask('removeAdapter', { id }, new AbortController().signal);
  }
}

/** An adapter's files travel as a model's do, but what is wrong with them is nothing that loading the model again would mend. */
function blameAdapter(label: string, error: unknown): never {
  if (!(error instanceof LabError)) throw error;
  throw new LabError('adapter-not-fetched', `“${label}”: ${error.message}`, { cause: error });
}

/** PEFT names every adapter's file alike, so a folder's name says more where there is one. */
function nameOf(weights: File): string {
  const folder = weights.webkitRelativePath.split('/').at(-2);
  return folder ?? weights.name.replace(/\.safetensors$/, '');
}

/** Throws `adapter-*` for a config that was never PEFT's. */
function infoOf({ id, label, config, weights }: StoredAdapter): AdapterInfo {
  return { id, label, builtIn: false, teaches: null, rank: readPeftConfig(config).rank, bytes: weights.length };
}
