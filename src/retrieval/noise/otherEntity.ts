import type { NoiseSource } from '../noise';
import { type Spoken, contentWords, spokenOf } from './names';

/** Of the question's words outside its names and numbers, how many one sentence must share. */
const LEAST_SHARE = 0.5;
const SENTENCE = /[^.!?\n]+[.!?]*/g;

/**
 * A passage that answers the same question about something else. A sentence of it, read with the passage's title, has at
 * least half of the question's words outside names, titles and numbers; it lacks one of the question's names (or
 * numbers), and has another name (or number) in its place. Nothing without a name or number in the question.
 */
export const otherEntity: NoiseSource = {
  kind: 'other entity',
  rule: 'A passage with at least half of the question’s own words in one sentence, about another name or number.',
  async candidates(ground) {
    const asked = spokenOf(ground.request.question.text);
    const subjects = [...asked.names, ...asked.numbers];
    const relation = contentWords(ground.request.question.text, asked.names);
    if (subjects.length === 0 || relation.size === 0) return [];
    const hits = await ground.ranked([...relation].join(' '));
    return hits
      .filter(({ chunk }) => !ground.isOpen(chunk))
      .map((hit) => ({ hit, share: bestShare(hit.chunk, asked, relation) }))
      .filter(({ share }) => share >= LEAST_SHARE)
      .sort((a, b) => b.share - a.share || a.hit.rank - b.hit.rank)
      .map(({ hit }) => ({ chunk: hit.chunk, hit }));
  },
};

/** 0 where no sentence speaks of something else. */
function bestShare(
  { title, text }: { title: string; text: string },
  asked: Spoken,
  relation: ReadonlySet<string>,
): number {
  const sentences = text.match(SENTENCE) ?? [];
  return Math.max(
    0,
    ...sentences.map((sentence) => {
      const read = `${title}. ${sentence}`;
      const spoken = spokenOf(read);
      const swapped =
        replaces(asked.names, spoken.names, read.toLowerCase()) || replaces(asked.numbers, spoken.numbers, read);
      if (!swapped) return 0;
      const words = contentWords(read);
      return [...relation].filter((word) => words.has(word)).length / relation.size;
    }),
  );
}

/** Whether one of what was asked about is missing and something that was not asked about is there. */
function replaces(asked: ReadonlySet<string>, spoken: ReadonlySet<string>, text: string): boolean {
  return [...asked].some((one) => !text.includes(one)) && [...spoken].some((one) => !asked.has(one));
}
