import type { Hit } from '../../retrieval/retriever';
import { type Noise, type NoiseRequest, distractors, holdsAnswer } from '../../retrieval/noise';
import { interleave, placeEvidence } from '../../retrieval/noise/places';
import { LabError } from '../../errors';
import type { Bench, Noisy, Passage, Strategy } from '../lane';
import { answerSpan, briefing } from '../passages';
import { within } from '../scope';
import { found, openHits } from './open';

/** More than any question has passages with its answer. */
const MOST_EVIDENCE = 8;

/** Exactly the open book's passages, with distractors among them; without those that answer where that is asked. */
export const noisy: Strategy<Noisy> = {
  kind: 'noisy',
  label: 'Noisy book',
  async brief(sees, told, bench) {
    const { question } = bench;
    const seed = sees.noiseSeed ?? bench.seed;
    const { hits, leftOut, ms } = await openFor(bench, sees);
    const asked = noiseCount(sees, hits.length);
    const { value: noise, ms: noiseMs } = await choose(bench, sees, hits, asked);
    const shown = noise.distractors.slice(0, asked);
    const passages = interleave<Passage>(
      hits.map((hit) => found(hit, bench)),
      shown.map(({ chunk, kind, checked, hit }) => ({
        chunk,
        hit,
        noise: { kind, checked },
        answerSpan: answerSpan(chunk, question),
      })),
      seed,
    );
    const known = (question.accepted?.length ?? 0) > 0 || question.evidence.length > 0;
    // Where nobody knows which passage answers, any that was retrieved may.
    const isEvidence = ({ noise, answerSpan }: Passage): boolean =>
      noise === null && (known ? answerSpan !== null : true);
    const ordered = sees.evidence ? placeEvidence(passages, sees.evidence, isEvidence) : passages;
    return {
      ...briefing(bench, told, ordered, ms + noiseMs),
      noise: { asked, shown: shown.length, replaced: noise.replaced, leftOut },
    };
  },
};

/** `retrieved` is how many passages there are for the noise to stand beside. */
export function noiseCount({ noise, rate }: Pick<Noisy, 'noise' | 'rate'>, retrieved: number): number {
  return rate === undefined ? noise : Math.round((retrieved * rate) / (1 - rate));
}

/** The passages among which the noise stands. Throws `no-evidence` where nobody knows which to leave out. */
export async function openFor(bench: Bench, sees: Noisy): Promise<{ hits: Hit[]; leftOut: number; ms: number }> {
  if (!sees.withoutEvidence) {
    const { value: hits, ms } = await openHits(bench, sees.passages, sees.scope);
    return { hits, leftOut: 0, ms };
  }
  const { question } = bench;
  if (question.evidence.length === 0 && (question.accepted?.length ?? 0) === 0)
    throw new LabError(
      'no-evidence',
      `Nobody knows which passages answer “${question.text}”, so none can be left out.`,
    );
  const { value: all, ms } = await openHits(bench, sees.passages + MOST_EVIDENCE, sees.scope);
  const hits = all.filter(({ chunk }) => !holdsAnswer(chunk, question)).slice(0, sees.passages);
  const leftOut = all.slice(0, sees.passages).filter(({ chunk }) => holdsAnswer(chunk, question)).length;
  return { hits, leftOut, ms };
}

/** At least `asked` distractors, where there are so many. Lanes that differ only in where the evidence stands share them. */
function choose(bench: Bench, sees: Noisy, open: readonly Hit[], asked: number): Promise<{ value: Noise; ms: number }> {
  const request = noiseRequest(bench, sees, open, Math.max(asked, bench.noisePool ?? 0));
  const { count, seed } = request;
  const key = JSON.stringify({ ...sees, noise: count, rate: null, evidence: null, noiseSeed: seed });
  return bench.once(`noise ${key}`, () => distractors(request));
}

export function noiseRequest(bench: Bench, sees: Noisy, open: readonly Hit[], count: number): NoiseRequest {
  const { question, signal } = bench;
  const retriever = within(bench.retriever, sees.scope);
  return { question, open, count, kinds: sees.noiseKinds, retriever, seed: sees.noiseSeed ?? bench.seed, signal };
}
