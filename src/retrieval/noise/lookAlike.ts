import type { NoiseSource } from '../noise';

export const lookAlike: NoiseSource = {
  kind: 'look-alike',
  rule: 'The hits that come right after the retrieved passages.',
  candidates: async (ground) =>
    (await ground.ranked()).filter(({ chunk }) => !ground.isOpen(chunk)).map((hit) => ({ chunk: hit.chunk, hit })),
};
