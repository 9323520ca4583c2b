import type { Sees, Strategy } from '../lane';
import { answerSpan, briefing } from '../passages';

/** Every chunk in use, in document order. */
export const whole: Strategy<Extract<Sees, { kind: 'whole' }>> = {
  kind: 'whole',
  label: 'Whole book',
  async brief(_sees, told, bench) {
    const { value: chunks } = await bench.once('whole', () => bench.retriever.chunks('current', bench.signal));
    const passages = chunks.map((chunk) => ({
      chunk,
      hit: null,
      noise: null,
      answerSpan: answerSpan(chunk, bench.question),
    }));
    return briefing(bench, told, passages, null);
  },
};
