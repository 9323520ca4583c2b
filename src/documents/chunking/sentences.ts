import type { ChunkStrategy } from '../chunking';
import { merge, sentenceUnits } from './merging';

/** As many whole sentences as fit, over the borders of paragraphs; a longer sentence is cut between words. */
export const sentences: ChunkStrategy = (text, section, limits, measure) =>
  merge(sentenceUnits(text, section, { max: limits.size, piece: limits.size }, measure), limits);
