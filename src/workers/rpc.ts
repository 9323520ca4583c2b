/**
 * One protocol for every worker: a worker exposes a record of Jobs; each `yield` is an event, the `return`
 * the result. The caller stops a job by its signal or by leaving `for await`. A worker that dies fails what
 * is under way with `worker-lost`.
 */
import { type ErrorCode, LabError, asLabError, isAbort } from '../errors';
import type { Job } from '../job';

export type Jobs = Record<string, (input: never, signal: AbortSignal) => Job<unknown, unknown>>;

type Input<J> = J extends (input: infer I, signal: AbortSignal) => unknown ? I : never;
type EventOf<J> = J extends (...args: never[]) => Job<infer E, unknown> ? E : never;
type ResultOf<J> = J extends (...args: never[]) => Job<unknown, infer R> ? R : never;

type ToWorker =
  | { readonly kind: 'start'; readonly id: number; readonly job: string; readonly input: unknown }
  | { readonly kind: 'cancel'; readonly id: number };

type Failure = { readonly abort: true } | { readonly abort: false; readonly code: ErrorCode; readonly message: string };

type FromWorker =
  | { readonly kind: 'event'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'done'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'fail'; readonly id: number; readonly failure: Failure };

export interface Port {
  postMessage(message: unknown, transfer: Transferable[]): void;
  addEventListener(type: 'message' | 'messageerror' | 'error', listener: (event: MessageEvent) => void): void;
}

/** Worker side: runs the jobs asked for on `port`. */
export function serve(jobs: Jobs, port: Port): void {
  const running = new Map<number, AbortController>();
  const post = (message: FromWorker) => {
    port.postMessage(message, []);
  };

  async function run(id: number, name: string, input: unknown): Promise<void> {
    const abort = new AbortController();
    running.set(id, abort);
    let steps: Job<unknown, unknown> | undefined;
    try {
      const job = jobs[name];
      if (!job) throw new LabError('unexpected', `There is no job “${name}”.`);
      steps = job(input as never, abort.signal);
      for (;;) {
        const step = await steps.next();
        abort.signal.throwIfAborted();
        if (step.done) {
          post({ kind: 'done', id, value: step.value });
          return;
        }
        post({ kind: 'event', id, value: step.value });
      }
    } catch (error) {
      const { code, message } = asLabError(error);
      post({ kind: 'fail', id, failure: isAbort(error) ? { abort: true } : { abort: false, code, message } });
    } finally {
      running.delete(id);
      // A job that never looked at its signal still gets to run its own `finally`.
      void steps?.return(undefined).catch(() => undefined);
    }
  }

  port.addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
    if (data.kind === 'cancel') running.get(data.id)?.abort();
    else void run(data.id, data.job, data.input);
  });
}

export interface Connection<J extends Jobs> {
  /** `transfer` are buffers inside `input` that move to the worker instead of being copied. */
  readonly call: <K extends keyof J & string>(
    job: K,
    input: Input<J[K]>,
    signal: AbortSignal,
    transfer?: Transferable[],
  ) => Job<EventOf<J[K]>, ResultOf<J[K]>>;
  /** Fails everything under way with `worker-lost`, and every later call. */
  readonly lose: (why: string) => void;
}

/** The caller's side. `onLost` is told once when the worker itself breaks. */
export function connect<J extends Jobs>(port: Port, onLost?: (error: LabError) => void): Connection<J> {
  const inboxes = new Map<number, (message: FromWorker) => void>();
  let lost: LabError | null = null;
  let nextId = 1;

  function lose(why: string): void {
    if (lost) return;
    lost = new LabError('worker-lost', why);
    for (const [id, inbox] of [...inboxes])
      inbox({ kind: 'fail', id, failure: { abort: false, code: 'worker-lost', message: why } });
    onLost?.(lost);
  }

  port.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
    inboxes.get(data.id)?.(data);
  });
  // A worker's `error` is an ErrorEvent, or a bare Event when its script could not be loaded.
  port.addEventListener('error', (event: Event & { message?: string }) => {
    event.preventDefault();
    lose(event.message ? `The worker broke: ${event.message}` : 'The worker broke.');
  });
  port.addEventListener('messageerror', () => {
    lose('A message from the worker could not be read.');
  });

  return {
    lose,
    async *call(job, input, signal, transfer = []) {
      signal.throwIfAborted();
      if (lost) throw lost;
      const id = nextId++;
      const queue: FromWorker[] = [];
      let wake: (() => void) | null = null;
      inboxes.set(id, (message) => {
        queue.push(message);
        wake?.();
      });
      const post = (message: ToWorker, moved: Transferable[]) => {
        port.postMessage(message, moved);
      };
      const cancel = () => {
        wake?.();
      };
      signal.addEventListener('abort', cancel, { once: true });
      let settled = false;
      try {
        post({ kind: 'start', id, job, input }, transfer);
        for (;;) {
          signal.throwIfAborted();
          const message = queue.shift();
          if (!message) {
            await new Promise<void>((resolve) => (wake = resolve));
            wake = null;
            continue;
          }
          if (message.kind === 'event') {
            yield message.value as EventOf<J[typeof job]>;
            continue;
          }
          settled = true;
          if (message.kind === 'done') return message.value as ResultOf<J[typeof job]>;
          if (message.failure.abort) throw new DOMException('Stopped.', 'AbortError');
          throw new LabError(message.failure.code, message.failure.message);
        }
      } finally {
        signal.removeEventListener('abort', cancel);
        inboxes.delete(id);
        if (!settled) post({ kind: 'cancel', id }, []);
      }
    },
  };
}
