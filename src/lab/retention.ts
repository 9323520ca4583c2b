import { type AskedWith, type Retention, retentionOf } from '../evaluation/retention';
import type { Job, Progress } from '../job';
import type { Answer, CompareEvent, Lane } from '../lanes/lane';
import { OPEN, lane } from '../lanes/presets';
import type { Question, Verdict } from '../questions/question';

/** Answers one question in all lanes, in their order. */
export type Ask = (lanes: readonly Lane[], question: Question, signal: AbortSignal) => Job<CompareEvent, Answer[]>;

/**
 * Asks every question with a known answer, once without an adapter and once with each of `ids` at full strength, all
 * in one batch and greedily. The model sees the marked evidence, so that only reading is measured, or what search finds
 * where nothing is marked. A lane that fails ends the run: a count with holes says nothing.
 */
export async function* measureRetention(
  ids: readonly (string | null)[],
  questions: readonly Question[],
  ask: Ask,
  signal: AbortSignal,
): Job<Progress, Retention> {
  const known = questions.filter(({ accepted }) => accepted !== null);
  const adapters = [...new Set(ids)].filter((id): id is string => id !== null);
  const base: Verdict[] = [];
  const runs = new Map(adapters.map((id) => [id, [] as Verdict[]]));
  for (const [done, question] of known.entries()) {
    yield { step: 'Asking', done, total: known.length, unit: 'questions' };
    const sees = question.evidence.length > 0 ? ({ kind: 'gold' } as const) : OPEN;
    const lanes = [
      lane('base', 'No adapter', sees),
      ...adapters.map((id, i) => lane(`with-${String(i)}`, id, sees, id)),
    ];
    const asking = ask(lanes, question, signal);
    let next = await asking.next();
    while (!next.done) next = await asking.next();
    for (const [i, answer] of next.value.entries()) {
      const verdicts = i === 0 ? base : runs.get(adapters[i - 1] ?? '');
      verdicts?.push(verdictOf(answer));
    }
  }
  const asked = ids.map((adapterId): AskedWith => {
    return { adapterId, verdicts: adapterId === null ? base : (runs.get(adapterId) ?? []) };
  });
  return retentionOf(base, asked);
}

function verdictOf({ outcome, verdict, laneId }: Answer): Verdict {
  if (outcome.kind === 'failed') throw outcome.error;
  if (verdict === null) throw new Error(`Lane ${laneId} left a question unmarked.`);
  return verdict;
}
