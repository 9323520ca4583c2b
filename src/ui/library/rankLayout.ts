import type { ExplainedPassage, Stage } from '../../retrieval/explain';

/** A row's mark in one column. */
interface Mark {
  readonly stage: number;
  /** Height in rows, from 0. */
  readonly slot: number;
  /** Null: it is not in that stage. */
  readonly rank: number | null;
}

export interface RankLine {
  readonly passage: ExplainedPassage;
  readonly marks: readonly Mark[];
  /** Of its label, beside the last column. */
  readonly end: number;
}

export interface RankLayout {
  readonly lines: readonly RankLine[];
  /** How many rows are needed in all. */
  readonly slots: number;
  /** Whether some stand below the rows that are drawn at their rank. */
  readonly below: boolean;
}

/**
 * Each mark stands at its rank where that is one of the rows; what ranks lower stands below, in its order, and what a stage
 * does not have has no mark there, save in the last column, where its label stands.
 */
export function layRanks(passages: readonly ExplainedPassage[], stages: readonly Stage[]): RankLayout {
  const rows = passages.length;
  const placed = stages.map((stage, i) => {
    const last = i === stages.length - 1;
    const low = passages
      .filter(({ at }) => (at[stage] ? at[stage].rank > rows : last))
      .sort((a, b) => (a.at[stage]?.rank ?? Infinity) - (b.at[stage]?.rank ?? Infinity));
    return { stage, slots: new Map(low.map((passage, below) => [passage, rows + below])) };
  });
  const lines = passages.map((passage): RankLine => {
    const marks = placed.flatMap(({ stage, slots }, i): Mark[] => {
      const rank = passage.at[stage]?.rank ?? null;
      const slot = slots.get(passage) ?? (rank === null ? null : rank - 1);
      return slot === null ? [] : [{ stage: i, slot, rank }];
    });
    return { passage, marks, end: marks.at(-1)?.slot ?? 0 };
  });
  const slots = Math.max(rows, ...lines.flatMap(({ marks }) => marks.map(({ slot }) => slot + 1)));
  return { lines, slots, below: slots > rows };
}
