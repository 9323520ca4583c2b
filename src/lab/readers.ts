import type { DeviceChoice } from '../device/choice';
import { holdTogether } from '../device/fit';
import type { Depot } from './depot';
import { ReaderDesk } from './reader';

/** A desk for every model in use, each with a worker of its own. */
export class Readers {
  readonly #desks = new Map<string, ReaderDesk>();
  #choice: DeviceChoice = 'auto';

  constructor(
    private readonly base: string,
    private readonly depot: Depot,
    private readonly keyOf: (base: string) => string | null,
    private readonly onEmpty: (desk: ReaderDesk) => void,
    private readonly onReady: (id: string, desk: ReaderDesk) => void,
  ) {}

  /** Throws `model-not-fetched` for a model that is not in the catalogue. */
  desk(id: string): ReaderDesk {
    const there = this.#desks.get(id);
    if (there) return there;
    const { depot, keyOf } = this;
    const entry = depot.reader(id);
    const desk: ReaderDesk = new ReaderDesk(
      this.base,
      {
        entry,
        get own() {
          return depot.own(id);
        },
        get key() {
          return entry.source.kind === 'server' ? keyOf(entry.source.url) : null;
        },
        ensure: (device) => depot.ensure(id, device),
        tested: (result) => depot.tellTest(id, result),
      },
      (state) => {
        depot.tellState(id, state);
        if (state.kind === 'ready') this.onReady(id, desk);
      },
      () => this.onEmpty(desk),
    );
    desk.useDevice(this.#choice);
    this.#desks.set(id, desk);
    return desk;
  }

  useDevice(choice: DeviceChoice): void {
    this.#choice = choice;
    for (const desk of this.#desks.values()) desk.useDevice(choice);
  }

  stop(): void {
    for (const desk of this.#desks.values()) desk.stop();
  }

  /** Frees the model's memory. */
  drop(id: string): void {
    this.#desks.get(id)?.unload();
    this.#desks.delete(id);
  }

  /** Whether these may be loaded at once. */
  fitTogether(ids: readonly string[]): boolean {
    return holdTogether(
      ids.map((id) => this.#memory(id)),
      this.depot.catalogue.device.now,
    );
  }

  /** Frees what stands in the way of these: all other models, unless there is room for them beside. */
  makeRoom(ids: readonly string[]): void {
    const others = [...this.#desks].filter(([id, desk]) => desk.begun && !ids.includes(id)).map(([id]) => id);
    if (!this.fitTogether([...ids, ...others])) for (const id of others) this.#desks.get(id)?.unload();
  }

  /** A model that runs elsewhere takes nothing here. */
  #memory(id: string): number | null {
    const shown = this.depot.catalogue.shown(id);
    return shown?.leavesDevice ? 0 : (shown?.memory ?? null);
  }
}
