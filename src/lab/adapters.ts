import type { Worn } from '../adapters/adapter';
import { BUILT_IN_ADAPTERS, trainedFor } from '../adapters/builtIn';
import type { AdapterBase } from '../adapters/match';
import type { AdapterFiles } from '../adapters/sources/files';
import { LabError } from '../errors';
import { readModelFiles, webFiles } from '../inference/files';
import { type Job, type Progress, finish } from '../job';
import type { AdapterInfo, Audit, AuditSettings, ExportedAdapter } from '../lab';
import type { AdapterOrigin, LibraryStore, StoredAdapter } from '../storage/library';
import type { AdapterJobs, AdapterText, AuditInput, GenerationJobs } from '../workers/jobs';
import { BUILT_IN, type Described, describeOwn } from './adapterInfo';
import { Told } from './told';
import { Restartable } from './worker';

/** Of the reader that adapters are for. */
interface Surroundings {
  /** The page's folder. */
  readonly base: string;
  readonly reader: () => Pick<AuditInput, 'entry' | 'own'>;
  /** The hub's address, without a slash at its end. */
  readonly hub: () => string;
}

type ReaderWorker = Restartable<GenerationJobs>;

/** Built-in adapters, fetched when first worn, and the visitor's own, kept in the library's store. */
export class AdapterShelf {
  readonly told = new Told<readonly AdapterInfo[]>([]);
  /** Apart from the reader's, so that an audit never keeps an answer waiting. */
  readonly #tools = new Restartable<AdapterJobs>(
    () => new Worker(new URL('../workers/adapters.worker.ts', import.meta.url), { type: 'module' }),
  );
  #all: readonly Described[] = BUILT_IN;
  #reader: AdapterBase | null = null;
  /** Ids that each reader's worker holds. */
  readonly #held = new Map<ReaderWorker, Set<string>>();
  #tried = new Set<string>();
  /** Names of adapters that are being stored. */
  readonly #taken = new Set<string>();
  /** Ends what is being added when everything is deleted. */
  #stopper = new AbortController();

  constructor(
    private readonly store: Promise<LibraryStore>,
    private readonly around: Surroundings,
  ) {
    this.#tell(BUILT_IN);
  }

  #tell(all: readonly Described[]): void {
    this.#all = all;
    this.told.set(all.map(({ beside }) => beside(this.#reader)));
  }

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
    this.#tell([...BUILT_IN, ...own.map(describeOwn)]);
  }

  /** A reader was loaded: which adapters fit it is told anew. */
  async meet(worker: ReaderWorker): Promise<void> {
    this.#reader = await worker.ask('base', {}, new AbortController().signal).catch(() => null);
    this.#tell(this.#all);
  }

  /** Needs the reader of this worker, whose adapters give `baseName` as their base, to be loaded. Throws `adapter-*`. */
  async hold(worker: ReaderWorker, baseName: string, worn: readonly Worn[], signal: AbortSignal): Promise<void> {
    for (const { adapterId } of worn) {
      if (this.#heldBy(worker).has(adapterId)) continue;
      await worker.ask('addAdapter', await this.#text(adapterId, baseName, signal), signal);
      this.#heldBy(worker).add(adapterId);
    }
  }

  /** Another for other weights, also where they come to a name that was free again. */
  weightsKey(id: string): string {
    const addedAt = this.#all.find((one) => one.id === id)?.addedAt ?? null;
    return addedAt === null ? id : `${id} ${String(addedAt)}`;
  }

  async #text(id: string, baseName: string, signal: AbortSignal): Promise<AdapterText> {
    const builtIn = BUILT_IN_ADAPTERS.find((one) => one.id === id);
    // Where there is none for this reader, the reader says why it cannot wear the other.
    const trained = builtIn && (trainedFor(builtIn, baseName) ?? builtIn.forReaders[0]);
    if (trained) {
      const { folder, config, weights } = trained;
      const { label } = builtIn;
      const read = webFiles(this.#tried.has(folder));
      this.#tried.add(folder);
      const reading = readModelFiles(this.around.base + folder, [config, weights], read, signal);
      const files = await finish(reading).catch((error: unknown) => blameAdapter(label, error));
      const [configBytes, weightBytes] = [files.get(config.path), files.get(weights.path)];
      if (configBytes && weightBytes)
        return { id, label, config: new TextDecoder().decode(configBytes), weights: weightBytes };
    }
    const own = (await (await this.store).adapters()).find((one) => one.id === id);
    if (!own) throw new LabError('adapter-unknown', `“${id}” is neither built in nor kept in this browser.`);
    const { label, config, weights } = own;
    return { id, label, config, weights };
  }

  /** Reads an adapter from files, a folder or a zip, and keeps it. Throws `adapter-*`. */
  async add(files: readonly File[], signal: AbortSignal): Promise<AdapterInfo> {
    const stop = this.#stoppable(signal);
    // A file that was chosen in a folder names it; one that was dropped alone does not.
    const named = files.map((file) => ({ path: file.webkitRelativePath || file.name, file }));
    const found = await this.#tools.ask('read', { files: named }, stop);
    return this.#keepFound(found, 'From disk', stop);
  }

  /** Throws `adapter-*`. */
  async *addFrom(address: string, signal: AbortSignal): Job<Progress, AdapterInfo> {
    const stop = this.#stoppable(signal);
    const found = yield* this.#tools.call('fetch', { address, hub: this.around.hub() }, stop);
    return await this.#keepFound(found, address.trim(), stop);
  }

  #stoppable(signal: AbortSignal): AbortSignal {
    return AbortSignal.any([signal, this.#stopper.signal]);
  }

  #keepFound({ name, config, weights, licence }: AdapterFiles, from: string, stop: AbortSignal): Promise<AdapterInfo> {
    const origin = { from, addedAt: Date.now(), licence, derivedFrom: null };
    return this.#keep(name ?? 'adapter', { config, weights }, origin, stop);
  }

  async #keep(
    name: string,
    files: Pick<StoredAdapter, 'config' | 'weights'>,
    origin: AdapterOrigin,
    stop: AbortSignal,
  ): Promise<AdapterInfo> {
    const store = await this.store;
    const label = this.#freeLabel(name);
    this.#taken.add(label);
    try {
      const adapter = { id: label, label, ...files, origin };
      const described = describeOwn(adapter);
      stop.throwIfAborted();
      await store.addAdapter(adapter);
      if (stop.aborted) await store.removeAdapter(label);
      stop.throwIfAborted();
      this.#tell([...this.#all, described]);
      return described.beside(this.#reader);
    } finally {
      this.#taken.delete(label);
    }
  }

  #freeLabel(name: string): string {
    const taken = new Set([...this.#all.map((one) => one.id), ...this.#taken]);
    let label = name;
    for (let n = 2; taken.has(label); n++) label = `${name} ${String(n)}`;
    return label;
  }

  async *audit(id: string, settings: AuditSettings, signal: AbortSignal): Job<Progress, Audit> {
    const from = performance.now();
    const found = yield* this.#tools.call('audit', await this.#toAudit(id, settings, signal), signal);
    const total = found.intruders.flat().reduce<number>((sum, count) => sum + (count ?? 0), 0);
    return { adapterId: id, settings, ...found, total, ms: performance.now() - from };
  }

  /** Kept beside the original as `<label>-070`. */
  async *mitigate(
    id: string,
    { lambda, ...settings }: AuditSettings & { readonly lambda: number },
    signal: AbortSignal,
  ): Job<Progress, AdapterInfo> {
    const stop = this.#stoppable(signal);
    const input = await this.#toAudit(id, settings, stop);
    const weights = yield* this.#tools.call('mitigate', { ...input, lambda }, stop);
    const { label, config } = input.adapter;
    const origin: AdapterOrigin = {
      from: `“${label}”, with ${String(Math.round(lambda * 100))}% of its intruder dimensions`,
      addedAt: Date.now(),
      licence: this.#licence(id),
      derivedFrom: { adapterId: id, lambda },
    };
    const name = `${label}-${String(Math.round(lambda * 100)).padStart(3, '0')}`;
    return await this.#keep(name, { config, weights }, origin, stop);
  }

  async #toAudit(id: string, settings: AuditSettings, signal: AbortSignal) {
    const { base, reader } = this.around;
    const of = reader();
    return { base, ...of, adapter: await this.#text(id, of.entry.baseName, signal), settings };
  }

  #licence(id: string): string | null {
    return this.#all.find((one) => one.id === id)?.licence ?? null;
  }

  /** Strengths of one adapter that is worn twice add up, as they do in the reader. */
  async export(worn: readonly Worn[], signal: AbortSignal): Promise<ExportedAdapter> {
    const strengths = new Map<string, number>();
    for (const { adapterId, strength } of worn) strengths.set(adapterId, (strengths.get(adapterId) ?? 0) + strength);
    const { baseName } = this.around.reader().entry;
    const parts = [];
    for (const [id, strength] of strengths)
      parts.push({ adapter: await this.#text(id, baseName, signal), strength, licence: this.#licence(id) });
    const bytes = await this.#tools.ask('export', { worn: parts }, signal);
    const name = parts.map(({ adapter }) => adapter.label).join('+');
    // Labels are whatever a folder was called.
    return { name: `${name.replace(/[^\p{L}\p{N} ._+-]/gu, '_').slice(0, 100)}.zip`, bytes };
  }

  /** Ends what is being added; the reader's worker forgets them too. */
  async removeOwn(): Promise<void> {
    this.#stopper.abort();
    this.#stopper = new AbortController();
    for (const { id, builtIn } of this.told.now) if (!builtIn) await this.remove(id);
  }

  async remove(id: string): Promise<void> {
    await (await this.store).removeAdapter(id);
    this.#tell(this.#all.filter((one) => one.builtIn || one.id !== id));
    for (const [worker, held] of this.#held)
      if (held.delete(id)) await worker.ask('removeAdapter', { id }, new AbortController().signal);
  }
}

/** An adapter's files travel as a model's do, but what is wrong with them is nothing that loading the model again would mend. */
function blameAdapter(label: string, error: unknown): never {
  if (!(error instanceof LabError)) throw error;
  throw new LabError('adapter-not-fetched', `“${label}”: ${error.message}`, { cause: error });
}
