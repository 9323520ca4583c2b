import type { NoiseSource } from '../noise';

export const stale: NoiseSource = {
  kind: 'stale version',
  rule: 'The best hits in documents that a newer version has replaced.',
  candidates: async (ground) => (await ground.stale()).map((hit) => ({ chunk: hit.chunk, hit })),
};
