import { seededRandom } from '../../random';
import type { NoiseSource } from '../noise';
import { shuffled } from '../seeded';
import { make } from './made';
import { type ValueType, typeOf, withoutValue } from './values';

const UNSAID: Readonly<Record<ValueType, readonly [string, string, string]>> = {
  date: ['a set date', 'a date given elsewhere', 'a certain day'],
  time: ['a set time', 'a time given elsewhere', 'a certain time'],
  amount: ['a set amount', 'an amount given elsewhere', 'a certain sum'],
  share: ['a set share', 'a share given elsewhere', 'a certain part'],
  number: ['several', 'a number of', 'some'],
  name: ['someone or something named elsewhere', 'another, not named here', 'one whose name is left out'],
  other: ['(given elsewhere)', '(left out here)', '(not said here)'],
};
const QUANTITY = /^[\d.,\u00a0\u202f’']+|^\p{L}+(?:-\p{L}+)?(?=\s)/u;

/** Made from the passages that answer: the same words, with something vague wherever the right value stood. */
export const valueRemoved: NoiseSource = {
  kind: 'value removed',
  rule: 'The passage that answers, with its value taken out.',
  async candidates(ground) {
    const accepted = ground.request.question.accepted ?? [];
    if (accepted.length === 0) return [];
    const golds = await ground.gold();
    return shuffled([0, 1, 2] as const, seededRandom(ground.seed)).flatMap((wording) =>
      golds.flatMap((gold) => {
        const text = withoutValue(gold.text, accepted, (value) => vague(value, wording));
        return text === null ? [] : [{ chunk: make(gold, text, `value-removed-${String(wording + 1)}`), hit: null }];
      }),
    );
  },
};

/** A number keeps its unit: several days. A code, a year or a telephone number counts nothing. */
function vague(value: string, wording: 0 | 1 | 2): string {
  const counts = !/\p{L}-?\d|\d-?\p{L}|^\d{4,}$|^0\d/u.test(value);
  const type = typeOf(value) === 'number' && !counts ? 'other' : typeOf(value);
  const words = UNSAID[type][wording];
  return type === 'number' && QUANTITY.test(value) ? value.replace(QUANTITY, words) : words;
}
