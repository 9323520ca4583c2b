import type { ChunkStrategy } from '../chunking';
import { merge } from './merging';

/** Windows of `size` that share `overlap`, wherever sentences end; words stay whole (Chroma's FixedTokenChunker cuts them). */
export const fixed: ChunkStrategy = (text, section, size, measure) => merge(measure.units(text, section), size);
