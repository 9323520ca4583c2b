/**
 * What adapters leave of what the base model can do: of the questions that it answers right without one, the share
 * that is still right with it. Refuses to know: models, lanes, how questions are asked.
 */
import type { Verdict } from '../questions/question';
import { wilson } from './intervals';

/** Fewer right answers of the base tell too little: the interval of 29 of 29 reaches down to 88%. */
const LEAST_RIGHT = 30;

/** One run of the questions; `adapterId` null = with none. */
export interface AskedWith {
  readonly adapterId: string | null;
  /** One for each question, in one order for all runs. */
  readonly verdicts: readonly Verdict[];
}

export interface RetentionRow {
  readonly adapterId: string | null;
  /** Right both without and with it. */
  readonly kept: number;
  /** Right without it. */
  readonly of: number;
  /** Wilson's 95% interval of kept / of, as shares; 0 to 1 where nothing was right. */
  readonly low: number;
  readonly high: number;
  /** Right with it and not without: the other half of the paired counts. */
  readonly gained: number;
}

export interface Retention {
  readonly asked: number;
  readonly baseRight: number;
  /** Whether enough (30) were right without an adapter. */
  readonly measurable: boolean;
  readonly rows: readonly RetentionRow[];
}

/** Questions are paired: each is held against the base's own answer to it. Throws a RangeError for runs of unlike length. */
export function retentionOf(base: readonly Verdict[], runs: readonly AskedWith[]): Retention {
  const right = base.map((verdict) => verdict === 'correct');
  const of = right.filter(Boolean).length;
  const rows = runs.map(({ adapterId, verdicts }): RetentionRow => {
    if (verdicts.length !== base.length) throw new RangeError('Every run must have asked the same questions.');
    const count = (before: boolean) =>
      verdicts.filter((verdict, i) => verdict === 'correct' && right[i] === before).length;
    const kept = count(true);
    const [low, high] = of === 0 ? [0, 1] : wilson(kept / of, of);
    return { adapterId, kept, of, low, high, gained: count(false) };
  });
  return { asked: base.length, baseRight: of, measurable: of >= LEAST_RIGHT, rows };
}
