import { withoutShared } from '../../documents/chunking';
import type { Sees, Strategy } from '../lane';
import { answerSpan, briefing } from '../passages';
import { scopeKey } from '../scope';

/**
 * Every chunk in use that counts, in document order, and what two of them share once. What the model's window does not
 * hold is cut where the model is known (`fitWhole`).
 */
export const whole: Strategy<Extract<Sees, { kind: 'whole' }>> = {
  kind: 'whole',
  label: 'Whole book',
  async brief(sees, told, bench) {
    const { value: chunks } = await bench.once(`counted${scopeKey(sees.scope)}`, () =>
      bench.retriever.chunks('current', bench.signal, sees.scope ?? null),
    );
    const passages = withoutShared(chunks).map((chunk) => ({
      chunk,
      hit: null,
      noise: null,
      answerSpan: answerSpan(chunk, bench.question),
    }));
    const book = { chunks: passages.length, tokens: null, window: null, cut: null };
    return { ...briefing(bench, told, passages, null), book };
  },
};
