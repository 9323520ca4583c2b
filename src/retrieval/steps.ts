/** Search in steps with a model that writes: the question put in other words, and for two-hop questions search, read, search again. */
import { type Job, finish } from '../job';
import type { Writer } from '../writer';
import { fuseRanks } from './fusion';
import type { Hit, Retriever } from './retriever';
import { askNext, askRewrites, readNext, readQueries } from './rewriting';
import type { SearchSettings } from './settings';

export interface StepSettings {
  /** How many other wordings of the question are searched beside it; 0: none, and the model is not asked for any. */
  readonly rewrites: number;
  /** How often what was found is read for what is still missing; 0: never, 1: two-hop questions. */
  readonly hops: number;
  /** How many passages the model reads for that, of the best so far. */
  readonly read: number;
}

export const TWO_HOPS: StepSettings = { rewrites: 0, hops: 1, read: 4 };

/** What happened, in its order; `says` is a plain sentence for people. */
export type Step =
  /** The model is at work; its `rewritten` or `read` follows. */
  | { readonly kind: 'writing'; readonly says: string }
  /** `written` is all that the model wrote, `queries` what could be taken of it. */
  | { readonly kind: 'rewritten'; readonly written: string; readonly queries: readonly string[]; readonly says: string }
  /** `next` is null where it has enough, or wrote no query that was not searched yet. */
  | { readonly kind: 'read'; readonly written: string; readonly next: string | null; readonly says: string }
  /** `fresh` counts hits that no search before it had. */
  | {
      readonly kind: 'searched';
      readonly query: string;
      readonly hits: readonly Hit[];
      readonly fresh: number;
      readonly says: string;
    };

export interface SteppedSearch {
  /** Up to `limit`, of all searches together. */
  readonly hits: readonly Hit[];
  readonly steps: readonly Step[];
}

/**
 * Every search's list votes alike by reciprocal rank (`fuseRanks`), so that the first of each search stands before the
 * second of any. A hit keeps its places in the search that found it first; `rank` and `score` are those of all searches together.
 */
export async function* searchInSteps(
  { retriever, writer }: { readonly retriever: Retriever; readonly writer: Writer },
  question: string,
  limit: number,
  settings: StepSettings,
  search: Partial<SearchSettings>,
  signal: AbortSignal,
): Job<Step, SteppedSearch> {
  const steps: Step[] = [];
  const lists: (readonly Hit[])[] = [];
  const searched: string[] = [];
  const tell = (step: Step): Step => {
    steps.push(step);
    return step;
  };
  async function* look(query: string): Job<Step, null> {
    const before = new Set(lists.flat().map(({ chunk }) => chunk.id));
    const hits = await retriever.search(query, limit, 'current', signal, search);
    lists.push(hits);
    searched.push(query);
    const fresh = hits.filter(({ chunk }) => !before.has(chunk.id)).length;
    const says = `Searched for “${query}”: ${foundSays(hits.length, fresh, lists.length === 1)}`;
    yield tell({ kind: 'searched', query, hits, fresh, says });
    return null;
  }

  yield* look(question);
  if (settings.rewrites > 0) {
    yield tell({ kind: 'writing', says: 'Putting the question in other words.' });
    const written = await finish(writer(askRewrites(question, settings.rewrites), signal));
    const queries = readQueries(written, settings.rewrites, searched);
    const says = queries.length > 0 ? `Put it as ${quoted(queries)}.` : 'The model wrote no other wording.';
    yield tell({ kind: 'rewritten', written, queries, says });
    for (const query of queries) yield* look(query);
  }
  for (let hop = 0; hop < settings.hops; hop++) {
    const best = together(lists, settings.read);
    // Nothing was found, so there is nothing to read.
    if (best.length === 0) break;
    const passages = best.length === 1 ? 'passage' : `${String(best.length)} passages`;
    yield tell({ kind: 'writing', says: `Reading the best ${passages} for what is still missing.` });
    const written = await finish(writer(askNext(question, best), signal));
    const next = readNext(written, searched);
    const says = next === null ? 'Nothing more is to be looked for.' : `Still to be looked for: “${next}”.`;
    yield tell({ kind: 'read', written, next, says });
    if (next === null) break;
    yield* look(next);
  }
  return { hits: together(lists, limit), steps };
}

function together(lists: readonly (readonly Hit[])[], limit: number): Hit[] {
  const hits = new Map<string, Hit>();
  for (const hit of lists.flat()) if (!hits.has(hit.chunk.id)) hits.set(hit.chunk.id, hit);
  const all = [...hits.values()];
  const rowOf = new Map(all.map(({ chunk }, row) => [chunk.id, row]));
  const rankings = lists.map((list) => list.map(({ chunk }) => rowOf.get(chunk.id) ?? 0));
  return fuseRanks(rankings)
    .slice(0, limit)
    .flatMap(({ row, score }, i) => {
      const hit = all[row];
      return hit ? [{ ...hit, rank: i + 1, score }] : [];
    });
}

function foundSays(found: number, fresh: number, first: boolean): string {
  if (found === 0) return 'nothing was found.';
  const passages = `${String(found)} ${found === 1 ? 'passage' : 'passages'}`;
  return first ? `${passages}.` : `${passages}, ${fresh === 0 ? 'none' : String(fresh)} of them new.`;
}

function quoted(queries: readonly string[]): string {
  return queries.map((query) => `“${query}”`).join(', ');
}
