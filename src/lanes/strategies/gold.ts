import { LabError } from '../../errors';
import type { Sees, Strategy } from '../lane';
import { holdsAnyEvidence } from '../../retrieval/evidence';
import { answerSpan, briefing } from '../passages';

/** Only the chunks that hold the marked evidence. */
export const gold: Strategy<Extract<Sees, { kind: 'gold' }>> = {
  kind: 'gold',
  label: 'Gold only',
  async brief(_sees, told, bench) {
    const { question } = bench;
    if (question.evidence.length === 0) {
      throw new LabError('no-evidence', `No place in the documents is marked as answering “${question.text}”.`);
    }
    const { value: chunks } = await bench.once('whole', () => bench.retriever.chunks('current', bench.signal));
    const passages = chunks
      .filter((chunk) => holdsAnyEvidence(chunk, question.evidence))
      .map((chunk) => ({ chunk, hit: null, noise: null, answerSpan: answerSpan(chunk, question) }));
    if (passages.length === 0) {
      throw new LabError('no-evidence', `The document that answers “${question.text}” is not in use.`);
    }
    return briefing(bench, told, passages, null);
  },
};
