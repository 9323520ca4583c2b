/** What a lane has to show: nothing yet, a run under way, or an answer. Plain values, replaced whole. */
import type { Answer, Briefing, Lane } from '../../lanes/lane';

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
    recorded: false,
  };
}

export function finished(run: Run, answer: Answer, recorded = false): Run {
  return {
    ...run,
    phase: 'done',
    answer,
    recorded,
    text: answer.text,
    briefing: answer.briefing ?? run.briefing,
    partTokens: answer.partTokens ?? run.partTokens,
  };
}

/** Stopped by the visitor: the text so far stays. */
export function stopped(run: Run): Run {
  return finished(run, {
    laneId: run.lane.id,
    text: run.text,
    briefing: run.briefing,
    partTokens: run.partTokens,
    citations: [],
    verdict: null,
    outcome: { kind: 'stopped' },
  });
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

export function laneState(run: Run | null, readerReady: boolean): LaneState {
  if (!run) return 'idle';
  if (run.phase === 'queued') return readerReady ? 'queued' : 'loading';
  if (run.phase === 'streaming' || !run.answer) return 'streaming';
  if (run.recorded) return 'recorded';
  return run.answer.outcome.kind;
}
