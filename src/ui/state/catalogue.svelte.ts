import { asLabError, isAbort, type LabError } from '../../errors';
import type { CatalogueModel, DeviceFacts, Lab, ModelOrigin, ModelRole } from '../../lab';
import type { Announcer } from './announcer.svelte';
import { Going } from './going';
import { canBeRemoved, isHere } from './modelAction';
import { Pace } from './pace';
import { Task } from './task.svelte';
import type { Undo } from './undo.svelte';

/** All models there are, what is being fetched of them, and the device that is to hold them. */
export class Catalogue {
  private told = $state.raw<readonly CatalogueModel[]>([]);
  device = $state.raw<DeviceFacts | null>(null);
  problem = $state.raw<LabError | null>(null);
  /** Models whose size is being looked up, and those that are being tested. */
  looking = $state.raw<readonly string[]>([]);
  testing = $state.raw<readonly string[]>([]);
  /** Why a look-up brought nothing, by model id. */
  unseen = $state.raw<Readonly<Record<string, LabError>>>({});
  /** On a metered connection the visitor is asked before this one is fetched. */
  asked = $state<string | null>(null);
  /** Seconds until a download ends, by model id. */
  left = $state.raw<Readonly<Record<string, number>>>({});
  /** Address of the hub, which is read from what is kept only after the page has begun. */
  hub = $state('');
  /** Why an address was not taken. */
  hubProblem = $state.raw<LabError | null>(null);
  readonly adding = new Task();
  /** Whether models from disk are kept after this visit. */
  keep = $state(true);
  /** Removed, but not yet for good. */
  private readonly going = new Going('models');
  private leaving = $state.raw<readonly string[]>(this.going.before);
  private paces = new Map<string, Pace>();
  private stopper = new AbortController();

  constructor(
    private readonly lab: Lab,
    private readonly undo: Undo,
    private readonly announcer: Announcer,
  ) {}

  listen(): () => void {
    const ends = [
      this.lab.onCatalogue((models) => this.heard(models)),
      this.lab.onDevice((device) => (this.device = device)),
    ];
    return () => {
      for (const end of ends) end();
    };
  }

  /** Those that the visitor removed are shown as if they were gone. */
  get models(): readonly CatalogueModel[] {
    return this.told.flatMap((model) => {
      if (!this.leaving.includes(model.id)) return [model];
      return model.origin === 'disk'
        ? []
        : [{ ...model, kept: { kind: 'none' } as const, state: { kind: 'waiting' } as const }];
    });
  }

  get readers(): readonly CatalogueModel[] {
    return this.models.filter(({ role }) => role === 'reader');
  }

  get finders(): readonly CatalogueModel[] {
    return this.models.filter(({ role }) => role === 'finder');
  }

  get rerankers(): readonly CatalogueModel[] {
    return this.models.filter(({ role }) => role === 'reranker');
  }

  /** Readers that a lane can run on without more ado. */
  get atHand(): readonly CatalogueModel[] {
    return this.readers.filter(isHere);
  }

  find(id: string): CatalogueModel | null {
    return this.told.find((model) => model.id === id) ?? null;
  }

  /** The model that failed for want of files, and still lacks them; else null. */
  lackingFiles({ id, state }: Pick<CatalogueModel, 'id' | 'state'>): CatalogueModel | null {
    const model = state.kind === 'failed' && state.error.code === 'model-not-fetched' ? this.find(id) : null;
    return model && !isHere(model) ? model : null;
  }

  /** Whether its looking up or its download has something to tell or to ask. */
  isNoted({ id, download }: CatalogueModel): boolean {
    return (
      this.unseen[id] !== undefined || download.kind === 'failed' || download.kind === 'waiting' || this.asked === id
    );
  }

  from(origin: ModelOrigin): readonly CatalogueModel[] {
    return this.readers.filter((model) => model.origin === origin);
  }

  /** Fetched models, which can be removed; the built-in ones come with the page. */
  get kept(): readonly CatalogueModel[] {
    return this.models.filter(({ origin, kept }) => origin !== 'built-in' && kept.kind !== 'none');
  }

  get keptBytes(): number {
    return this.kept.reduce((sum, { kept }) => sum + (kept.kind === 'none' ? 0 : kept.bytes), 0);
  }

  get servers(): readonly string[] {
    return [...new Set(this.models.flatMap(({ server }) => server ?? []))];
  }

  /** Those of these that the page may not ask yet. */
  lacking(origins: readonly string[]): readonly string[] {
    return this.lab.lacking(origins);
  }

