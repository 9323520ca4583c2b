import type { Lab } from '../../lab';
import { breakOf, type Ladder, type LadderRequest } from '../../lanes/ladder';
import type { Lane, Noisy } from '../../lanes/lane';
import type { NoisePreview } from '../../lanes/noisePreview';
import { NOISY } from '../../lanes/presets';
import type { Question } from '../../questions/question';
import { breakWords } from '../words/noise';
import type { Adapters } from './adapters.svelte';
import type { Announcer } from './announcer.svelte';
import type { Compare } from './compare.svelte';
import type { Lanes } from './lanes.svelte';
import { Task } from './task.svelte';

/** Trained to read past noise, so it is the one to hold against the base unless another is chosen. */
const FIRST_ADAPTER = 'robust-reader';

/** The noise laboratory: what a lane's noise would be, and how much of it an answer stands. */
export class NoiseLab {
  readonly climbing = new Task();
  readonly previewing = new Task();
  /** Whether the ladder is shown. */
  open = $state(false);
  private chosen = $state<string | null>(null);
  private climbed = $state.raw<{ readonly key: string; readonly ladder: Ladder } | null>(null);
  private previewed = $state.raw<{ readonly key: string; readonly previews: readonly NoisePreview[] } | null>(null);

  constructor(
    private readonly lab: Lab,
    private readonly compare: Compare,
    private readonly lanes: Lanes,
    private readonly adapters: Adapters,
    private readonly announcer: Announcer,
  ) {}

  /** The adapter that is held against the base; '' for none. */
  get adapterId(): string {
    const { all } = this.adapters;
    const fits = (id: string) => all.some((one) => one.id === id && one.match.kind !== 'no');
    if (this.chosen !== null && (this.chosen === '' || fits(this.chosen))) return this.chosen;
    return fits(FIRST_ADAPTER) ? FIRST_ADAPTER : '';
  }

  set adapterId(id: string) {
    this.chosen = id;
  }

  /** Whose noise the ladder takes: the first noisy lane's; null where there is none. */
  get lane(): { readonly lane: Lane; readonly sees: Noisy; readonly number: number } | null {
    for (const [i, lane] of this.lanes.all.entries())
      if (lane.sees.kind === 'noisy') return { lane, sees: lane.sees, number: i + 1 };
    return null;
  }

  private get request(): LadderRequest {
    const { adapterId, lanes } = this;
    const noisy = this.lane;
    return {
      sees: noisy?.sees ?? NOISY,
      told: noisy?.lane.told ?? '',
      modelId: noisy?.lane.modelId ?? lanes.model,
      sampling: lanes.sampling,
      series: adapterId ? [[], [{ adapterId, strength: 1 }]] : [[]],
    };
  }

  get ladder(): Ladder | null {
    return this.climbed?.ladder ?? null;
  }

  /** The question, its known answer or a setting is another than the ladder's. */
  get outOfDate(): boolean {
    return this.climbed !== null && this.climbed.key !== keyOf(this.compare.question, this.request);
  }

  labels(ladder: Ladder): readonly string[] {
    return ladder.series.map(
      (worn) => worn.map(({ adapterId }) => this.adapters.label(adapterId)).join(' + ') || 'No adapter',
    );
  }

  /** Shows the ladder, and climbs it where it was not yet for this question. */
  async show(): Promise<void> {
    this.open = true;
    if (!this.climbed || this.outOfDate) await this.climb();
  }

  async climb(): Promise<void> {
    const { question } = this.compare;
    const { request } = this;
    if (!question.text || this.compare.running) return;
    const { seed } = this.lanes.sampling;
    const ladder = await this.climbing.run('Climbing the noise ladder', (signal) =>
      this.lab.noise.climb(request, question, seed, signal),
    );
    if (!ladder) return;
    this.climbed = { key: keyOf(question, request), ladder };
    const found = this.labels(ladder).map((label, i) => `${label}, ${breakWords(breakOf(ladder, i))}`);
    this.announcer.say(`Noise ladder: ${found.join('; ')}`);
  }

  /** What was previewed for these settings and the question as it stands. */
  previewOf(sees: Noisy): readonly NoisePreview[] | null {
    return this.previewed?.key === this.previewKey(sees) ? this.previewed.previews : null;
  }

  async preview(sees: Noisy): Promise<void> {
    const { question } = this.compare;
    if (!question.text) return;
    const key = this.previewKey(sees);
    const previews = await this.previewing.wait('Previewing noise', (signal) =>
      this.lab.noise.preview(sees, question, this.lanes.sampling.seed, signal),
    );
    if (!previews) return;
    this.previewed = { key, previews };
    const kinds = previews.filter(({ distractors }) => distractors.length > 0).length;
    this.announcer.say(`${String(kinds)} of ${String(previews.length)} kinds of noise have passages for this question`);
  }

  private previewKey(sees: Noisy): string {
    // Which kinds the lane mixes, how many and where decides nothing about what each would show.
    const { noiseSeed = this.lanes.sampling.seed } = sees;
    const all = { ...sees, noise: null, noiseKinds: null, rate: null, evidence: null, noiseSeed };
    return keyOf(this.compare.question, all);
  }

  stop(): void {
    this.climbing.stop();
    this.previewing.stop();
  }
}

function keyOf({ text, accepted, evidence }: Question, settings: unknown): string {
  return JSON.stringify([text, accepted, evidence.length, settings]);
}
