import { seededRandom } from '../random';
import type { Sampling } from './engine';

/** Picks the next token from logits. One picker serves one answer: its random numbers go on from token to token. */
export type Pick = (logits: Float32Array) => number;

/**
 * Greedy at temperature 0 (ties go to the lower token). Otherwise softmax at the temperature, cut to the
 * smallest set of tokens that holds `topP` of the probability (nucleus sampling, Holtzman et al. 2019,
 * https://arxiv.org/abs/1904.09751), by seeded random numbers.
 */
export function picker({ temperature, topP, seed }: Sampling): Pick {
  if (temperature <= 0) return argmax;
  const random = seededRandom(seed);
  return (logits) => {
    const top = logits[argmax(logits)] ?? 0;
    const candidates = Array.from(logits, (value, token) => ({ token, weight: Math.exp((value - top) / temperature) }));
    candidates.sort((a, b) => b.weight - a.weight);
    const total = candidates.reduce((sum, { weight }) => sum + weight, 0);
    let kept = 0;
    let count = 0;
    for (const { weight } of candidates) {
      kept += weight;
      count++;
      if (kept >= topP * total) break;
    }
    let left = random() * kept;
    for (const { token, weight } of candidates.slice(0, count)) {
      left -= weight;
      if (left < 0) return token;
    }
    return candidates[0]?.token ?? 0;
  };
}

function argmax(logits: Float32Array): number {
  let best = 0;
  for (let i = 1; i < logits.length; i++) if ((logits[i] ?? 0) > (logits[best] ?? 0)) best = i;
  return best;
}
