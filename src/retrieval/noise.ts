/**
 * Noise: passages that do not hold the answer, put among those that retrieval found. A new kind is a name, a file in
 * `noise/` and a line in the table.
 */
import type { Chunk } from '../documents/document';
import { findAnswer } from '../questions/matching';
import type { Question } from '../questions/question';
import { holdsAnyEvidence } from './evidence';
import { contradiction } from './noise/contradiction';
import { Ground } from './noise/ground';
import { injected } from './noise/injected';
import { lookAlike } from './noise/lookAlike';
import { type Made, isMade } from './noise/made';
import { otherEntity } from './noise/otherEntity';
import { random } from './noise/random';
import { stale } from './noise/stale';
import { valueRemoved } from './noise/valueRemoved';
import type { Hit, Retriever } from './retriever';

export const NOISE_KINDS = [
  'stale version',
  'look-alike',
  'random',
  'other entity',
  'contradiction',
  'value removed',
  'injected instruction',
] as const;
export type NoiseKind = (typeof NOISE_KINDS)[number];

/** Passages of the library as they are, which any question has; what a noisy lane begins with. */
export const FOUND_KINDS = ['stale version', 'look-alike', 'random'] as const satisfies readonly NoiseKind[];

/** `checked`: the known answer was looked for in the passage and not found. `hit` is null for what was not searched. */
export interface Distractor {
  readonly chunk: Chunk | Made;
  readonly kind: NoiseKind;
  readonly checked: boolean;
  readonly hit: Hit | null;
}

export interface Noise {
  readonly distractors: readonly Distractor[];
  /** How many candidates held the answer, or marked evidence, and gave way to the next. */
  readonly replaced: number;
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

export interface Candidate {
  readonly chunk: Chunk | Made;
  readonly hit: Hit | null;
}

/** One kind. Its candidates come in the order in which they are to be tried, equal for equal requests. */
export interface NoiseSource {
  readonly kind: NoiseKind;
  /** By which it chooses, for people. */
  readonly rule: string;
  candidates(ground: Ground): Promise<Candidate[]>;
}

export const NOISE: Readonly<Record<NoiseKind, NoiseSource>> = {
  'stale version': stale,
  'look-alike': lookAlike,
  random,
  'other entity': otherEntity,
  contradiction,
  'value removed': valueRemoved,
  'injected instruction': injected,
};

/**
 * Up to `count` distractors, their kinds in turn; a kind that has run out gives way to the next one. Skipped are
 * passages that hold the known answer or marked evidence, and such as repeat a text that is shown. Fewer than `count`
 * where the library is too small. The same request gives the same distractors. `ground` is that of a request which
 * differs in the kinds alone, whose searches need not be made again.
 */
export async function distractors(request: NoiseRequest, ground = new Ground(request)): Promise<Noise> {
  const { question, open, count } = request;
  const kinds = [...new Set(request.kinds)];
  const candidates = new Map<NoiseKind, Candidate[]>();
  if (count > 0) for (const kind of kinds) candidates.set(kind, await NOISE[kind].candidates(ground));

  const checked = question.accepted !== null && question.accepted.length > 0;
  const shown = new Set(open.map(({ chunk }) => sameText(chunk)));
  const replaced = new Set<string>();
  const chosen: Distractor[] = [];
  for (let turn = 0; chosen.length < count && kinds.some((kind) => candidates.get(kind)?.length); turn++) {
    const kind = kinds[turn % kinds.length];
    const waiting = (kind && candidates.get(kind)) ?? [];
    for (let next = waiting.shift(); kind && next; next = waiting.shift()) {
      const { chunk, hit } = next;
      // What carries an injected instruction would be a repeat beside itself.
      const texts = [chunk, ...(isMade(chunk) && kind === 'injected instruction' ? [chunk.madeFrom] : [])].map(
        sameText,
      );
      if (texts.some((text) => shown.has(text))) continue;
      if (holdsAnswer(chunk, question)) {
        replaced.add(sameText(chunk));
        continue;
      }
      for (const text of texts) shown.add(text);
      chosen.push({ chunk, kind, checked, hit });
      break;
    }
  }
  return { distractors: chosen, replaced: replaced.size };
}

function sameText({ text }: Pick<Chunk, 'text'>): string {
  return text.replace(/\s+/g, ' ').toLowerCase();
}

/** Marked evidence, or a known answer in what the model would see. */
export function holdsAnswer(chunk: Chunk | Made, { accepted, evidence }: Question): boolean {
  if (!isMade(chunk) && holdsAnyEvidence(chunk, evidence)) return true;
  return accepted !== null && (findAnswer(chunk.text, accepted) ?? findAnswer(chunk.title, accepted)) !== null;
}
