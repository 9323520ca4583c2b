import type { Completion, WriteEvent, WriteRequest } from '../generation/engine';
import type { Job } from '../job';

type Written = Extract<Completion, { kind: 'written' }>;
type Write = (requests: readonly WriteRequest[], signal: AbortSignal) => Job<WriteEvent, Completion[]>;

/** What was written is marked so when it comes from a cache. */
export type MaybeCached = Completion & { readonly fromCache?: true };

/** The model as it is loaded. */
export interface CachedModel {
  /** Of the model's weights and of what runs them. */
  readonly key: string;
  /** Of an adapter's weights, whatever its name. */
  readonly adapterKey: (adapterId: string) => string;
}

/** Characters of prompts and answers that are kept: some hundreds of answers. */
const MOST_CHARACTERS = 4_000_000;

/**
 * Answers of this visit, by all that decides them: messages, the model's and the adapters' weights, strengths, sampling
 * and seed. What was used last stays longest. Answers that failed or were stopped are not kept.
 */
export class AnswerCache {
  readonly #kept = new Map<string, Written>();
  #characters = 0;

  constructor(private readonly most = MOST_CHARACTERS) {}

  get size(): number {
    return this.#kept.size;
  }

  /** `write` with the cache before it: equal requests are answered without it, as a `done` event alone. */
  before(write: Write, model: CachedModel): Write {
    const find = (key: string): Written | undefined => this.#find(key);
    const keep = (key: string, completion: Completion): void => {
      if (completion.kind === 'written') this.#keep(key, completion);
    };
    return async function* (requests, signal) {
      const completions = new Array<MaybeCached>(requests.length);
      const open: { readonly request: WriteRequest; readonly key: string; readonly index: number }[] = [];
      for (const [index, request] of requests.entries()) {
        const key = requestKey(request, model);
        const known = find(key);
        if (!known) {
          open.push({ request, key, index });
          continue;
        }
        const completion: MaybeCached = { ...known, fromCache: true };
        completions[index] = completion;
        yield { kind: 'done', request: index, completion };
      }
      if (open.length === 0) return completions;
      const writing = write(
        open.map(({ request }) => request),
        signal,
      );
      let next = await writing.next();
      for (; !next.done; next = await writing.next()) {
        const event = next.value;
        const one = open[event.request];
        if (!one) continue;
        if (event.kind === 'done') keep(one.key, event.completion);
        yield { ...event, request: one.index };
      }
      for (const [i, completion] of next.value.entries()) {
        const one = open[i];
        if (!one) continue;
        completions[one.index] = completion;
        keep(one.key, completion);
      }
      return completions;
    };
  }

  clear(): void {
    this.#kept.clear();
    this.#characters = 0;
  }

  #find(key: string): Written | undefined {
    const known = this.#kept.get(key);
    if (known) {
      this.#kept.delete(key);
      this.#kept.set(key, known);
    }
    return known;
  }

  #keep(key: string, completion: Written): void {
    this.#drop(key);
    this.#kept.set(key, completion);
    this.#characters += sizeOf(key, completion);
    for (const oldest of this.#kept.keys()) {
      if (this.#characters <= this.most) break;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    const known = this.#kept.get(key);
    if (!known) return;
    this.#kept.delete(key);
    this.#characters -= sizeOf(key, known);
  }
}

function sizeOf(key: string, { text }: Written): number {
  return key.length + text.length;
}

/** Top-p and seed do nothing while greedy, nor does an adapter at strength 0 or the order of several. */
function requestKey({ messages, wears, sampling, schema }: WriteRequest, { key, adapterKey }: CachedModel): string {
  const { temperature, topP, maxTokens, seed } = sampling;
  const worn = wears
    .filter(({ strength }) => strength !== 0)
    .map(({ adapterId, strength }) => [adapterKey(adapterId), strength] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const said = messages.map(({ role, content }) => [role, content]);
  return JSON.stringify([key, said, worn, maxTokens, ...(temperature > 0 ? [temperature, topP, seed] : []), schema]);
}
