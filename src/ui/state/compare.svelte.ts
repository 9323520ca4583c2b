import type { LabError } from '../../errors';
import { asLabError, isAbort } from '../../errors';
import type { Lab, Recording } from '../../lab';
import type { Answer, CompareEvent, Lane } from '../../lanes/lane';
import type { Question } from '../../questions/question';
import { count, sentence } from '../words/numbers';
import type { Announcer } from './announcer.svelte';
import type { Lanes } from './lanes.svelte';
import { finished, queued, sameRecipe, stopped, type Run, type Runs } from './runs';

/** One question, asked of all lanes. */
export class Compare {
  text = $state('');
  samples = $state.raw<readonly Question[]>([]);
  /** By lane id. */
  runs = $state.raw<Runs>({});
  /** The question whose answers are shown. */
  asked = $state.raw<Question | null>(null);
  running = $state(false);
  recording = $state.raw<Recording | null>(null);
  problem = $state.raw<LabError | null>(null);
  /** The visitor's own word on the answer: null = there is none known. */
  private ownAnswer = $state.raw<{ readonly to: string; readonly answer: string | null } | null>(null);

  private stopper: AbortController | null = null;
  private askedAt = 0;
  private pieces = new Map<string, string[]>();
  private frame: number | null = null;

  constructor(
    private readonly lab: Lab,
    readonly lanes: Lanes,
    private readonly announcer: Announcer,
  ) {}

  /** Shows the recorded example until something is asked, and learns the sample's questions. */
  async open(): Promise<void> {
    const [recording, samples] = await Promise.all([
      this.lab.recording().catch(() => null),
      this.lab.sampleQuestions().catch(() => []),
    ]);
    this.samples = samples;
    if (!recording || this.running || this.asked) return;
    this.recording = recording;
    this.asked = recording.question;
    if (!this.text.trim()) this.text = recording.question.text;
    // A link gives lanes ids of its own: what was recorded belongs to whoever is asked the same.
    for (const lane of this.lanes.all) {
      const twin = recording.lanes.find((one) => sameRecipe(one, lane));
      const answer = recording.answers.find(({ laneId }) => laneId === twin?.id);
      if (twin && answer) this.put(finished(queued({ ...twin, id: lane.id }), { ...answer, laneId: lane.id }, true));
    }
  }

  tell(error: unknown): void {
    if (!isAbort(error)) this.problem = asLabError(error);
  }

  /** The question as it stands in the field, with its known answer where there is one. */
  get question(): Question {
    const text = this.text.trim();
    const sample = this.samples.find((one) => one.text === text) ?? this.recorded(text);
    const own = this.ownAnswer?.to === text ? this.ownAnswer : null;
    if (sample && !own) return sample;
    const accepted = own?.answer ? [own.answer] : null;
    return { id: sample?.id ?? 'own', text, accepted, evidence: [], kind: 'plain', rephrases: null };
  }

  private recorded(text: string): Question | null {
    return this.recording?.question.text === text ? this.recording.question : null;
  }

  setKnownAnswer(answer: string): void {
    this.ownAnswer = { to: this.text.trim(), answer: answer.trim() || null };
  }

  /** What to show for a lane; null when it was never asked, or holds the answer to a recipe it had as another preset's. */
  run(lane: Lane): Run | null {
    return this.runs[lane.id] ?? null;
  }

  /** Its answer belongs to what the lane was, not to what it is. */
  outOfDate(lane: Lane): boolean {
    const run = this.run(lane);
    return run?.phase === 'done' && !sameRecipe(run.lane, lane);
  }

  get showsRecording(): boolean {
    return this.lanes.all.some((lane) => this.run(lane)?.recorded);
  }

  /** Answers shown that are of the lanes as they stand. */
  get answers(): readonly Answer[] {
    return this.lanes.all.flatMap((lane) => {
      const answer = this.outOfDate(lane) ? null : this.run(lane)?.answer;
      return answer ? [answer] : [];
    });
  }

  /** Drops what other lanes under the same ids left behind, as after the choice of a preset. */
  forgetOthers(): void {
    const kept = this.lanes.all.filter((lane) => this.run(lane) && !this.outOfDate(lane)).map(({ id }) => id);
    this.runs = Object.fromEntries(Object.entries(this.runs).filter(([id]) => kept.includes(id)));
  }

