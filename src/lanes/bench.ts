import type { Question } from '../questions/question';
import type { Retriever } from '../retrieval/retriever';
import type { Bench } from './lane';

/**
 * The bench of one Ask. Lanes that see the same passages share one search, so that they are compared on
 * equal passages and each shows the time that the search really took. `seed` chooses the noise.
 */
export function openBench(question: Question, retriever: Retriever, seed: number, signal: AbortSignal): Bench {
  const remembered = new Map<string, Promise<{ value: unknown; ms: number }>>();
  return {
    question,
    retriever,
    seed,
    signal,
    once<T>(key: string, work: () => Promise<T>) {
      let result = remembered.get(key);
      if (!result) {
        result = timed(work);
        remembered.set(key, result);
      }
      // A key names one kind of work, and with it the type of what is remembered.
      return result as Promise<{ value: T; ms: number }>;
    },
  };
}

async function timed<T>(work: () => Promise<T>): Promise<{ value: T; ms: number }> {
  const from = performance.now();
  const value = await work();
  return { value, ms: performance.now() - from };
}
