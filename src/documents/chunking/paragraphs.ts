import type { ChunkStrategy } from '../chunking';
import type { Measure, Unit } from '../measure';
import { type Range, splitParagraphs } from '../splitting';
import { merge, sentenceUnits, sharing, unitWithin } from './merging';

/** As many whole paragraphs as fit; a longer one is cut between sentences, and its sentences join no other paragraph. */
export const paragraphs: ChunkStrategy = (text, section, { size, overlap }, measure) =>
  sharing(text, whole(text, section, size - overlap, measure), overlap, measure);

function* whole(text: string, section: Range, max: number, measure: Measure): Generator<Range> {
  const limits = { size: max, overlap: 0 };
  let held: Unit[] = [];
  for (const paragraph of splitParagraphs(text, section)) {
    const fitting = unitWithin(text, paragraph, max, measure);
    if (fitting) {
      held.push(fitting);
      continue;
    }
    yield* merge(held, limits);
    held = [];
    yield* merge(sentenceUnits(text, paragraph, { max, piece: max }, measure), limits);
  }
  yield* merge(held, limits);
}