  async ask(lanes: readonly Lane[] = this.lanes.all): Promise<void> {
    const question = this.question;
    if (this.running || !question.text || lanes.length === 0) return;
    this.running = true;
    this.problem = null;
    // Answers to another question say nothing beside the new ones.
    if (this.asked?.text !== question.text || this.showsRecording) this.runs = {};
    this.asked = question;
    const stopper = new AbortController();
    this.stopper = stopper;
    this.askedAt = performance.now();
    for (const lane of lanes) this.put(queued(lane));
    try {
      const job = this.lab.compare(lanes, question, this.lanes.sampling.seed, stopper.signal);
      for (let next = await job.next(); ; next = await job.next()) {
        if (next.done) {
          for (const answer of next.value) this.answered(answer);
          break;
        }
        this.heard(next.value);
      }
      this.announcer.say(this.summary(lanes));
    } catch (error) {
      if (isAbort(error)) this.announcer.say('Stopped');
      else this.tell(error);
    } finally {
      this.flush();
      for (const { id } of lanes) {
        const run = this.runs[id];
        if (run && run.phase !== 'done') this.put(stopped(run));
      }
      this.running = false;
      this.stopper = null;
    }
  }

  stop(): void {
    this.stopper?.abort();
  }

  /** Raises the cap for all lanes, so that they stay alike, and asks only the one that was cut. */
  async allowMore(lane: Lane): Promise<void> {
    this.lanes.sample({ maxTokens: Math.min(512, lane.sampling.maxTokens * 2) });
    await this.askOnly(lane.id);
  }

  async askOnly(laneId: string): Promise<void> {
    const lane = this.lanes.all.find(({ id }) => id === laneId);
    if (lane) await this.ask([lane]);
  }

  private heard(event: CompareEvent): void {
    const run = this.runs[event.laneId];
    if (!run) return;
    switch (event.kind) {
      case 'briefed':
        this.put({ ...run, briefing: event.briefing, partTokens: event.partTokens });
        break;
      case 'started':
        // A reader that was loaded anew begins again.
        this.pieces.delete(event.laneId);
        this.put({ ...run, phase: 'streaming', text: '', pieces: 0 });
        break;
      case 'text':
        this.pieces.set(event.laneId, [...(this.pieces.get(event.laneId) ?? []), event.text]);
        if (run.firstPieceMs === null) this.put({ ...run, firstPieceMs: performance.now() - this.askedAt });
        this.frame ??= requestAnimationFrame(() => this.flush());
        break;
      case 'answered':
        this.answered(event.answer);
        break;
    }
  }

  private answered(answer: Answer): void {
    const run = this.runs[answer.laneId];
    if (!run || run.phase === 'done') return;
    this.pieces.delete(answer.laneId);
    this.put(finished(run, answer));
    const number = this.lanes.all.findIndex(({ id }) => id === answer.laneId) + 1;
    const how =
      answer.outcome.kind === 'answered'
        ? `finished${answer.verdict ? `: ${answer.verdict}` : ''}`
        : answer.outcome.kind;
    this.announcer.say(`Lane ${String(number)} ${how}`);
  }

  /** Streamed text reaches the page once a frame, however fast it is written. */
  private flush(): void {
    if (this.frame !== null) cancelAnimationFrame(this.frame);
    this.frame = null;
    if (this.pieces.size === 0) return;
    const runs = { ...this.runs };
    for (const [id, pieces] of this.pieces) {
      const run = runs[id];
      if (run && run.phase !== 'done')
        runs[id] = { ...run, phase: 'streaming', text: run.text + pieces.join(''), pieces: run.pieces + pieces.length };
    }
    this.pieces.clear();
    this.runs = runs;
  }

  private put(run: Run): void {
    this.runs = { ...this.runs, [run.lane.id]: run };
  }

  private summary(lanes: readonly Lane[]): string {
    return lanes.length === 1 ? 'The lane finished' : sentence(`all ${count(lanes.length)} lanes finished`);
  }
}
