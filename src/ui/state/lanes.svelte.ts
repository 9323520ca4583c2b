import type { Worn } from '../../adapters/adapter';
import type { Sampling } from '../../generation/engine';
import {
  addLane,
  changeLane,
  changeSees,
  duplicateLane,
  MAX_LANES,
  MIN_LANES,
  moveLane,
  removeLane,
} from '../../lanes/editing';
import type { Lane, Sees } from '../../lanes/lane';
import { PRESETS, type Preset } from '../../lanes/presets';
import { sameRecipe } from './runs';
import type { Undo } from './undo.svelte';

const FIRST = PRESETS[0]?.lanes ?? [];
/** The presets' own model: where they stand for "the model in use", another may take its place. */
const PRESET_MODEL = FIRST[0]?.modelId ?? '';

/** The columns of the comparison, in order. */
export class Lanes {
  all = $state.raw<readonly Lane[]>(FIRST);
  /** The model of all lanes that name no other. */
  model = $state(PRESET_MODEL);
  private given = 0;
  /** They came by a link, which names their models on purpose. */
  private linked = false;

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

  /** So does the model, and where one differs from the model in use. */
  get modelDiffers(): boolean {
    return this.all.some(({ modelId }) => modelId !== this.model);
  }

  get preset(): Preset | null {
    return (
      PRESETS.find(
        (preset) =>
          preset.lanes.length === this.all.length &&
          this.madeHere(preset.lanes).every((lane, i) => {
            const mine = this.all[i];
            return mine?.name === lane.name && sameRecipe({ ...mine, sampling: lane.sampling }, lane);
          }),
      ) ?? null
    );
  }

  /** Lanes as the presets write them, on the model in use. */
  private madeHere(lanes: readonly Lane[]): readonly Lane[] {
    return lanes.map((lane) => (lane.modelId === PRESET_MODEL ? { ...lane, modelId: this.model } : lane));
  }

  /** The visitor chose another model: lanes that ran on the one before follow. */
  useModel(id: string): void {
    if (id === this.model) return;
    const before = this.model;
    this.model = id;
    this.set(this.all.map((lane) => (lane.modelId === before ? { ...lane, modelId: id } : lane)));
  }

  /** The lab says which model is in use. */
  modelInUse(id: string): void {
    if (this.preset || !this.linked) this.useModel(id);
    else this.model = id;
  }

  /** With those of a link. */
  replace(lanes: readonly Lane[]): void {
    this.linked = true;
    this.put(lanes);
  }

  /** As `replace`, for a preset of which the address names no more than that. */
  begin(preset: Preset): void {
    this.linked = false;
    this.put(this.madeHere(preset.lanes));
  }

  private put(lanes: readonly Lane[]): void {
    const [first] = lanes;
    this.all = lanes.map((lane) => ({ ...lane, sampling: first?.sampling ?? lane.sampling }));
  }

  choose(preset: Preset): void {
    const { sampling } = this;
    this.set(this.madeHere(preset.lanes).map((lane) => ({ ...lane, sampling })));
  }

  add(): void {
    const { sampling } = this;
    const lanes = addLane(this.all, this.freshId());
    this.set(
      lanes.map((lane) => ({ ...(this.all.includes(lane) ? lane : { ...lane, modelId: this.model }), sampling })),
    );
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
      this.undo.set(`Removed ${lane.name}.`, {
        // What else changed in the meantime stays: only this lane comes back, to its old place.
        back: () => {
          this.set(this.all.toSpliced(before.indexOf(lane), 0, this.returning(lane)));
          return true;
        },
        hindered: () => (this.full ? `No room for ${lane.name}: six lanes is the most` : null),
      });
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
    this.set(changeSees(this.all, id, sees));
  }

  wear(id: string, wears: readonly Worn[]): void {
    this.set(changeLane(this.all, id, { wears }));
  }

  run(id: string, modelId: string): void {
    this.set(changeLane(this.all, id, { modelId }));
  }

  /** Numbers, from 1, of the lanes that wear it. */
  wearing(adapterId: string): readonly number[] {
    return this.all.flatMap(({ wears }, i) => (wears.some((one) => one.adapterId === adapterId) ? [i + 1] : []));
  }

  /** For an adapter that is gone. Returns how the lanes that are left come to wear it again. */
  takeOff(adapterId: string): () => void {
    const before = new Map(this.all.map(({ id, wears }) => [id, wears.find((one) => one.adapterId === adapterId)]));
    if (this.wearing(adapterId).length > 0)
      this.set(this.all.map((lane) => ({ ...lane, wears: lane.wears.filter((one) => one.adapterId !== adapterId) })));
    return () => {
      const again = this.all.map((lane) => {
        const worn = before.get(lane.id);
        return worn ? { ...lane, wears: [...lane.wears.filter((one) => one.adapterId !== adapterId), worn] } : lane;
      });
      this.set(again);
    };
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
