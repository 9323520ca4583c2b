import { type LabError, asLabError, isAbort } from '../errors';
import type { Job } from '../job';
import { AnswerCache } from '../lanes/answerCache';
import { type AskedModel, compare, failedAnswer } from '../lanes/compare';
import type { Answer, Bench, CompareEvent, Lane } from '../lanes/lane';
import { abortable } from './abortable';
import type { AdapterShelf } from './adapters';
import type { Depot } from './depot';
import type { Readers } from './readers';

type Asked = Job<CompareEvent, Answer[]>;

/**
 * Asks lanes of several models: those that are held together at the same time, else one model after the other. A model
 * that cannot be had fails its own lanes. What was answered in this visit is not written again, except by a server, whose
 * weights nobody here can vouch for.
 */
export class Asking {
  readonly #cache = new AnswerCache();
  /** Runs that are under way. */
  #under = 0;
  #waiting: (() => void)[] = [];

  constructor(
    private readonly readers: Readers,
    private readonly adapters: AdapterShelf,
    private readonly depot: Depot,
  ) {}

  /** Forgets what was answered, and with it the prompts. */
  forget(): void {
    this.#cache.clear();
  }

  /** Settles when no run is under way. */
  async idle(): Promise<void> {
    while (this.#under > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** A run of several questions that is to have one reader in use from its first to its last. */
  async *during<E, R>(job: Job<E, R>): Job<E, R> {
    this.#under++;
    try {
      return yield* job;
    } finally {
      if (--this.#under === 0) for (const resolve of this.#waiting.splice(0)) resolve();
    }
  }

  /** Answers in the order of the lanes; times count from `asked`, waiting for other models included. */
  ask(lanes: readonly Lane[], bench: Bench, signal: AbortSignal, asked: number): Asked {
    return this.during(this.#ask(lanes, bench, signal, asked));
  }

  async *#ask(lanes: readonly Lane[], bench: Bench, signal: AbortSignal, asked: number): Asked {
    const groups = new Map<string, Lane[]>();
    for (const lane of lanes) {
      const id = lane.modelId || this.depot.catalogue.uses.reader;
      groups.set(id, [...(groups.get(id) ?? []), lane]);
    }
    const ids = [...groups.keys()];
    const answers: Answer[] = [];
    if (this.readers.fitTogether(ids)) {
      this.readers.makeRoom(ids);
      const asking = [...groups].map(([id, group]) => this.#askModel(id, group, bench, signal, asked));
      answers.push(...(yield* merged(asking)).flat());
    } else {
      const [first = ''] = ids;
      const behind = this.depot.catalogue.shown(first)?.label ?? first;
      for (const id of ids.slice(1))
        for (const { id: laneId } of groups.get(id) ?? []) yield { kind: 'waiting', laneId, because: 'memory', behind };
      for (const [id, group] of groups) {
        this.readers.makeRoom([id]);
        answers.push(...(yield* this.#askModel(id, group, bench, signal, asked)));
      }
    }
    return lanes.flatMap(({ id }) => answers.find(({ laneId }) => laneId === id) ?? []);
  }

  async *#askModel(id: string, lanes: readonly Lane[], bench: Bench, signal: AbortSignal, asked: number): Asked {
    const answers: Answer[] = [];
    const fail = (lane: Lane, error: LabError): CompareEvent => {
      const answer = failedAnswer(lane, null, error);
      answers.push(answer);
      return { kind: 'answered', laneId: lane.id, answer };
    };
    try {
      const desk = this.readers.desk(id);
      const { baseName } = this.depot.reader(id);
      await abortable(desk.ready(), signal);
      const dressed: Lane[] = [];
      for (const lane of lanes) {
        try {
          await desk.whenReady(() => this.adapters.hold(desk.worker, baseName, lane.wears, signal), signal);
          dressed.push(lane);
        } catch (error) {
          if (isAbort(error)) throw error;
          yield fail(lane, asLabError(error));
        }
      }
      const shown = this.depot.catalogue.shown(id);
      const write: AskedModel['write'] = (requests, stop) =>
        desk.write(requests, (worn) => this.adapters.hold(desk.worker, baseName, worn, stop), stop);
      const runsOn = shown?.state.kind === 'ready' ? shown.state.runsOn : '';
      const cached = { key: `${id} ${runsOn}`, adapterKey: (adapterId: string) => this.adapters.weightsKey(adapterId) };
      const model: AskedModel = {
        window: shown?.contextTokens ?? null,
        countTokens: (texts) => desk.whenReady(() => desk.worker.ask('countTokens', { texts }, signal), signal),
        write: shown?.leavesDevice ? write : this.#cache.before(write, cached),
      };
      answers.push(...(yield* compare(dressed, bench, model, signal, asked)));
    } catch (error) {
      if (isAbort(error)) throw error;
      for (const lane of lanes)
        if (!answers.some(({ laneId }) => laneId === lane.id)) yield fail(lane, asLabError(error));
    }
    return answers;
  }
}

/** Runs jobs side by side; results in their order. One that throws, or a caller that leaves, ends them all. */
export async function* merged<E, R>(jobs: readonly Job<E, R>[]): Job<E, R[]> {
  const results = new Array<R>(jobs.length);
  const step = (i: number) => (jobs[i] as Job<E, R>).next().then((next) => ({ i, next }));
  const waiting = new Map(jobs.map((_, i) => [i, step(i)]));
  try {
    while (waiting.size > 0) {
      const { i, next } = await Promise.race(waiting.values());
      if (next.done) {
        results[i] = next.value;
        waiting.delete(i);
      } else {
        waiting.set(i, step(i));
        yield next.value;
      }
    }
    return results;
  } finally {
    for (const left of waiting.values()) left.catch(() => undefined);
    for (const i of waiting.keys()) void jobs[i]?.return(undefined as never).catch(() => undefined);
  }
}
