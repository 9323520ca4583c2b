/**
 * Why each passage stands where it stands: everything a search came to, passage by passage. A pure function of the trace
 * that the retriever leaves; the page's playground shows it.
 */
import type { Chunk } from '../documents/document';
import { WORD, words } from './bm25';
import { votes } from './fusion';
import type { Ranked } from './retriever';
import { type Trace, voters } from './trace';

/** In the order in which they come. */
export type Stage = 'words' | 'dense' | 'fused' | 'reranked' | 'diverse';

export interface Explained {
  readonly query: string;
  /** Those that ran: `dense` needs a finder and every passage's vector, `reranked` a loaded reranker. */
  readonly stages: readonly Stage[];
  /** As they counted in this search; meaning has 0 where it could not be asked. */
  readonly weights: { readonly words: number; readonly dense: number };
  /** How many passages there were to be found. */
  readonly searched: number;
  /** Milliseconds, the query's own vector included. */
  readonly ms: number;
  /** The hits as a search gives them, and then everything else that any retriever found, by its fused score. */
  readonly passages: readonly ExplainedPassage[];
}

export interface ExplainedPassage {
  readonly chunk: Chunk;
  /** Its place among the hits, from 1; null where it is none, and then `left` says why. */
  readonly rank: number | null;
  /**
   * Place (from 1) and score in each stage, null where the stage did not have it. Scores are on the stages' own
   * scales: `words` BM25's sum, `dense` a cosine, `fused` their weighted votes, 0 to 1 together, `reranked` a probability,
   * `diverse` the marginal relevance, which may be negative.
   */
  readonly at: Readonly<Record<Stage, Ranked | null>>;
  /** The words of the query that it holds, in the order of their place; overlapping none. */
  readonly terms: readonly Match[];
  /** What each stage did with it, in the order of the stages; a stage that changed nothing is absent. */
  readonly moves: readonly Move[];
  readonly left: LeftOut | null;
}

/** A word of the query, where the chunk says it: `start` and `end` (exclusive) count in the title or the text. */
export interface Match {
  /** As it is compared: lower case, NFKC. */
  readonly term: string;
  readonly field: 'title' | 'text';
  readonly start: number;
  readonly end: number;
  /** What the word adds to the BM25 score, all its places together. */
  readonly share: number;
}

/** `says` is a plain sentence for people. */
export type Move =
  | {
      readonly kind: 'fused';
      /** Its places before; null where that retriever did not find it, or did not vote. */
      readonly words: number | null;
      readonly dense: number | null;
      readonly to: number;
      readonly says: string;
    }
  | { readonly kind: 'reranked'; readonly from: number; readonly to: number; readonly says: string }
  | {
      readonly kind: 'diverse';
      /** Its place among those that MMR chose from. */
      readonly from: number;
      readonly to: number;
      /** The passage before it that it is most like, 0 to 1. */
      readonly nearest: { readonly chunkId: string; readonly similarity: number } | null;
      readonly says: string;
    };

/**
 * Why a passage that was found is no hit. `no vote`: only retrievers of weight 0 found it, or it was below their
 * minimum; `minimum`: its score at that stage was; `not read`: it stood too low for the reranker to read it; `too like`:
 * MMR chose others though it stood high enough; `limit`: there were enough better ones.
 */
export interface LeftOut {
  readonly why: 'no vote' | 'minimum' | 'not read' | 'too like' | 'limit';
  readonly stage: Stage;
  readonly says: string;
}

export function explain(trace: Trace): Omit<Explained, 'ms'> {
  const { query, words: sparse, dense, fused, reranked, diverse, shown, weights } = trace;
  const lists = { words: sparse, dense: dense ?? [], fused, reranked: reranked ?? [], diverse: diverse ?? [] };
  const at = Object.entries(lists).map(
    ([stage, entries]) =>
      [stage as Stage, new Map(entries.map(({ row, score }, i) => [row, { rank: i + 1, score }]))] as const,
  );
  const found = new Set(
    [...shown, ...fused, ...sparse, ...(dense ?? [])].map((one) => (typeof one === 'number' ? one : one.row)),
  );
  const [byWords, byMeaning] = voters(trace);
  const voted = { words: votes(byWords), dense: votes(byMeaning) };
  const all = weights.words + weights.dense;
  const passages = [...found].map((row): ExplainedPassage => {
    const placed = Object.fromEntries(
      at.map(([stage, ranks]) => [stage, ranks.get(row) ?? null]),
    ) as ExplainedPassage['at'];
    const place = shown.indexOf(row);
    const chunk = trace.chunkAt(row);
    return {
      chunk,
      rank: place < 0 ? null : place + 1,
      at: placed,
      terms: matches(chunk, trace.shares(row)),
      moves: movesOf(row, placed, (who) => ((voted[who].get(row) ?? 0) / all).toFixed(2), trace),
      left: place < 0 ? leftOut(placed, trace) : null,
    };
  });
  const ran: Readonly<Record<Stage, boolean>> = {
    words: true,
    dense: dense !== null,
    fused: true,
    reranked: reranked !== null,
    diverse: diverse !== null,
  };
  return {
    query,
    stages: (Object.keys(ran) as Stage[]).filter((stage) => ran[stage]),
    weights,
    searched: trace.searched,
    passages,
  };
}

