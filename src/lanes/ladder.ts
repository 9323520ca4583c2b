/** The noise ladder: one question with more and more distractors, without and with adapters. */
import type { Worn } from '../adapters/adapter';
import { LabError } from '../errors';
import type { Sampling } from '../generation/engine';
import type { Job, Progress } from '../job';
import type { Verdict } from '../questions/question';
import type { Answer, CompareEvent, Lane, NoiseReport, Noisy } from './lane';

/** Distractors at each rung. */
export const RUNGS: readonly number[] = [0, 1, 2, 3, 5, 8];
export const TOP_RUNG = 8;

export interface LadderRequest {
  /** Its count, rate and seed of the noise are the ladder's to set: only the kinds and places count. */
  readonly sees: Noisy;
  readonly told: string;
  readonly modelId: string;
  readonly sampling: Sampling;
  /** What is worn in each series; none is the base. */
  readonly series: readonly (readonly Worn[])[];
}

/** Why a rung has no answers: the prompt is too long for the model, or the library has no more distractors. */
export type Missing = 'window' | 'library';

export interface Rung {
  readonly noise: number;
  readonly missing: Missing | null;
  /** In the order of the series; empty where the rung is missing. */
  readonly answers: readonly Answer[];
}

export interface Ladder {
  readonly series: readonly (readonly Worn[])[];
  readonly rungs: readonly Rung[];
  /** Of the highest rung that was shown. */
  readonly report: NoiseReport | null;
}

/** Answers in the lanes' order, in one call; the noise of all lanes is taken from one choice of `TOP_RUNG`. */
export type AskLadder = (lanes: readonly Lane[]) => Job<CompareEvent, Answer[]>;

/**
 * Answers the question on every rung, all in one batch. A rung's distractors are the first of those of the next. Rungs
 * that do not fit the model's window, or for which there is not enough noise, are told, not left out. Throws what an
 * answer failed with otherwise: a ladder with holes says nothing.
 */
export async function* climbLadder(request: LadderRequest, ask: AskLadder): Job<Progress, Ladder> {
  const lanes = ladderLanes(request);
  const asking = ask(lanes);
  let done = 0;
  const progress = (): Progress => ({ step: 'Answering', done, total: lanes.length, unit: 'answers' });
  yield progress();
  let next = await asking.next();
  for (; !next.done; next = await asking.next()) {
    if (next.value.kind !== 'answered') continue;
    done++;
    yield progress();
  }
  const answers = next.value;
  const width = request.series.length;
  const rungs: Rung[] = [];
  for (const [i, noise] of RUNGS.entries()) {
    const own = answers.slice(i * width, (i + 1) * width);
    const missing = missingOf(own);
    rungs.push({ noise, missing, answers: missing ? [] : own });
  }
  const top = rungs.findLast(({ missing }) => missing === null);
  return { series: request.series, rungs, report: top?.answers[0]?.briefing?.noise ?? null };
}

/** Rung by rung, in each the series in their order. */
function ladderLanes({ sees, told, modelId, sampling, series }: LadderRequest): Lane[] {
  const { rate: _, ...rest } = sees;
  return RUNGS.flatMap((noise) =>
    series.map((wears, i): Lane => {
      const id = `rung-${String(noise)}-${String(i)}`;
      return { id, name: id, sees: { ...rest, noise }, wears, told, modelId, sampling };
    }),
  );
}

function missingOf(answers: readonly Answer[]): Missing | null {
  for (const { outcome, briefing } of answers) {
    if (outcome.kind === 'failed') {
      if (outcome.error.code === 'context-overflow') return 'window';
      throw outcome.error;
    }
    if (briefing?.noise && briefing.noise.shown < briefing.noise.asked) return 'library';
  }
  if (answers.length === 0) throw new LabError('unexpected', 'The reader left the ladder without an answer.');
  return null;
}

/** Where a series breaks. `unmarked`: the question has no known answer. */
export type Break =
  | { readonly kind: 'unmarked' }
  /** Not correct without noise already. */
  | { readonly kind: 'never' }
  | { readonly kind: 'holds'; readonly upTo: number }
  | { readonly kind: 'breaks'; readonly at: number; readonly verdict: Verdict };

/** At the first rung whose answer is not correct; what comes back to it higher up broke all the same. */
export function breakOf({ rungs }: Ladder, series: number): Break {
  const marked = rungs.flatMap(({ noise, answers }) => {
    const verdict = answers[series]?.verdict ?? null;
    return verdict === null ? [] : [{ noise, verdict }];
  });
  const last = marked.at(-1);
  if (!last) return { kind: 'unmarked' };
  const first = marked.find(({ verdict }) => verdict !== 'correct');
  if (!first) return { kind: 'holds', upTo: last.noise };
  return first === marked[0] ? { kind: 'never' } : { kind: 'breaks', at: first.noise, verdict: first.verdict };
}
