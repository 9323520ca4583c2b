import type { ChunkStrategy } from '../chunking';
import type { Unit } from '../measure';
import { type Range, splitParagraphs } from '../splitting';
import { sentenceUnits, sharing, unitWithin } from './merging';

/** Of the size: a section of up to 5/3 of it stays whole (120 and 200 words for the built-in reader). */
const SLACK = 5 / 3;

/** Along the document's structure: a section that fits stays whole, else paragraphs, list items and table rows, sentences, words. */
export const byStructure: ChunkStrategy = (text, section, { size, overlap }, measure) => {
  const limits = { target: size - overlap, max: Math.round(size * SLACK) - overlap };
  if (unitWithin(text, section, limits.max + overlap, measure)) return [section];
  const pieces = { max: limits.max, piece: limits.target };
  const units = splitParagraphs(text, section).flatMap(
    (paragraph) =>
      unitWithin(text, paragraph, limits.max, measure) ?? [...sentenceUnits(text, paragraph, pieces, measure)],
  );
  return sharing(text, pack(units, limits), overlap, measure);
};

/** Fills each chunk up to `target`, or past it where it would stay under half full; a short rest joins the chunk before it. */
function pack(units: readonly Unit[], { target, max }: { readonly target: number; readonly max: number }): Range[] {
  const packed: Unit[] = [];
  units.forEach(({ start, end, length }, i) => {
    const last = packed.at(-1);
    const sum = (last?.length ?? 0) + length;
    const joins =
      sum <= target ||
      (sum <= max && ((last?.length ?? 0) < target / 2 || (i === units.length - 1 && length < target / 4)));
    if (last && joins) packed[packed.length - 1] = { start: last.start, end, length: sum };
    else packed.push({ start, end, length });
  });
  return packed;
}