/** Words as `words` reads them, in the text as it stands. */
function matches(chunk: Chunk, shares: ReadonlyMap<string, number>): Match[] {
  return (['title', 'text'] as const).flatMap((field) =>
    Array.from(chunk[field].matchAll(WORD)).flatMap(({ 0: run, index: start }) => {
      const term = words(run).find((word) => shares.has(word));
      return term === undefined ? [] : [{ term, field, start, end: start + run.length, share: shares.get(term) ?? 0 }];
    }),
  );
}

/** What a retriever adds to the fused score, for people. */
type Added = (who: 'words' | 'dense') => string;

function movesOf(row: number, at: ExplainedPassage['at'], added: Added, trace: Trace): Move[] {
  const moves: Move[] = [];
  const voted = votingPlaces(at, trace);
  if (at.fused && (voted.words !== at.fused.rank || voted.dense !== at.fused.rank)) {
    const to = at.fused.rank;
    moves.push({ kind: 'fused', ...voted, to, says: fusedSays(voted, added, to, trace) });
  }
  if (at.fused && at.reranked && at.fused.rank !== at.reranked.rank) {
    const [from, to] = [at.fused.rank, at.reranked.rank];
    const says = `Read beside the question, it ${to < from ? 'rose' : 'fell'} from place ${String(from)} to ${String(to)}.`;
    moves.push({ kind: 'reranked', from, to, says });
  }
  const before = at.reranked ?? at.fused;
  if (before && at.diverse && before.rank !== at.diverse.rank) {
    const [from, to] = [before.rank, at.diverse.rank];
    const near = trace.diverse?.find((one) => one.row === row)?.nearest ?? null;
    const nearest = near && { chunkId: trace.chunkAt(near.row).id, similarity: near.similarity };
    moves.push({ kind: 'diverse', from, to, nearest, says: diverseSays(from, to, near?.similarity ?? null) });
  }
  return moves;
}

/** Its places in the lists that counted for it. */
function votingPlaces(
  at: ExplainedPassage['at'],
  { weights, settings: { minimum } }: Trace,
): { words: number | null; dense: number | null } {
  const of = (ranked: Ranked | null, weight: number, least = -Infinity) =>
    ranked && weight > 0 && ranked.score >= least ? ranked.rank : null;
  return {
    words: of(at.words, weights.words, minimum.words),
    dense: of(at.dense, weights.dense, minimum.dense),
  };
}

function fusedSays(
  { words: sparse, dense }: { words: number | null; dense: number | null },
  added: Added,
  to: number,
  trace: Trace,
): string {
  const place = `place ${String(to)}`;
  if (sparse !== null && dense !== null)
    return `Words put it at ${String(sparse)} and add ${added('words')}, meaning puts it at ${String(dense)} and adds ${added('dense')}: ${place}.`;
  if (trace.dense === null) return 'Only words were asked.';
  const { weights } = trace;
  const [who, rank, own, other, others, vote] =
    sparse !== null
      ? ['words', sparse, weights.words, 'meaning', weights.dense, added('words')]
      : ['meaning', dense, weights.dense, 'words', weights.words, added('dense')];
  return `Only ${who} voted for it, at ${String(rank)}; with a weight of ${String(own)} against ${String(others)} for ${other}, that adds ${vote}: ${place}.`;
}

function diverseSays(from: number, to: number, similarity: number | null): string {
  if (to > from && similarity !== null)
    return `It is much like a passage before it (${similarity.toFixed(2)}), so others came first: from place ${String(from)} to ${String(to)}.`;
  return `Passages above it were too much like each other, so it rose from place ${String(from)} to ${String(to)}.`;
}

/** One sentence for each retriever that found it and did not vote. */
function noVoteSays(at: ExplainedPassage['at'], { weights }: Trace): string {
  const why = (who: 'Words' | 'Meaning', weight: number): string =>
    `${who} found it, but ${weight === 0 ? (who === 'Words' ? 'weigh 0' : 'weighs 0') : 'below the least that is asked for'}.`;
  return [
    ...(at.dense ? [why('Meaning', weights.dense)] : []),
    ...(at.words ? [why('Words', weights.words)] : []),
  ].join(' ');
}

function leftOut(at: ExplainedPassage['at'], trace: Trace): LeftOut {
  const { settings, reranked, diverse, shown } = trace;
  const { fused } = at;
  if (!fused) return { why: 'no vote', stage: 'fused', says: noVoteSays(at, trace) };
  if (fused.score < (settings.minimum.fused ?? 0))
    return { why: 'minimum', stage: 'fused', says: 'Its fused score is below the least that is asked for.' };
  if (reranked && !at.reranked)
    return { why: 'not read', stage: 'reranked', says: `At place ${String(fused.rank)} the reranker did not read it.` };
  if (at.reranked && at.reranked.score < (settings.minimum.reranked ?? 0))
    return { why: 'minimum', stage: 'reranked', says: 'The reranker held it for less likely than is asked for.' };
  if (diverse && (at.reranked ?? fused).rank <= shown.length)
    return { why: 'too like', stage: 'diverse', says: 'It is too much like passages that were chosen.' };
  const stage = diverse ? 'diverse' : reranked ? 'reranked' : 'fused';
  return { why: 'limit', stage, says: `There were ${String(shown.length)} better ones.` };
}
