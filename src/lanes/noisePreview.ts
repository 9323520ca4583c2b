import { type Distractor, NOISE, NOISE_KINDS, type NoiseKind } from '../retrieval/noise';
import type { Bench, Noisy } from './lane';
import { choose, openFor } from './strategies/noisy';

/** What each kind would show. */
export interface NoisePreview {
  readonly kind: NoiseKind;
  readonly rule: string;
  readonly distractors: readonly Distractor[];
  readonly replaced: number;
}

/** Of every kind, were it alone, up to `most` distractors that the lane would show for the bench's question. */
export async function previewNoise(sees: Noisy, bench: Bench, most: number): Promise<NoisePreview[]> {
  const { hits } = await openFor(bench, sees);
  const previews: NoisePreview[] = [];
  for (const kind of NOISE_KINDS) {
    const { value } = await choose(bench, { ...sees, noiseKinds: [kind] }, hits, most);
    previews.push({ kind, rule: NOISE[kind].rule, ...value });
  }
  return previews;
}
