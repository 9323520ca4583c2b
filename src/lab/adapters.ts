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

const UNREAD = {
  alpha: null,
  scale: null,
  targets: [],
  layers: null,
  licence: null,
  baseName: null,
  addedAt: null,
  peftVersion: null,
  match: { kind: 'unknown' },
  derivedFrom: null,
} as const;

const BUILT_IN: readonly AdapterInfo[] = BUILT_IN_ADAPTERS.map(({ id, label, teaches, rank, weights }) => ({
  ...UNREAD,
  origin: 'Built in',
  id,
  label,
  builtIn: true,
  teaches,
  rank,
  bytes: weights.bytes,
}));

/** Built-in adapters, fetched when first worn, and the visitor's own, kept in the library's store. */
export class AdapterShelf {
  readonly told = new Told<readonly AdapterInfo[]>(BUILT_IN);
  /** Ids that the reader's worker holds. */
  #held = new Set<string>();
  #tried = new Set<string>();

  constructor(
    private readonly worker: Restartable<GenerationJobs>,
    private readonly store: Promise<LibraryStore>,
    private readonly base: string,
  ) {}

  /** The worker was started anew and holds none. */
  forget(): void {
    this.#held = new Set();
  }

  async open(): Promise<void> {
    const own = await (await this.store).adapters();
    this.told.set([...BUILT_IN, ...own.map(infoOf)]);
  }

  /** Needs the reader to be loaded. Throws `adapter-*`. */
  async hold(worn: readonly Worn[], signal: AbortSignal): Promise<void> {
    for (const { adapterId } of worn) {
      if (this.#held.has(adapterId)) continue;
      const { id, label, config, weights } = await this.#files(adapterId, signal);
      await this.worker.ask('addAdapter', { id, label, config, weights }, signal);
      this.#held.add(adapterId);
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

  /** Reads the two files of a PEFT adapter, checks them against the reader, and keeps them. Throws `adapter-*`. */
  async add(files: readonly File[], signal: AbortSignal): Promise<AdapterInfo> {
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
    await this.worker.ask('addAdapter', adapter, signal);
    this.#held.add(adapter.id);
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

  /** The reader's worker forgets them too. */
  async removeOwn(): Promise<void> {
    for (const { id, builtIn } of this.told.now) if (!builtIn) await this.remove(id);
  }

  async remove(id: string): Promise<void> {
    await (await this.store).removeAdapter(id);
    this.told.set(this.told.now.filter((one) => one.builtIn || one.id !== id));
    if (!this.#held.delete(id)) return;
    await this.worker.ask('removeAdapter', { id }, new AbortController().signal);
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
  const { rank } = readPeftConfig(config);
  return { ...UNREAD, id, label, builtIn: false, teaches: null, rank, bytes: weights.length, origin: 'from disk' };
}
