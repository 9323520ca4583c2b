import type { Worn } from '../../adapters/adapter';
import type { Sampling } from '../../generation/engine';
import { addLane, changeLane, duplicateLane, MAX_LANES, MIN_LANES, moveLane, removeLane } from '../../lanes/editing';
import type { Lane, Sees } from '../../lanes/lane';
import { PRESETS, type Preset } from '../../lanes/presets';
import { sameRecipe } from './runs';
import type { Undo } from './undo.svelte';

const FIRST = PRESETS[0]?.lanes ?? [];

/** The columns of the comparison, in order. */
export class Lanes {
  all = $state.raw<readonly Lane[]>(FIRST);
  private given = 0;

  constructor(
    private readonly undo: Undo,
    private readonly changed: () => void,
  ) {}

  get full(): boolean {
    return this.all.length >= MAX_LANES;
  }

  get single(): boolean {
    return this.all.length <= MIN_LANES;
  }

  /** One sampling serves all lanes: they may differ only in what they see, wear and are told. */
  get sampling(): Sampling {
    return this.all[0]?.sampling ?? { temperature: 0, topP: 1, maxTokens: 96, seed: 7 };
  }

  /** The instructions get a row of their own as soon as one lane's differ. */
  get toldDiffers(): boolean {
    return new Set(this.all.map((lane) => lane.told.trim())).size > 1;
  }

  get preset(): Preset | null {
    return (
      PRESETS.find(
        ({ lanes }) =>
          lanes.length === this.all.length &&
          lanes.every((lane, i) => {
            const mine = this.all[i];
            return mine?.name === lane.name && sameRecipe({ ...mine, sampling: lane.sampling }, lane);
          }),
      ) ?? null
    );
  }

  replace(lanes: readonly Lane[]): void {
    const [first] = lanes;
    this.all = lanes.map((lane) => ({ ...lane, sampling: first?.sampling ?? lane.sampling }));
  }

  choose(preset: Preset): void {
    const { sampling } = this;
    this.set(preset.lanes.map((lane) => ({ ...lane, sampling })));
  }

  add(): void {
    const { sampling } = this;
    this.set(addLane(this.all, this.freshId()).map((lane) => ({ ...lane, sampling })));
  }

  duplicate(id: string): void {
    this.set(duplicateLane(this.all, id, this.freshId()));
  }

  move(id: string, steps: number): void {
    this.set(moveLane(this.all, id, steps));
  }

  remove(id: string): void {
    const before = this.all;
    const lane = before.find((one) => one.id === id);
    this.set(removeLane(before, id));
    if (lane && this.all !== before)
      this.undo.set(
        `Removed ${lane.name}.`,
        // What else changed in the meantime stays: only this lane comes back, to its old place.
        () => {
          this.set(this.all.toSpliced(before.indexOf(lane), 0, this.returning(lane)));
          return true;
        },
        () => (this.full ? `No room for ${lane.name}: six lanes is the most` : null),
      );
  }

  /** A removed lane as it comes back. A preset may have brought another under its id; if not, its answer is still there. */
  private returning(lane: Lane): Lane {
    const taken = this.all.some(({ id }) => id === lane.id);
    return { ...lane, id: taken ? this.freshId() : lane.id, sampling: this.sampling };
  }

  /** Presets and links give ids of other forms. */
  private freshId(): string {
    return `added-${String(++this.given)}`;
  }

  rename(id: string, name: string): void {
    const trimmed = name.trim();
    if (trimmed) this.set(changeLane(this.all, id, { name: trimmed }));
  }

  see(id: string, sees: Sees): void {
    this.set(changeLane(this.all, id, { sees }));
  }

  wear(id: string, wears: readonly Worn[]): void {
    this.set(changeLane(this.all, id, { wears }));
  }

  /** For an adapter that is gone. */
  takeOff(adapterId: string): void {
    const worn = this.all.some(({ wears }) => wears.some((one) => one.adapterId === adapterId));
    if (!worn) return;
    this.set(this.all.map((lane) => ({ ...lane, wears: lane.wears.filter((one) => one.adapterId !== adapterId) })));
  }

  tell(id: string, told: string): void {
    this.set(changeLane(this.all, id, { told }));
  }

  sample(change: Partial<Sampling>): void {
    this.set(this.all.map((lane) => ({ ...lane, sampling: { ...lane.sampling, ...change } })));
  }

  private set(lanes: readonly Lane[]): void {
    this.all = lanes;
    this.changed();
  }
}
