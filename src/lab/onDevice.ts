import type { DeviceChoice, OnProcessorBecause, RunsOn } from '../device/choice';
import { type ErrorCode, LabError, asLabError, isAbort } from '../errors';
import type { Job, Progress } from '../job';
import type { ModelState } from '../lab';
import type { Jobs } from '../workers/rpc';
import { ModelLoader } from './models';
import { type Detached, Restartable } from './worker';

export type Trouble = Extract<OnProcessorBecause, ErrorCode>;

/** A GPU that was lost may come back, as after sleep or a driver's update; once. */
const MAX_LOSSES = 1;

export interface LoadInput {
  readonly device: DeviceChoice;
  /** Past the browser's cache. */
  readonly again: boolean;
}

const SAID: Readonly<Record<Trouble, string>> = {
  'gpu-lost': 'The GPU was lost.',
  'gpu-unfit': 'The GPU does not compute it right.',
  'out-of-memory': 'The GPU ran out of memory.',
};

interface Wiring<J extends Jobs> {
  /** For people, as in `The reader is loaded anew.` */
  readonly name: string;
  start(): Worker;
  load(worker: Restartable<J>, input: LoadInput, signal: AbortSignal): Job<Progress, RunsOn>;
  /** Whether the worker has to go after a load that ended so (a LabError, or an AbortError). */
  spoilt(error: unknown): boolean;
  tell(state: ModelState): void;
  /** All that the worker held in memory is gone. `anew`: on purpose, and the model is on its way into a new one. */
  onEmpty(error: Error, anew: boolean): void;
}

/** A model in its worker: on the GPU where that works, else on the processor. */
export class ModelOnDevice<J extends Jobs> {
  readonly worker: Restartable<J>;
  readonly #loader: ModelLoader;
  #choice: DeviceChoice = 'auto';
  /** Why the GPU is left alone for this visit; `said` for people. */
  #gaveUp: Trouble | null = null;
  #said = '';
  #losses = 0;
  #onGpu = false;
  /** Why the worker is being ended, while it is; null for one that ends by itself. */
  #ending: 'anew' | 'failed' | null = null;
  #replaced = 0;

  constructor(private readonly wiring: Wiring<J>) {
    this.#loader = new ModelLoader(
      (signal, again) => this.#load(signal, again),
      (state) => {
        wiring.tell(state);
      },
    );
    this.worker = new Restartable<J>(
      () => wiring.start(),
      (error) => {
        // One that is replaced has not failed.
        if (!this.#ending) this.#loader.lost(error);
        wiring.onEmpty(error, this.#ending === 'anew');
      },
    );
  }

  /** How often the worker was replaced. */
  get replaced(): number {
    return this.#replaced;
  }

  ready(): Promise<void> {
    return this.#loader.ready();
  }

  get begun(): boolean {
    return this.#loader.begun;
  }

  /** Frees its memory; the next `ready` loads it again. */
  unload(why: string): void {
    this.#end('anew', why);
    this.#loader.forget();
  }

  /** Loads once more: another model stands in its place, and what the worker holds is of no use. */
  anew(): Promise<void> {
    this.#replace();
    return this.#loader.again();
  }

  /** Loads once more in a worker of its own, and lets the one go on that was there; null where none was. */
  beside(): Detached<J> | null {
    const before = this.worker.detach();
    this.#replaced++;
    if (before) this.wiring.onEmpty(new LabError('worker-lost', `The ${this.wiring.name} is loaded anew.`), true);
    this.#loader.again().catch(() => undefined);
    return before;
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
    this.#replace();
    if (begun) this.#loader.again().catch(() => undefined);
  }

  /** What went wrong, if another device would mend it; else null. */
  troubleOf(code: ErrorCode): Trouble | null {
    // One that knows no processor is not loaded for ever.
    return this.#onGpu && !this.#gaveUp ? asTrouble(code) : null;
  }

  /** Has the model loaded anew: on the GPU once more, then on the processor. */
  recover(trouble: Trouble): void {
    this.#giveUp(trouble, SAID[trouble]);
    this.#loader.again().catch(() => undefined);
  }

  /**
   * Whether what failed with `error`, begun when `replaced` was `since`, is to be asked again once the model is ready:
   * the GPU failed, or the worker was replaced meanwhile.
   */
  mends(error: unknown, since: number): boolean {
    if (isAbort(error)) return false;
    if (since !== this.#replaced) return true;
    const trouble = this.troubleOf(asLabError(error).code);
    if (trouble) this.recover(trouble);
    return trouble !== null;
  }

  async *#load(signal: AbortSignal, again: boolean): Job<Progress, RunsOn> {
    for (;;) {
      const device = this.#gaveUp ? 'wasm' : this.#choice;
      const replaced = this.#replaced;
      try {
        const loaded = yield* this.wiring.load(this.worker, { device, again }, signal);
        this.#onGpu = loaded.because === null;
        return loaded.because === 'chosen' && this.#gaveUp ? { ...loaded, because: this.#gaveUp } : loaded;
      } catch (error) {
        if (replaced !== this.#replaced) throw error;
        const { code, message } = asLabError(error);
        const trouble = device === 'wasm' ? null : asTrouble(code);
        if (!trouble) {
          if (this.wiring.spoilt(error)) this.#end('failed', `The ${this.wiring.name} could not be loaded.`);
          // Why it is wanted on the processor at all.
          if (code !== 'model-not-fetched' || !this.#gaveUp) throw error;
          throw new LabError(code, `${this.#said} ${message}`, { cause: error });
        }
        this.#giveUp(trouble, message);
      }
    }
  }

  #giveUp(trouble: Trouble, said: string): void {
    this.#said = said;
    if (trouble !== 'gpu-lost' || ++this.#losses > MAX_LOSSES) this.#gaveUp = trouble;
    this.#replace();
  }

  #replace(): void {
    this.#end('anew', `The ${this.wiring.name} is loaded anew.`);
  }

  #end(because: 'anew' | 'failed', why: string): void {
    this.#replaced++;
    this.#ending = because;
    this.worker.end(why);
    this.#ending = null;
  }
}

function asTrouble(code: ErrorCode): Trouble | null {
  return code === 'gpu-lost' || code === 'gpu-unfit' || code === 'out-of-memory' ? code : null;
}
