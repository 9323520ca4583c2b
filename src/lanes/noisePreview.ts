import { type Distractor, NOISE, NOISE_KINDS, type NoiseKind, distractors } from '../retrieval/noise';
import { Ground } from '../retrieval/noise/ground';
import type { Bench, Noisy } from './lane';
import { noiseRequest, openFor } from './strategies/noisy';

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
  const request = noiseRequest(bench, sees, hits, most);
  // Most kinds look at the same passages.
  const ground = new Ground(request);
  const previews: NoisePreview[] = [];
  for (const kind of NOISE_KINDS) {
    const found = await distractors({ ...request, kinds: [kind] }, ground);
    previews.push({ kind, rule: NOISE[kind].rule, ...found });
  }
  return previews;
}
