import { asLabError, isAbort, LabError } from '../../errors';
import type { Lab, Recording } from '../../lab';
import { SAMPLING } from '../../lanes/editing';
import type { Answer, CompareEvent, Lane, Outcome } from '../../lanes/lane';
import type { Question } from '../../questions/question';
import { count, laneList, sentence } from '../words/numbers';
import type { Announcer } from './announcer.svelte';
import type { Lanes } from './lanes.svelte';
import { brokenOff, finished, marked, queued, sameRecipe, type Run, type Runs } from './runs';

/** One question, asked of all lanes. */
export class Compare {
  private field = $state('');
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

  /** The question field. */
  get text(): string {
    return this.field;
  }

  set text(value: string) {
    this.field = value;
    const text = value.trim();
    // A sample question written anew has its own answer again.
    if (this.ownAnswer && this.ownAnswer.to !== text && this.sample(this.ownAnswer.to)) this.ownAnswer = null;
    if (this.asked?.text === text) this.markAnew(this.asked);
  }

  /** The question that the answers shown are to, when the field holds another. */
  get answersAnother(): Question | null {
    const shown = this.lanes.all.some((lane) => this.run(lane));
    return shown && this.asked && this.asked.text !== this.text.trim() ? this.asked : null;
  }

  tell(error: unknown): void {
    if (!isAbort(error)) this.problem = asLabError(error);
  }

  /** The question as it stands in the field, with its known answer where there is one. */
  get question(): Question {
    return this.withKnown(this.text.trim());
  }

  private withKnown(text: string): Question {
    const sample = this.sample(text);
    const own = this.ownAnswer?.to === text ? this.ownAnswer : null;
    if (sample && !own) return sample;
    const accepted = own?.answer ? [own.answer] : null;
    return { id: sample?.id ?? 'own', text, accepted, evidence: [], kind: 'plain', rephrases: null };
  }

  private sample(text: string): Question | null {
    const recorded = this.recording?.question;
    return this.samples.find((one) => one.text === text) ?? (recorded?.text === text ? recorded : null);
  }

  /** For the question in the field. Set without a change, what was known stays: other wordings, evidence, that there is none. */
  setKnownAnswer(answer: string): void {
    const given = answer.trim();
    if (given !== (this.question.accepted?.[0] ?? '')) this.know(given || null);
  }

  clearKnownAnswer(): void {
    this.know(null);
  }

  private know(answer: string | null): void {
    const to = this.text.trim();
    this.ownAnswer = { to, answer };
    if (this.asked?.text === to) this.markAnew(this.asked);
  }

  private markAnew(asked: Question): void {
    const question = this.withKnown(asked.text);
    if (JSON.stringify(question.accepted) === JSON.stringify(asked.accepted)) return;
    this.asked = question;
    this.markAll(question);
  }

  private markAll(question: Question): void {
    this.runs = Object.fromEntries(Object.entries(this.runs).map(([id, run]) => [id, marked(run, question)]));
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

  async ask(lanes: readonly Lane[] = this.lanes.all, question = this.question): Promise<void> {
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
    let end: Outcome = {
      kind: 'failed',
      error: new LabError('unexpected', 'The reader left the lane without an answer.'),
    };
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
      end = isAbort(error) ? { kind: 'stopped' } : { kind: 'failed', error: asLabError(error) };
    } finally {
      this.flush();
      this.breakOff(lanes, end);
      // The known answer may have been changed while the lanes wrote.
      if (this.asked !== question) this.markAll(this.asked);
      this.running = false;
      this.stopper = null;
    }
  }

  /** Whatever has no answer yet ends so. */
  private breakOff(lanes: readonly Lane[], end: Outcome): void {
    const open = lanes.flatMap(({ id }) => {
      const run = this.runs[id];
      return run && run.phase !== 'done' ? [run] : [];
    });
    if (open.length === 0) return;
    for (const run of open) this.put(brokenOff(run, end));
    const numbers = open.map(({ lane }) => this.lanes.all.findIndex(({ id }) => id === lane.id) + 1);
    this.announcer.say(end.kind === 'stopped' ? 'Stopped' : `${sentence(laneList(numbers))} failed`);
  }

  stop(): void {
    this.stopper?.abort();
  }

  /** Raises the cap for all lanes, so that they stay alike, and asks only the one that was cut. */
  async allowMore(lane: Lane): Promise<void> {
    this.lanes.sample({ maxTokens: Math.min(SAMPLING.maxTokens.max, lane.sampling.maxTokens * 2) });
    await this.askOnly(lane.id);
  }

  /** Asks a lane what the others were asked, whatever the field says meanwhile: their answers stay comparable. */
  async askOnly(laneId: string): Promise<void> {
    const lane = this.lanes.all.find(({ id }) => id === laneId);
    if (lane) await this.ask([lane], this.asked ?? this.question);
  }

  private heard(event: CompareEvent): void {
    const run = this.runs[event.laneId];
    if (!run) return;
    switch (event.kind) {
      case 'briefed':
        this.put({ ...run, briefing: event.briefing, partTokens: event.partTokens });
        break;
      case 'waiting':
        this.wait(run, event.behind);
        break;
      case 'started':
        // A reader that was loaded anew begins again.
        this.pieces.delete(event.laneId);
        this.put({ ...run, phase: 'streaming', text: '', pieces: 0, waits: null });
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

  private wait(run: Run, behind: string): void {
    const number = this.lanes.all.findIndex(({ id }) => id === run.lane.id) + 1;
    this.put({ ...run, waits: `Waits for ${behind}: there is no memory for both models at once.` });
    this.announcer.say(`Lane ${String(number)} waits for ${behind}`);
  }

  private answered(answer: Answer): void {
    this.flush();
    const run = this.runs[answer.laneId];
    if (!run || run.phase === 'done') return;
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
