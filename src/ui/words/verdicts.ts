import type { Verdict } from '../../questions/question';

export const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  correct: 'Correct',
  wrong: 'Wrong',
  abstained: 'Abstained',
};
