import { finish } from '../job';
import { type Connection, type Jobs, connect } from '../workers/rpc';

/** A worker that was let go and works on until it is ended. */
export interface Detached<J extends Jobs> {
  readonly ask: Restartable<J>['ask'];
  /** Hears when it dies by itself. */
  onLost(listener: () => void): void;
  end(why: string): void;
}

interface Running<J extends Jobs> {
  readonly worker: Worker;
  readonly connection: Connection<J>;
  readonly ears: Set<(error: Error) => void>;
}

/** A worker started when first needed and started anew when it died or was ended. */
export class Restartable<J extends Jobs> {
  #running: Running<J> | null = null;

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

  /** Lets the worker go on by itself; the next call starts another. Null where none was started. */
  detach(): Detached<J> | null {
    const running = this.#running;
    if (!running) return null;
    this.#running = null;
    const { connection, ears, worker } = running;
    return {
      ask: (job, input, signal) => finish(connection.call(job, input, signal)),
      onLost: (listener) => ears.add(listener),
      end: (why) => {
        connection.lose(why);
        worker.terminate();
      },
    };
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
      const ears = new Set<(error: Error) => void>();
      const connection = connect<J>(worker, (error) => {
        worker.terminate();
        for (const hear of ears) hear(error);
        if (this.#running?.worker !== worker) return;
        this.#running = null;
        this.onLost(error);
      });
      this.#running = { worker, connection, ears };
    }
    return this.#running.connection;
  }
}
