/** Noise: passages that do not hold the answer, put among those that retrieval found. */
import type { Chunk } from '../documents/document';
import { findAnswer } from '../questions/matching';
import type { Question } from '../questions/question';
import type { Hit, Retriever } from './retriever';
import { seededRandom } from '../random';
import { holdsEvidence } from './evidence';
import { hashText, shuffled } from './seeded';

export const NOISE_KINDS = ['stale version', 'look-alike', 'random'] as const;
export type NoiseKind = (typeof NOISE_KINDS)[number];

/** `checked`: the known answer was looked for in the chunk and not found. `hit` is null for a random chunk. */
export interface Distractor {
  readonly chunk: Chunk;
  readonly kind: NoiseKind;
  readonly checked: boolean;
  readonly hit: Hit | null;
}

export interface NoiseRequest {
  readonly question: Question;
  /** What the open book shows: never repeated. */
  readonly open: readonly Hit[];
  readonly count: number;
  readonly kinds: readonly NoiseKind[];
  readonly retriever: Retriever;
  readonly seed: number;
  readonly signal: AbortSignal;
}

/** How far behind the open passages a chunk still counts as top-ranked, and so is not taken as random. */
const TOP = 10;

/**
 * Up to `count` distractors, their kinds in turn; a kind that has run out gives way to the next one.
 * Stale versions: best hits among replaced documents. Look-alikes: the hits that follow the open ones. Random: any chunk
 * that is neither open nor near the top. Skipped are chunks that hold the known answer, overlap marked evidence or repeat
 * a text. Fewer than `count` where the library is too small. The same request gives the same distractors.
 */
export async function distractors(request: NoiseRequest): Promise<Distractor[]> {
  const { question, open, count } = request;
  const kinds = [...new Set(request.kinds)];
  const candidates = new Map<NoiseKind, Candidate[]>();
  for (const kind of kinds) candidates.set(kind, await gather(kind, request));

  const checked = question.accepted !== null && question.accepted.length > 0;
  const shown = new Set(open.map(({ chunk }) => sameText(chunk)));
  const chosen: Distractor[] = [];
  for (let turn = 0; chosen.length < count && kinds.some((kind) => candidates.get(kind)?.length); turn++) {
    const kind = kinds[turn % kinds.length];
    const waiting = (kind && candidates.get(kind)) ?? [];
    for (let next = waiting.shift(); kind && next; next = waiting.shift()) {
      const { chunk, hit } = next;
      if (
        shown.has(sameText(chunk)) ||
        question.evidence.some((marked) => holdsEvidence(chunk, marked)) ||
        (checked && holdsAnswer(chunk, question))
      )
        continue;
      shown.add(sameText(chunk));
      chosen.push({ chunk, kind, checked, hit });
      break;
    }
  }
  return chosen;
}

/** The prompt's order: distractors at seeded places among the open passages, each group in its own order. */
export function interleave<T>(open: readonly T[], noise: readonly T[], seed: number): T[] {
  const places = shuffled([...open.map(() => true), ...noise.map(() => false)], seededRandom(seed));
  const [found, added] = [open.values(), noise.values()];
  return places.flatMap((isOpen) => {
    const next = (isOpen ? found : added).next();
    return next.done ? [] : [next.value];
  });
}

interface Candidate {
  readonly chunk: Chunk;
  readonly hit: Hit | null;
}

async function gather(
  kind: NoiseKind,
  { question, open, count, retriever, seed, signal }: NoiseRequest,
): Promise<Candidate[]> {
  const opened = new Set(open.map(({ chunk }) => chunk.id));
  // Some are skipped later, so more are fetched than are asked for.
  const depth = open.length + TOP + 4 * count;
  if (kind === 'stale version') return toCandidates(await retriever.search(question.text, depth, 'stale', signal));
  const ranked = await retriever.search(question.text, depth, 'current', signal);
  if (kind === 'look-alike') return toCandidates(ranked.filter(({ chunk }) => !opened.has(chunk.id)));
  const top = new Set(ranked.slice(0, open.length + TOP).map(({ chunk }) => chunk.id));
  const rest = (await retriever.chunks('current', signal)).filter(({ id }) => !opened.has(id) && !top.has(id));
  return shuffled(rest, seededRandom(seed ^ hashText(question.text))).map((chunk) => ({ chunk, hit: null }));
}

function toCandidates(hits: readonly Hit[]): Candidate[] {
  return hits.map((hit) => ({ chunk: hit.chunk, hit }));
}

function sameText({ text }: Chunk): string {
  return text.replace(/\s+/g, ' ').toLowerCase();
}

function holdsAnswer({ title, text }: Chunk, { accepted }: Question): boolean {
  return accepted !== null && (findAnswer(text, accepted) ?? findAnswer(title, accepted)) !== null;
}
