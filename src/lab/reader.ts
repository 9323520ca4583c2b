import type { Worn } from '../adapters/adapter';
import type { DeviceChoice } from '../device/choice';
import { isAbort } from '../errors';
import type { Completion, WriteEvent, WriteRequest } from '../generation/engine';
import type { Job } from '../job';
import type { ModelState } from '../lab';
import type { GenerationJobs } from '../workers/jobs';
import { abortable } from './abortable';
import { ModelOnDevice, type Trouble } from './onDevice';
import type { Restartable } from './worker';

/**
 * The reader in its worker. What was being written when the GPU failed is written again, so that nothing asked is
 * lost.
 */
export class ReaderDesk {
  readonly #model: ModelOnDevice<GenerationJobs>;

  constructor(base: string, readerId: string, tell: (state: ModelState) => void, onEmpty: () => void) {
    this.#model = new ModelOnDevice<GenerationJobs>({
      name: 'reader',
      start: () => new Worker(new URL('../workers/generation.worker.ts', import.meta.url), { type: 'module' }),
      load: (worker, input, signal) => worker.call('load', { base, readerId, ...input }, signal),
      // The runtime remembers a failed start.
      spoilt: () => true,
      tell,
      onEmpty,
    });
  }

  get worker(): Restartable<GenerationJobs> {
    return this.#model.worker;
  }

  ready(): Promise<void> {
    return this.#model.ready();
  }

  /** Stops a load under way. */
  stop(): void {
    this.#model.stop();
  }

  useDevice(choice: DeviceChoice): void {
    this.#model.useDevice(choice);
  }

  /** Has the reader do something once it is ready; again, where it was loaded anew meanwhile. */
  async whenReady<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    for (;;) {
      await abortable(this.#model.ready(), signal);
      const { replaced } = this.#model;
      try {
        return await work();
      } catch (error) {
        if (isAbort(error) || replaced === this.#model.replaced) throw error;
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
      while (replaced !== this.#model.replaced) {
        ({ replaced } = this.#model);
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
        if (isAbort(error) || replaced === this.#model.replaced) throw error;
      }
      open = asked.filter(({ index }) => !completions[index]);
      if (open.length > 0 && trouble && replaced === this.#model.replaced) this.#model.recover(trouble);
    }
    return completions;
  }

  /** Null for what another device would not mend. */
  #troubleOf(completion: Completion): Trouble | null {
    return completion.kind === 'failed' ? this.#model.troubleOf(completion.code) : null;
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
