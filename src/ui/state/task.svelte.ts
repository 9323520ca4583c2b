import { asLabError, isAbort, type LabError } from '../../errors';
import type { Job, Progress } from '../../job';

/** One piece of slow work at a time: what it is, how far it is, how it failed, how to stop it. */
export class Task {
  /** For people, as a title; null when nothing runs. */
  name = $state<string | null>(null);
  progress = $state.raw<Progress | null>(null);
  problem = $state.raw<LabError | null>(null);
  private stopper: AbortController | null = null;

  get running(): boolean {
    return this.name !== null;
  }

  /** Null when it failed (see `problem`), was stopped, or something else runs. */
  async run<T>(name: string, job: (signal: AbortSignal) => Job<Progress, T>): Promise<T | null> {
    return this.wait(name, async (signal) => {
      const running = job(signal);
      for (;;) {
        const next = await running.next();
        if (next.done) return next.value;
        this.progress = next.value;
      }
    });
  }

  /** For work that tells no progress. */
  async wait<T>(name: string, work: (signal: AbortSignal) => Promise<T>): Promise<T | null> {
    if (this.running) return null;
    this.name = name;
    this.progress = null;
    this.problem = null;
    this.stopper = new AbortController();
    try {
      return await work(this.stopper.signal);
    } catch (error) {
      if (!isAbort(error)) this.problem = asLabError(error);
      return null;
    } finally {
      this.name = null;
      this.progress = null;
      this.stopper = null;
    }
  }

  stop(): void {
    this.stopper?.abort();
  }
}
