import type { Hit } from '../../retrieval/retriever';
import type { Filter } from '../../retrieval/settings';
import type { Bench, Passage, Sees, Strategy } from '../lane';
import { answerSpan, briefing } from '../passages';
import { scopeKey, within } from '../scope';

/** What retrieval finds, best first. */
export const open: Strategy<Extract<Sees, { kind: 'open' }>> = {
  kind: 'open',
  label: 'Open book',
  async brief(sees, told, bench) {
    const { value: hits, ms } = await openHits(bench, sees.passages, sees.scope);
    return briefing(
      bench,
      told,
      hits.map((hit) => found(hit, bench)),
      ms,
    );
  },
};

/** The open book's hits; the noisy book shows exactly these too. */
export function openHits(bench: Bench, passages: number, scope?: Filter): Promise<{ value: Hit[]; ms: number }> {
  return bench.once(`open ${String(passages)}${scopeKey(scope)}`, () =>
    within(bench.retriever, scope).search(bench.question.text, passages, 'current', bench.signal),
  );
}

export function found(hit: Hit, bench: Bench): Passage {
  return { chunk: hit.chunk, hit, noise: null, answerSpan: answerSpan(hit.chunk, bench.question) };
}
