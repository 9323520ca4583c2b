import { seededRandom } from '../../random';
import type { NoiseSource } from '../noise';
import { shuffled } from '../seeded';

export const random: NoiseSource = {
  kind: 'random',
  rule: 'Any passage that search does not rank near the question.',
  async candidates(ground) {
    const top = await ground.top();
    const rest = (await ground.chunks()).filter((chunk) => !ground.isOpen(chunk) && !top.has(chunk.id));
    return shuffled(rest, seededRandom(ground.seed)).map((chunk) => ({ chunk, hit: null }));
  },
};
