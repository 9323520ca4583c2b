/** What a lane has to show: nothing yet, a run under way, or an answer. Plain values, replaced whole. */
import type { Answer, Briefing, Lane, Outcome } from '../../lanes/lane';
import { heldAgainst } from '../../lanes/passages';
import { mark } from '../../questions/marking';
import type { Question } from '../../questions/question';

export interface Run {
  /** The lane as it was asked; an answer of an edited lane is out of date. */
  readonly lane: Lane;
  readonly phase: 'queued' | 'streaming' | 'done';
  readonly briefing: Briefing | null;
  readonly partTokens: readonly number[] | null;
  readonly text: string;
  /** Pieces of text received, one a token. */
  readonly pieces: number;
  /** From Ask to the first piece, as seen by the page; null before it. */
  readonly firstPieceMs: number | null;
  readonly answer: Answer | null;
  /** Why its model does not write yet, in a sentence. */
  readonly waits: string | null;
  readonly recorded: boolean;
}

export type Runs = Readonly<Record<string, Run>>;

export function queued(lane: Lane): Run {
  return {
    lane,
    phase: 'queued',
    briefing: null,
    partTokens: null,
    text: '',
    pieces: 0,
    firstPieceMs: null,
    answer: null,
    waits: null,
    recorded: false,
  };
}

export function finished(run: Run, answer: Answer, recorded = false): Run {
  return {
    ...run,
    phase: 'done',
    answer,
    recorded,
    // A lane that failed brings no text: what it wrote before stays.
    text: answer.outcome.kind === 'failed' ? run.text : answer.text,
    briefing: answer.briefing ?? run.briefing,
    partTokens: answer.partTokens ?? run.partTokens,
  };
}

/** Ended before its answer, stopped by the visitor or failed: the text so far stays. */
export function brokenOff(run: Run, outcome: Outcome): Run {
  return finished(run, {
    laneId: run.lane.id,
    text: run.text,
    briefing: run.briefing,
    partTokens: run.partTokens,
    citations: [],
    verdict: null,
    outcome,
  });
}

/** Marked anew, after the known answer has changed. */
export function marked(run: Run, question: Question): Run {
  const { answer, briefing } = run;
  const verdict = answer?.outcome.kind === 'answered' ? mark(question, answer.text) : null;
  return {
    ...run,
    answer: answer && { ...answer, verdict },
    briefing: briefing && { ...briefing, passages: heldAgainst(question, briefing.passages) },
  };
}

/** `inParts`: the sum of what is shown, without the words that the model's chat template puts around it. */
export function promptTokens(run: Run | null): { readonly count: number; readonly inParts: boolean } | null {
  const outcome = run?.answer?.outcome;
  if (outcome?.kind === 'answered' && outcome.usage.promptTokens !== null)
    return { count: outcome.usage.promptTokens, inParts: false };
  return run?.partTokens ? { count: run.partTokens.reduce((sum, n) => sum + n, 0), inParts: true } : null;
}

/** Whether two lanes would be asked the same. The cap on tokens is left out: it changes no answer that ended by itself. */
export function sameRecipe(a: Lane, b: Lane): boolean {
  return recipe(a) === recipe(b);
}

function recipe({ sees, wears, told, modelId, sampling }: Lane): string {
  const { temperature, topP, seed } = sampling;
  // Greedy writing has no use for top-p; the seed still chooses the noise.
  return JSON.stringify([sees, wears, told.trim(), modelId, temperature, temperature === 0 ? 1 : topP, seed]);
}

export type LaneState = 'idle' | 'queued' | 'loading' | 'streaming' | 'recorded' | 'answered' | 'stopped' | 'failed';

/** `loading`: the lane's model is not ready, and does not merely wait for its turn. */
export function laneState(run: Run | null, loading: boolean): LaneState {
  if (!run) return 'idle';
  if (run.phase === 'queued') return loading && run.waits === null ? 'loading' : 'queued';
  if (run.phase === 'streaming' || !run.answer) return 'streaming';
  if (run.recorded) return 'recorded';
  return run.answer.outcome.kind;
}
