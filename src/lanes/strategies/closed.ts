import { writePrompt } from '../../generation/prompt';
import type { Sees, Strategy } from '../lane';

/** Nothing but the question. */
export const closed: Strategy<Extract<Sees, { kind: 'closed' }>> = {
  kind: 'closed',
  label: 'Closed book',
  brief(_sees, told, bench) {
    return Promise.resolve({ ...writePrompt(bench.question.text, [], told), passages: [], retrievalMs: null });
  },
};
