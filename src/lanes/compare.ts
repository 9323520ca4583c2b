import { asLabError, isAbort, LabError } from '../errors';
import type { Completion, LoadedModel, WriteRequest } from '../generation/engine';
import type { Job } from '../job';
import { mark } from '../questions/marking';
import type { MaybeCached } from './answerCache';
import { findCitations } from './citations';
import { fitWhole } from './fitting';
import type { Answer, Bench, Briefing, CompareEvent, Lane, Outcome } from './lane';
import { brief } from './strategies';

/** Who writes the answers. `window` in tokens, the answer's included; null or absent where it is not known. */
export interface AskedModel extends Pick<LoadedModel, 'countTokens' | 'write'> {
  readonly window?: number | null;
}

interface Briefed {
  readonly lane: Lane;
  readonly briefing: Briefing;
  readonly partTokens: readonly number[] | null;
}

/**
 * Answers the bench's question in all lanes: briefs each, then has the model write them all in one call.
 * Answers come in the order of the lanes. A lane that fails is an answer with outcome `failed`, and the
 * others go on; stopping rejects with the signal's AbortError, and what was written so far stays with
 * whoever listened. `firstTokenMs` counts from `asked` (as `performance.now()` gives it), finding passages
 * included: whoever waits for anything before calling `compare` hands in when the waiting began.
 */
export async function* compare(
  lanes: readonly Lane[],
  bench: Bench,
  model: AskedModel,
  signal: AbortSignal,
  asked = performance.now(),
): Job<CompareEvent, Answer[]> {
  const answers = new Map<string, Answer>();
  const briefed: Briefed[] = [];
  for (const lane of lanes) {
    signal.throwIfAborted();
    let briefing: Briefing | null = null;
    try {
      briefing = await brief(lane.sees, lane.told, bench);
      const counted = { briefing, partTokens: await tokensOf(briefing, model) };
      const fitting = await fitWhole(counted, lane.told, bench, model, lane.sampling);
      briefing = fitting.briefing;
      const { partTokens } = fitting;
      briefed.push({ lane, briefing, partTokens });
      yield { kind: 'briefed', laneId: lane.id, briefing, partTokens };
    } catch (error) {
      if (isAbort(error)) throw error;
      const answer = failedAnswer(lane, briefing, asLabError(error));
      answers.set(lane.id, answer);
      yield { kind: 'answered', laneId: lane.id, answer };
    }
  }

  if (briefed.length > 0) {
    signal.throwIfAborted();
    const wait = performance.now() - asked;
    const requests = briefed.map(({ lane, briefing }): WriteRequest => {
      return { messages: briefing.messages, wears: lane.wears, sampling: lane.sampling };
    });
    const settle = (one: Briefed, completion: Completion): CompareEvent => {
      const answer = answerOf(one, completion, wait, bench);
      answers.set(one.lane.id, answer);
      return { kind: 'answered', laneId: one.lane.id, answer };
    };
    const writing = model.write(requests, signal);
    let next = await writing.next();
    for (; !next.done; next = await writing.next()) {
      const event = next.value;
      const one = briefed[event.request];
      if (!one) continue;
      const { lane } = one;
      if (event.kind === 'started') yield { kind: 'started', laneId: lane.id };
      else if (event.kind === 'text') yield { kind: 'text', laneId: lane.id, text: event.text };
      else yield settle(one, event.completion);
    }
    // An engine that skipped `done` for a lane still owes its answer.
    for (const [i, completion] of next.value.entries()) {
      const one = briefed[i];
      if (one && !answers.has(one.lane.id)) yield settle(one, completion);
    }
  }
  return lanes.flatMap((lane) => answers.get(lane.id) ?? []);
}

/** Null where the engine cannot count: unknown, and no failure of the lane. */
async function tokensOf({ parts }: Briefing, model: Pick<LoadedModel, 'countTokens'>): Promise<number[] | null> {
  try {
    return await model.countTokens(parts.map(({ text }) => text));
  } catch (error) {
    if (error instanceof LabError && error.code === 'model-unsupported') return null;
    throw error;
  }
}

function answerOf(one: Briefed, completion: MaybeCached, wait: number, bench: Bench): Answer {
  const { lane, briefing, partTokens } = one;
  if (completion.kind === 'failed') {
    const error = new LabError(completion.code, completion.message);
    return { ...failedAnswer(lane, briefing, error), partTokens };
  }
  const { text, tokens, stoppedBy, usage } = completion;
  const outcome: Outcome = {
    kind: 'answered',
    stoppedBy,
    tokens,
    // What comes from a cache did not wait now.
    usage: completion.fromCache ? usage : { ...usage, firstTokenMs: usage.firstTokenMs + wait },
    ...(completion.fromCache ? { fromCache: true } : {}),
  };
  return {
    laneId: lane.id,
    text,
    briefing,
    partTokens,
    citations: findCitations(text, briefing.passages.length),
    verdict: mark(bench.question, text),
    outcome,
  };
}

/** A lane that could not be asked, or whose asking failed. */
export function failedAnswer(lane: Lane, briefing: Briefing | null, error: LabError): Answer {
  return {
    laneId: lane.id,
    text: '',
    briefing,
    partTokens: null,
    citations: [],
    verdict: null,
    outcome: { kind: 'failed', error },
  };
}
