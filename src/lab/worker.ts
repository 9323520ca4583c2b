import { finish } from '../job';
import { type Connection, type Jobs, connect } from '../workers/rpc';

/** A worker started when first needed and started anew when it died or was ended. */
export class Restartable<J extends Jobs> {
  #running: { readonly worker: Worker; readonly connection: Connection<J> } | null = null;

  /** `onLost` hears that what the worker held in memory is gone. */
  constructor(
    private readonly start: () => Worker,
    private readonly onLost: (why: Error) => void = () => undefined,
  ) {}

  readonly call: Connection<J>['call'] = (job, input, signal, transfer) =>
    this.#connection().call(job, input, signal, transfer);

  /** For jobs whose progress nobody watches. */
  async ask<K extends keyof J & string>(job: K, input: Parameters<J[K]>[0], signal: AbortSignal) {
    return finish(this.call(job, input, signal));
  }

  /** Ends the worker; what is under way fails with `worker-lost` and `why`. */
  end(why: string): void {
    const running = this.#running;
    if (!running) return;
    running.connection.lose(why);
    running.worker.terminate();
    this.#running = null;
  }

  #connection(): Connection<J> {
    if (!this.#running) {
      const worker = this.start();
      const connection = connect<J>(worker, (error) => {
        worker.terminate();
        if (this.#running?.worker === worker) this.#running = null;
        this.onLost(error);
      });
      this.#running = { worker, connection };
    }
    return this.#running.connection;
  }
}
