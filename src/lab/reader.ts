import type { Worn } from '../adapters/adapter';
import type { DeviceChoice, RunsOn } from '../device/choice';
import { isAbort } from '../errors';
import type { Completion, WriteEvent, WriteRequest } from '../generation/engine';
import type { ReaderEntry } from '../generation/models';
import type { SelfTestResult } from '../generation/writingTest';
import type { Job, Progress } from '../job';
import type { ModelState } from '../lab';
import type { GenerationJobs, OwnFile } from '../workers/jobs';
import { abortable } from './abortable';
import { type LoadInput, ModelOnDevice, type Trouble } from './onDevice';
import type { Restartable } from './worker';

/** What a desk has to know of its model. */
export interface LoadableReader {
  readonly entry: ReaderEntry;
  /** The visitor's own files, where they are not kept. */
  readonly own: readonly OwnFile[] | null;
  /** For its server; null where there is none. */
  readonly key: string | null;
  /** Sees to it that the files for a device are here. Throws `model-not-fetched`. */
  ensure(device: DeviceChoice): Promise<void>;
  tested(result: SelfTestResult): void;
}

/**
 * The reader in its worker. What was being written when the GPU failed is written again, so that nothing asked is
 * lost.
 */
export class ReaderDesk {
  readonly #onDevice: ModelOnDevice<GenerationJobs>;

  constructor(
    private readonly base: string,
    private readonly model: LoadableReader,
    tell: (state: ModelState) => void,
    onEmpty: () => void,
  ) {
    this.#onDevice = new ModelOnDevice<GenerationJobs>({
      name: 'reader',
      start: () => new Worker(new URL('../workers/generation.worker.ts', import.meta.url), { type: 'module' }),
      load: (worker, input, signal) => this.#load(worker, input, signal),
      // The runtime remembers a failed start.
      spoilt: () => true,
      tell,
      onEmpty,
    });
  }

  get worker(): Restartable<GenerationJobs> {
    return this.#onDevice.worker;
  }

  ready(): Promise<void> {
    return this.#onDevice.ready();
  }

  get begun(): boolean {
    return this.#onDevice.begun;
  }

  /** Frees its memory; the next `ready` loads it again. */
  unload(): void {
    this.#onDevice.unload(`${this.model.entry.label} was taken out of memory.`);
  }

  /** Stops a load under way. */
  stop(): void {
    this.#onDevice.stop();
  }

  useDevice(choice: DeviceChoice): void {
    this.#onDevice.useDevice(choice);
  }

  /** Has the reader do something once it is ready; again, where it was loaded anew meanwhile. */
  async whenReady<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    for (;;) {
      await abortable(this.#onDevice.ready(), signal);
      const { replaced } = this.#onDevice;
      try {
        return await work();
      } catch (error) {
        if (isAbort(error) || replaced === this.#onDevice.replaced) throw error;
      }
    }
  }

  /** `dress` puts adapters on the reader that is to write, which may have been loaded anew. */
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
      let replaced = NaN;
      // One that took another's place while that was dressed may wear a part.
      while (replaced !== this.#onDevice.replaced) {
        ({ replaced } = this.#onDevice);
        await this.whenReady(() => dress(asked.flatMap(({ request }) => request.wears)), signal);
      }
      const late = performance.now() - called;
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
        if (isAbort(error) || replaced === this.#onDevice.replaced) throw error;
      }
      open = asked.filter(({ index }) => !completions[index]);
      if (open.length > 0 && trouble && replaced === this.#onDevice.replaced) this.#onDevice.recover(trouble);
    }
    return completions;
  }

  async *#load(worker: Restartable<GenerationJobs>, input: LoadInput, signal: AbortSignal): Job<Progress, RunsOn> {
    const { base, model } = this;
    await model.ensure(input.device);
    signal.throwIfAborted();
    const { entry, own, key } = model;
    const loaded = yield* worker.call('load', { base, entry, own, key, ...input }, signal);
    // The page's own are tested against their record as they are loaded; a server answers for itself, and may charge.
    if (entry.source.kind !== 'page' && entry.source.kind !== 'server')
      model.tested(await worker.ask('selfTest', {}, signal));
    return loaded;
  }

  /** Null for what another device would not mend. */
  #troubleOf(completion: Completion): Trouble | null {
    return completion.kind === 'failed' ? this.#onDevice.troubleOf(completion.code) : null;
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
