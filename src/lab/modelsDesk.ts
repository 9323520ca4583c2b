import type { DeviceChoice } from '../device/choice';
import type { CatalogueModel, ModelInfo, ModelRole } from '../lab';
import { openModels } from '../storage/database/models';
import { MemoryModelStore } from '../storage/memoryModels';
import type { ModelStore } from '../storage/models';
import type { DepotJobs } from '../workers/jobs';
import { abortable } from './abortable';
import { Depot } from './depot';
import { type Offered, ROLES } from './depot/catalogue';
import { Origins } from './origins';
import type { ReaderDesk } from './reader';
import { Readers } from './readers';
import { Servers } from './servers';
import { Succession } from './succession';
import { Told } from './told';
import { Restartable } from './worker';

interface Listener {
  /** A reader's worker holds nothing more. */
  empty(desk: ReaderDesk): void;
  /** The default reader is loaded, or another that is loaded is now the default. */
  ready(desk: ReaderDesk): void;
  /** Another finder is to be loaded than this one. */
  finder(before: string): void;
  /** This reranker is to be loaded; empty: none. */
  reranker(id: string): void;
  /** The finder could not be loaded for want of a file, which is here now. */
  fetched(): void;
  /** Settles when nothing is being asked that counts on the reader in use. */
  readonly idle: () => Promise<void>;
}

/** Which models there are, which are used, and the desks of the readers among them. */
export class ModelsDesk {
  readonly origins: Origins;
  readonly depot: Depot;
  readonly readers: Readers;
  /** The defaults, as the masthead tells them. */
  readonly inUse: Told<{ reader: ModelInfo; finder: ModelInfo }>;
  readonly succession: Succession;
  readonly #servers: Servers;
  readonly #store: Promise<ModelStore> = openModels().catch(() => new MemoryModelStore());
  readonly #depotWorker = new Restartable<DepotJobs>(
    () => new Worker(new URL('../workers/depot.worker.ts', import.meta.url), { type: 'module' }),
  );

  constructor(
    base: string,
    bound: boolean,
    offered: Offered,
    private readonly listener: Listener,
  ) {
    this.origins = new Origins(base, bound);
    this.depot = new Depot(this.#depotWorker, this.#store, this.origins, offered);
    const { catalogue } = this.depot;
    this.#servers = new Servers(this.#store, catalogue, this.origins);
    this.inUse = new Told(catalogue.inUse);
    catalogue.told.listen(() => {
      this.inUse.set(catalogue.inUse);
    });
    this.readers = new Readers(
      base,
      this.depot,
      (server) => this.#servers.keyOf(server),
      (desk) => {
        listener.empty(desk);
      },
      (id, desk) => {
        if (id === this.uses.reader) listener.ready(desk);
      },
    );
    this.succession = new Succession(this.depot, this.readers, listener.idle, (id) => {
      this.use('reader', id, false);
    });
  }

  async open(): Promise<void> {
    await this.#servers.open();
    await this.depot.open();
  }

  /** Ids of the defaults. */
  get uses(): Readonly<Record<ModelRole, string>> {
    return this.depot.catalogue.uses;
  }

  /** The default. */
  get reader(): ReaderDesk {
    return this.readers.desk(this.uses.reader);
  }

  useDevice(role: ModelRole, choice: DeviceChoice): void {
    this.depot.runOn(role, choice);
    // In the finder's worker.
    if (role === 'finder') this.depot.runOn('reranker', choice);
    if (role === 'reader') this.readers.useDevice(choice);
  }

  /** Told through the catalogue. */
  download(id: string): void {
    const { depot } = this;
    const desk = depot.comesByLoading(id) ? this.readers.desk(id) : null;
    const fetched = desk
      ? depot.downloadBy(
          () => desk.ready(),
          () => {
            desk.stop();
          },
          id,
        )
      : depot.download(id);
    void fetched.then(
      () => {
        this.#waitedFor(id);
      },
      () => undefined,
    );
  }

  /** What failed for want of a file is here now: a default is loaded at once, others when they are asked for. */
  #waitedFor(id: string): void {
    const shown = this.depot.catalogue.shown(id);
    if (shown?.state.kind !== 'failed' || shown.state.error.code !== 'model-not-fetched') return;
    if (!shown.inUse) this.depot.tellState(id, { kind: 'waiting' });
    else if (shown.role === 'finder') this.listener.fetched();
    else if (shown.role === 'reranker') this.listener.reranker(id);
    else
      this.readers
        .desk(id)
        .ready()
        .catch(() => undefined);
  }

  async remove(id: string): Promise<void> {
    this.#leave(id);
    await this.depot.remove(id);
  }

  async removeAll(): Promise<void> {
    for (const id of await this.depot.removeAll()) this.#leave(id);
    this.#servers.forget();
    await this.origins.forget();
  }

  /** Before a model goes, and after. */
  #leave(id: string): void {
    const { catalogue } = this.depot;
    for (const role of ROLES) if (this.uses[role] === id) this.use(role, catalogue.builtIn(role), false);
    this.readers.drop(id);
    void this.succession.begin();
  }

  use(role: ModelRole, id: string, chosen = true): void {
    const before = this.uses[role];
    this.depot.use(role, id, chosen);
    if (before === id) return;
    if (role === 'finder') {
      this.listener.finder(before);
      return;
    }
    if (role === 'reranker') {
      this.listener.reranker(id);
      return;
    }
    this.readers.makeRoom([id]);
    const desk = this.reader;
    desk.ready().then(
      () => {
        if (id === this.uses.reader) this.listener.ready(desk);
      },
      () => undefined,
    );
  }

  async addServer(
    server: { url: string; key: string; remember: boolean },
    signal: AbortSignal,
  ): Promise<readonly CatalogueModel[]> {
    const models = await this.#servers.add(server, signal);
    // What a desk knows of them may be out of date, a key too.
    for (const { id } of models) this.readers.drop(id);
    return models;
  }

  async removeServer(url: string): Promise<void> {
    for (const { entry } of this.depot.catalogue.all)
      if (entry.source.kind === 'server' && entry.source.url === url) this.#leave(entry.id);
    await this.#servers.remove(url);
  }

  async runSelfTest(id: string, signal: AbortSignal): Promise<void> {
    const desk = this.readers.desk(id);
    await abortable(desk.ready(), signal);
    this.depot.tellTest(id, await desk.worker.ask('selfTest', {}, signal));
  }
}
