import type { Worn } from '../../adapters/adapter';
import { readAddress } from '../../adapters/sources/address';
import type { LabError } from '../../errors';
import { asLabError } from '../../errors';
import type { AdapterInfo, Lab } from '../../lab';
import type { Announcer } from './announcer.svelte';
import { Going } from './going';
import type { Lanes } from './lanes.svelte';
import { Note } from './note';
import { Task } from './task.svelte';
import type { Undo } from './undo.svelte';

/** What lanes may wear, and the mix that is being put together of it. */
export class Adapters {
  private told = $state.raw<readonly AdapterInfo[]>([]);
  /** Reading one that the visitor brings, or writing a mix. */
  readonly task = new Task();
  private failed = $state.raw<LabError | null>(null);
  /** Where the last address was that the page was loaded anew for. */
  readonly note = new Note('openbook: adapter');
  /** The last one the visitor brought. */
  brought = $state.raw<AdapterInfo | null>(null);
  /** Removed, but not yet for good. */
  private readonly going = new Going('adapters');
  private leaving = $state.raw<readonly string[]>(this.going.before);
  /** How strongly each is used from the shelf, by id; 1 where nothing is set. */
  private strengths = $state.raw<Readonly<Record<string, number>>>({});
  private mixed = $state.raw<readonly string[]>([]);

  constructor(
    private readonly lab: Lab,
    private readonly lanes: Lanes,
    private readonly undo: Undo,
    private readonly announcer: Announcer,
  ) {}

  listen(): () => void {
    return this.lab.onAdapters((adapters) => {
      const left = this.told.filter(({ id }) => !adapters.some((one) => one.id === id));
      this.told = adapters;
      for (const { id } of left) this.lanes.takeOff(id);
    });
  }

  get all(): readonly AdapterInfo[] {
    return this.told.filter(({ id }) => !this.leaving.includes(id));
  }

  get problem(): LabError | null {
    return this.failed ?? this.task.problem;
  }

  get adding(): boolean {
    return this.task.running;
  }

  label(id: string): string {
    return this.told.find((adapter) => adapter.id === id)?.label ?? id;
  }

  strength(id: string): number {
    return this.strengths[id] ?? 1;
  }

  setStrength(id: string, strength: number): void {
    this.strengths = { ...this.strengths, [id]: strength };
  }

  get mix(): readonly Worn[] {
    return this.all
      .filter(({ id }) => this.mixed.includes(id))
      .map(({ id }) => ({ adapterId: id, strength: this.strength(id) }));
  }

  setMixed(id: string, on: boolean): void {
    this.mixed = on ? [...this.mixed, id] : this.mixed.filter((one) => one !== id);
  }

  /** Puts them on in a lane, at the shelf's strengths, over what it wears already. */
  wear(laneId: string, worn: readonly Worn[]): void {
    const at = this.lanes.all.findIndex(({ id }) => id === laneId);
    const lane = this.lanes.all[at];
    if (!lane) return;
    const others = lane.wears.filter((one) => !worn.some(({ adapterId }) => adapterId === one.adapterId));
    this.lanes.wear(laneId, [...others, ...worn]);
    this.announcer.say(`Lane ${String(at + 1)} wears ${worn.map(({ adapterId }) => this.label(adapterId)).join(', ')}`);
  }

  /** Reads a PEFT adapter's two files, or a zip of them; null when that failed (see `problem`) or was stopped. */
  async add(files: readonly File[]): Promise<AdapterInfo | null> {
    this.begin();
    return this.bring(await this.task.wait('Reading the adapter', (signal) => this.lab.addAdapter(files, signal)));
  }

  /** Where the files of an address or a hub id would come from; none for what is neither. */
  originsOf(address: string): readonly string[] {
    const { host, origins } = this.lab.hub;
    try {
      const { origin } = new URL(readAddress(address, host).url);
      return origin === new URL(host).origin ? origins : [origin];
    } catch {
      return [];
    }
  }

  /** From an address or a hub id. */
  async addFrom(address: string): Promise<AdapterInfo | null> {
    this.begin();
    const name = `Fetching ${address}`;
    return this.bring(await this.task.run(name, (signal) => this.lab.addAdapterFrom(address, signal)));
  }

  private begin(): void {
    this.failed = null;
    this.brought = null;
  }

  private bring(added: AdapterInfo | null): AdapterInfo | null {
    this.brought = added;
    if (added) this.announcer.say(`${added.label} was added`);
    return added;
  }

  /** The mix as one zipped PEFT adapter. */
  async export(): Promise<{ readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> } | null> {
    this.failed = null;
    return this.task.wait('Writing the adapter', (signal) => this.lab.exportAdapters(this.mix, signal));
  }

  /** Hidden at once, gone for good when the offer to take it back has lapsed. */
  remove(id: string): void {
    this.failed = null;
    const label = this.label(id);
    this.leaving = [...this.leaving, id];
    const wearAgain = this.lanes.takeOff(id);
    const stay = () => (this.leaving = this.leaving.filter((one) => one !== id));
    this.announcer.say(`Removed ${label}`);
    this.undo.set(`Removed ${label}.`, {
      back: () => {
        stay();
        wearAgain();
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
    try {
      await this.going.end(id, (one) => this.lab.removeAdapter(one));
    } catch (error) {
      this.failed = asLabError(error);
    }
    this.leaving = this.leaving.filter((one) => one !== id);
  }

  stop(): void {
    this.task.stop();
  }
}
