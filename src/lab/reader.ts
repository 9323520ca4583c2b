import type { Worn } from '../adapters/adapter';
import type { DeviceChoice, OnProcessorBecause, RunsOn } from '../device/choice';
import { type ErrorCode, asLabError, isAbort } from '../errors';
import type { Completion, WriteEvent, WriteRequest } from '../generation/engine';
import type { ReaderEntry } from '../generation/models';
import type { SelfTestResult } from '../generation/writingTest';
import type { Job, Progress } from '../job';
import type { ModelState } from '../lab';
import type { GenerationJobs, OwnFile } from '../workers/jobs';
import { ModelLoader } from './models';
import { Restartable } from './worker';

type Trouble = Extract<OnProcessorBecause, ErrorCode>;

/** A GPU that was lost may come back, as after sleep or a driver's update; once. */
const MAX_LOSSES = 1;

/** What a desk has to know of its model. */
export interface LoadableReader {
  readonly entry: ReaderEntry;
  /** The visitor's own files, where they are not kept. */
  readonly own: readonly OwnFile[] | null;
  /** Sees to it that the files are here. Throws `model-not-fetched`. */
  ensure(): Promise<void>;
  tested(result: SelfTestResult): void;
}

/**
 * The reader in its worker: on the GPU where that works, else on the processor. What was being written when the GPU
 * failed is written again, so that nothing asked is lost.
 */
export class ReaderDesk {
  readonly worker: Restartable<GenerationJobs>;
  readonly #loader: ModelLoader;
  #choice: DeviceChoice = 'auto';
  /** Why the GPU is left alone for this visit. */
  #gaveUp: Trouble | null = null;
  #losses = 0;
  #onGpu = false;
  #ending = false;
  /** How often the worker was replaced. */
  #replaced = 0;

  constructor(
    private readonly base: string,
    private readonly model: LoadableReader,
    tell: (state: ModelState) => void,
    private readonly onEmpty: () => void,
  ) {
    this.#loader = new ModelLoader((signal, again) => this.#load(signal, again), tell);
    this.worker = new Restartable<GenerationJobs>(
      () => new Worker(new URL('../workers/generation.worker.ts', import.meta.url), { type: 'module' }),
      (error) => {
        this.onEmpty();
        // One that is replaced has not failed.
        if (!this.#ending) this.#loader.lost(error);
      },
    );
  }

  ready(): Promise<void> {
    return this.#loader.ready();
  }

  get begun(): boolean {
    return this.#loader.begun;
  }

  /** Frees its memory; the next `ready` loads it again. */
  unload(): void {
    this.#end(`${this.model.entry.label} was taken out of memory.`);
    this.#loader.forget();
  }

  /** Stops a load under way. */
  stop(): void {
    this.#loader.stop();
  }

  useDevice(choice: DeviceChoice): void {
    if (choice === this.#choice) return;
    this.#choice = choice;
    this.#gaveUp = null;
    this.#losses = 0;
    const { begun } = this.#loader;
    // A stopped load, too, may have left the other device's runtime in the worker.
    this.#end('The reader is loaded anew.');
    if (begun) this.#loader.again().catch(() => undefined);
  }

  /** `dress` puts adapters on a reader that was loaded anew. */
  async *write(
    requests: readonly WriteRequest[],
    dress: (worn: readonly Worn[]) => Promise<void>,
    signal: AbortSignal,
  ): Job<WriteEvent, Completion[]> {
    const called = performance.now();
    const completions = new Array<Completion>(requests.length);
    let open = requests.map((request, index) => ({ request, index }));
    while (open.length > 0) {
      let trouble: Trouble | null = null;
      const asked = open;
      const late = performance.now() - called;
      const replaced = this.#replaced;
      try {
        const job = this.worker.call('write', { requests: asked.map(({ request }) => request) }, signal);
        for (let next = await job.next(); !next.done; next = await job.next()) {
          const event = next.value;
          const one = asked[event.request];
          if (!one) continue;
          const met = event.kind === 'done' ? this.#troubleOf(event.completion) : null;
          if (met) {
            trouble = met;
            continue;
          }
          const told = delayed({ ...event, request: one.index }, late);
          if (told.kind === 'done') completions[one.index] = told.completion;
          yield told;
        }
      } catch (error) {
        // The visitor chose another device: what is not finished is written there.
        if (isAbort(error) || replaced === this.#replaced) throw error;
      }
      open = asked.filter(({ index }) => !completions[index]);
      if (open.length === 0) break;
      if (trouble && replaced === this.#replaced) {
        this.#recover(trouble);
        this.#loader.again().catch(() => undefined);
      }
      await this.#loader.ready();
      await dress(open.flatMap(({ request }) => request.wears));
    }
    return completions;
  }

  async *#load(signal: AbortSignal, again: boolean): Job<Progress, RunsOn> {
    for (;;) {
      const { base, model } = this;
      const device = this.#gaveUp ? 'wasm' : this.#choice;
      const replaced = this.#replaced;
      try {
        await model.ensure();
        signal.throwIfAborted();
        const { entry, own } = model;
        const loaded = yield* this.worker.call('load', { base, entry, again, device, own }, signal);
        // The page's own are tested against their record as they are loaded.
        if (entry.source.kind !== 'page') model.tested(await this.worker.ask('selfTest', {}, signal));
        this.#onGpu = loaded.because === null;
        return loaded.because === 'chosen' && this.#gaveUp ? { ...loaded, because: this.#gaveUp } : loaded;
      } catch (error) {
        if (replaced !== this.#replaced) throw error;
        const trouble = device === 'wasm' ? null : troubleOf(asLabError(error).code);
        if (!trouble) {
          // The runtime remembers a failed start: the next load needs a new worker.
          this.#end('The reader could not be loaded.');
          throw error;
        }
        this.#recover(trouble);
      }
    }
  }

  #recover(trouble: Trouble): void {
    if (trouble !== 'gpu-lost' || ++this.#losses > MAX_LOSSES) this.#gaveUp = trouble;
    this.#end('The reader is loaded anew.');
  }

  #end(why: string): void {
    this.#replaced++;
    this.#ending = true;
    this.worker.end(why);
    this.#ending = false;
  }

  /** Null for what another device would not mend. */
  #troubleOf(completion: Completion): Trouble | null {
    return completion.kind === 'failed' && this.#onGpu ? troubleOf(completion.code) : null;
  }
}

/** Times count from the first call, whatever was loaded anew since. */
function delayed(event: WriteEvent, ms: number): WriteEvent {
  if (event.kind === 'text') return { ...event, ms: event.ms + ms };
  if (event.kind !== 'done' || event.completion.kind !== 'written') return event;
  const { completion } = event;
  const usage = { ...completion.usage, firstTokenMs: completion.usage.firstTokenMs + ms };
  return { ...event, completion: { ...completion, usage } };
}

function troubleOf(code: ErrorCode): Trouble | null {
  return code === 'gpu-lost' || code === 'gpu-unfit' || code === 'out-of-memory' ? code : null;
}
