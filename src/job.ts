/**
 * Everything slow in the lab is a Job: it yields progress, returns a result and
 * takes an `AbortSignal`. Stopping one throws the signal's `AbortError`, which
 * is not a failure.
 */
export type Job<Event, Result> = AsyncGenerator<Event, Result, void>;

/** How far a job has come, in `unit`s. `total` is null until it is known. */
export interface Progress {
  readonly step: string;
  readonly done: number;
  readonly total: number | null;
  readonly unit:
    'bytes' | 'chunks' | 'tokens' | 'files' | 'pages' | 'parts' | 'matrices' | 'questions' | 'answers' | 'documents';
}

/** Runs a job to its end, handing each event to `onEvent`. */
export async function finish<E, R>(job: Job<E, R>, onEvent?: (event: E) => void): Promise<R> {
  for (;;) {
    const next = await job.next();
    if (next.done) return next.value;
    onEvent?.(next.value);
  }
}