  private heard(models: readonly CatalogueModel[]): void {
    for (const model of models) {
      const before = this.find(model.id);
      if (before) this.announce(before, model);
    }
    this.told = models;
    this.hub = this.lab.hub.host;
    const left: Record<string, number> = {};
    for (const { id, download } of models) {
      if (download.kind !== 'running') {
        this.paces.delete(id);
        continue;
      }
      const pace = this.paces.get(id) ?? new Pace();
      this.paces.set(id, pace);
      const seconds = pace.secondsLeft(download.done, download.total);
      if (seconds !== null) left[id] = seconds;
    }
    this.left = left;
  }

  private announce(before: CatalogueModel, { label, download, kept }: CatalogueModel): void {
    if (before.kept.kind !== 'whole' && kept.kind === 'whole') this.announcer.say(`${label} is on this device`);
    else if (before.download.kind !== download.kind && download.kind === 'failed')
      this.announcer.say(`${label} could not be downloaded`);
    else if (before.download.kind !== download.kind && download.kind === 'waiting')
      this.announcer.say(`The download of ${label} waits to try again`);
  }

  /** Asks the hub; nothing is asked before the visitor wants it. */
  async inspect(...ids: readonly string[]): Promise<void> {
    const fresh = ids.filter((id) => !this.looking.includes(id));
    this.looking = [...this.looking, ...fresh];
    const { [ids[0] ?? '']: _, ...others } = this.unseen;
    this.unseen = ids.length === 1 ? others : {};
    for (const id of fresh) {
      try {
        await this.lab.inspect(id, this.stopper.signal);
      } catch (error) {
        if (!isAbort(error)) this.unseen = { ...this.unseen, [id]: asLabError(error) };
      }
      this.looking = this.looking.filter((one) => one !== id);
    }
  }

  /** `anyway`: the visitor knows that the connection is metered. */
  download(model: CatalogueModel, anyway = false): void {
    this.asked = null;
    this.problem = null;
    if (this.device?.metered && !anyway) this.asked = model.id;
    else this.lab.download(model.id);
  }

  pause({ id }: CatalogueModel): void {
    this.lab.pauseDownload(id);
  }

  use(role: ModelRole, id: string): void {
    this.problem = null;
    this.lab.use(role, id);
  }

  /** Not for good before the offer to take it back has lapsed: a model is too much to fetch twice. */
  remove({ id, label }: CatalogueModel): void {
    this.leaving = [...this.leaving, id];
    const stay = () => (this.leaving = this.leaving.filter((one) => one !== id));
    this.announcer.say(`Removed ${label}`);
    this.undo.set(`Removed ${label}.`, {
      back: () => {
        stay();
        return true;
      },
      lapsed: () => void this.takeOut(id),
    });
  }

  /** Once the store is open: what an earlier visit had no time for. */
  async endRemovals(): Promise<void> {
    for (const id of this.going.before) await this.takeOut(id);
  }

  private async takeOut(id: string): Promise<void> {
    await this.attempt(() => this.going.end(id, (one) => this.lab.removeModel(one)));
    this.leaving = this.leaving.filter((one) => one !== id);
  }

  /** Those in use stay, and those that are being fetched. */
  async removeAll(): Promise<void> {
    const going = this.kept.filter(canBeRemoved);
    for (const { id } of going) await this.attempt(() => this.lab.removeModel(id));
    this.announcer.say('The downloaded models were removed');
  }

  async add(files: readonly File[]): Promise<void> {
    const { keep } = this;
    const added = await this.adding.wait('Reading the model', (signal) => this.lab.addModelFiles(files, signal, keep));
    if (added) this.announcer.say(`${added.label} was added`);
  }

  removeServer(url: string): Promise<boolean> {
    return this.attempt(() => this.lab.removeServer(url));
  }

  /** True when the page is to be loaded anew, for it to take effect. */
  letIn(origins: readonly string[]): Promise<boolean> {
    return this.attempt(() => this.lab.letIn(origins));
  }

  async setHub(host: string): Promise<boolean> {
    this.hubProblem = null;
    try {
      await this.lab.setHub(host);
    } catch (error) {
      this.hubProblem = asLabError(error);
    }
    this.hub = this.lab.hub.host;
    return this.hubProblem === null;
  }

  async test(ids: readonly string[]): Promise<void> {
    this.testing = ids;
    for (const id of ids) {
      await this.attempt((signal) => this.lab.runSelfTest(id, signal));
      this.testing = this.testing.filter((one) => one !== id);
    }
    this.announcer.say('The self-test has ended');
  }

  stop(): void {
    this.adding.stop();
    this.stopper.abort();
    this.stopper = new AbortController();
    for (const { id, download } of this.told)
      if (download.kind === 'running' || download.kind === 'waiting') this.lab.pauseDownload(id);
  }

  /** False when it failed or was stopped. */
  private async attempt(act: (signal: AbortSignal) => Promise<void>): Promise<boolean> {
    this.problem = null;
    try {
      await act(this.stopper.signal);
      return true;
    } catch (error) {
      if (!isAbort(error)) this.problem = asLabError(error);
      return false;
    }
  }
}
