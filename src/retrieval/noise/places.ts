import { seededRandom } from '../../random';
import { shuffled } from '../seeded';

/** Where the passages with the answer can be put; else they stand where the seed puts them. */
export const EVIDENCE_PLACES = ['first', 'middle', 'last'] as const;
export type EvidencePlace = (typeof EVIDENCE_PLACES)[number];

/** The prompt's order: distractors at seeded places among the open passages, each group in its own order. */
export function interleave<T>(open: readonly T[], noise: readonly T[], seed: number): T[] {
  const places = shuffled([...open.map(() => true), ...noise.map(() => false)], seededRandom(seed));
  const [found, added] = [open.values(), noise.values()];
  return places.flatMap((isOpen) => {
    const next = (isOpen ? found : added).next();
    return next.done ? [] : [next.value];
  });
}

/** The same passages with the evidence before, in the middle of, or after all others; both keep their own order. */
export function placeEvidence<T>(passages: readonly T[], place: EvidencePlace, isEvidence: (one: T) => boolean): T[] {
  const others = passages.filter((one) => !isEvidence(one));
  const at = { first: 0, middle: Math.floor(others.length / 2), last: others.length }[place];
  return others.toSpliced(at, 0, ...passages.filter(isEvidence));
}
