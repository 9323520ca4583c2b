import { distractors, interleave } from '../../retrieval/noise';
import type { Passage, Sees, Strategy } from '../lane';
import { answerSpan, briefing } from '../passages';
import { within } from '../scope';
import { found, openHits } from './open';

/** Exactly the open book's passages, with distractors among them. */
export const noisy: Strategy<Extract<Sees, { kind: 'noisy' }>> = {
  kind: 'noisy',
  label: 'Noisy book',
  async brief(sees, told, bench) {
    const { question, seed, signal } = bench;
    const retriever = within(bench.retriever, sees.scope);
    const { value: hits, ms } = await openHits(bench, sees.passages, sees.scope);
    const request = { question, open: hits, count: sees.noise, kinds: sees.noiseKinds, retriever, seed, signal };
    const { value: noise, ms: noiseMs } = await bench.once(`noise ${JSON.stringify(sees)}`, () => distractors(request));
    const passages = interleave<Passage>(
      hits.map((hit) => found(hit, bench)),
      noise.map(({ chunk, kind, checked, hit }) => ({
        chunk,
        hit,
        noise: { kind, checked },
        answerSpan: answerSpan(chunk, question),
      })),
      seed,
    );
    return briefing(bench, told, passages, ms + noiseMs);
  },
};
