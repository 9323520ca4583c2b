/** Asks sample questions in the lanes of the accuracy table, and says of each answer what the table counts. */
import type { LoadedModel } from '../generation/engine';
import type { Job } from '../job';
import { openBench } from '../lanes/bench';
import { compare } from '../lanes/compare';
import type { Answer, Lane } from '../lanes/lane';
import { CLOSED, lane, NOISY, OPEN } from '../lanes/presets';
import type { Question, QuestionKind, Verdict } from '../questions/question';
import type { Retriever } from '../retrieval/retriever';

/** Fixed before the first run, and part of the result. */
export const NOISE_SEEDS: readonly number[] = [1, 2, 3];

export const ACCURACY_LANES: readonly Lane[] = [
  lane('closed', 'Closed book', CLOSED),
  lane('open', 'Open book', OPEN),
  lane('gold', 'Gold only', { kind: 'gold' }),
  lane('noisy', 'Noisy book', NOISY),
  lane('noisy-robust', 'Noisy, robust', NOISY, 'robust-reader'),
  lane('closed-facts', 'Closed, facts', CLOSED, 'handbook-facts'),
];

export interface AccuracyRow {
  readonly questionId: string;
  readonly kind: QuestionKind;
  readonly laneId: string;
  /** Of the noise; null where there is none. */
  readonly seed: number | null;
  readonly verdict: Verdict;
  /** Whether all passages cited hold the evidence, and one is cited; null without evidence or passages. */
  readonly citationRight: boolean | null;
  readonly text: string;
  /** Ids of the chunks shown, in the prompt's order. */
  readonly shown: readonly string[];
}

/** What a run needs of the lab. */
export interface AccuracySubject {
  readonly retriever: Retriever;
  readonly model: Pick<LoadedModel, 'countTokens' | 'write'>;
}

/**
 * Every question in every lane, lanes with noise once per seed. The gold lane leaves out questions without
 * evidence. A lane that fails ends the run: a table with holes says nothing. Yields after every question.
 */
export async function* runAccuracy(
  { retriever, model }: AccuracySubject,
  questions: readonly Question[],
  seeds: readonly number[],
  signal: AbortSignal,
): Job<{ done: number; total: number }, AccuracyRow[]> {
  const rows: AccuracyRow[] = [];
  for (const [i, question] of questions.entries()) {
    for (const [turn, seed] of seeds.entries()) {
      const lanes = ACCURACY_LANES.filter(({ sees }) => {
        if (sees.kind === 'gold' && question.evidence.length === 0) return false;
        return turn === 0 || sees.kind === 'noisy';
      });
      const comparing = compare(lanes, openBench(question, retriever, seed, signal), model, signal);
      let next = await comparing.next();
      while (!next.done) next = await comparing.next();
      for (const [at, answer] of next.value.entries()) {
        const noisy = lanes[at]?.sees.kind === 'noisy';
        rows.push(rowOf(question, answer, noisy ? seed : null));
      }
    }
    yield { done: i + 1, total: questions.length };
  }
  return rows;
}

function rowOf(question: Question, answer: Answer, seed: number | null): AccuracyRow {
  if (answer.outcome.kind === 'failed') throw answer.outcome.error;
  const { laneId, text, verdict, briefing, citations } = answer;
  if (verdict === null || briefing === null) throw new Error(`Lane ${laneId} left “${question.text}” unmarked.`);
  const { passages } = briefing;
  const cited = citations.map(({ passage }) => (passage === null ? undefined : passages[passage]));
  const right = cited.length > 0 && cited.every((passage) => passage !== undefined && passage.answerSpan !== null);
  return {
    questionId: question.id,
    kind: question.kind,
    laneId,
    seed,
    verdict,
    citationRight: question.evidence.length > 0 && passages.length > 0 ? right : null,
    text,
    shown: passages.map(({ chunk }) => chunk.id),
  };
}
