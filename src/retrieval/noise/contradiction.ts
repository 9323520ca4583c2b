import { containsAnswer } from '../../questions/matching';
import type { NoiseSource } from '../noise';
import { make } from './made';
import { namesIn } from './names';
import { otherValue, withoutValue } from './values';

/** Values that come out alike are made once, so more are tried than are asked for. */
const TRIES = 6;

/** Made from the passages that answer: each has another value of the same type wherever the right one stood. */
export const contradiction: NoiseSource = {
  kind: 'contradiction',
  rule: 'The passage that answers, with its value changed to another of the same type.',
  async candidates(ground) {
    const { question, count } = ground.request;
    const accepted = question.accepted ?? [];
    if (accepted.length === 0) return [];
    const golds = await ground.gold();
    const names = [...golds, ...(await ground.ranked()).map(({ chunk }) => chunk)]
      .flatMap(({ title, text }) => namesIn(`${title}. ${text}`))
      .filter((name) => !containsAnswer(name, accepted));
    const distinct = [...new Set(names)];
    const texts = new Map<string, ReturnType<typeof make>>();
    for (let turn = 0; turn < TRIES * count && texts.size < 2 * count; turn++) {
      for (const gold of golds) {
        // Steps of the golden ratio, so that neighbouring turns choose apart.
        const seed = (ground.seed + Math.imul(turn + 1, 0x9e3779b9)) >>> 0;
        const text = withoutValue(gold.text, accepted, (value) => otherValue(value, seed, distinct));
        if (text !== null && !texts.has(text)) texts.set(text, make(gold, text, `contradiction-${String(turn + 1)}`));
      }
    }
    return [...texts.values()].map((chunk) => ({ chunk, hit: null }));
  },
};
