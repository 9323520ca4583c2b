/** A candidate with its relevance on any scale that is not negative. */
export interface Relevant {
  readonly row: number;
  readonly score: number;
}

/** One that was chosen: its marginal relevance, and which of those chosen before it is most like it. */
export interface Chosen {
  readonly row: number;
  readonly score: number;
  readonly nearest: { readonly row: number; readonly similarity: number } | null;
}

/**
 * Maximal marginal relevance (Carbonell & Goldstein 1998): again and again the candidate with the greatest
 *   lambda * relevance - (1 - lambda) * its greatest similarity to one already chosen,
 * ties to the one that stood higher. Relevance is brought to 0..1 by the best one's, as similarities are. O(limit * candidates)
 * similarities.
 */
export function diversify(
  candidates: readonly Relevant[],
  similarity: (a: number, b: number) => number,
  lambda: number,
  limit: number,
): Chosen[] {
  const best = Math.max(0, ...candidates.map(({ score }) => score));
  const left = candidates.map(({ row, score }) => ({
    row,
    relevance: best > 0 ? score / best : 0,
    nearest: null as Chosen['nearest'],
  }));
  const marginal = ({ relevance, nearest }: (typeof left)[number]) =>
    lambda * relevance - (1 - lambda) * (nearest?.similarity ?? 0);
  const chosen: Chosen[] = [];
  while (chosen.length < limit && left.length > 0) {
    let at = 0;
    for (const [i, one] of left.entries()) if (marginal(one) > marginal(left[at] ?? one)) at = i;
    const [next] = left.splice(at, 1);
    if (!next) break;
    chosen.push({ row: next.row, score: marginal(next), nearest: next.nearest });
    for (const one of left) {
      const near = similarity(one.row, next.row);
      if (!one.nearest || near > one.nearest.similarity) one.nearest = { row: next.row, similarity: near };
    }
  }
  return chosen;
}
