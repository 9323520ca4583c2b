/**
 * How well a ranking finds what is relevant. `relevant[i]` says whether the hit at rank i + 1 is; `total` is how many
 * relevant ones there are, found or not, and above 0. All are 0 to 1.
 */

/** Share of the relevant ones among the first k. */
export function recallAt(relevant: readonly boolean[], total: number, k: number): number {
  return relevant.slice(0, k).filter(Boolean).length / total;
}

/**
 * Normalised discounted cumulative gain (Järvelin & Kekäläinen 2002), gain 1 for what is relevant, discount
 * log2(rank + 1), against all relevant ones standing first.
 */
export function ndcgAt(relevant: readonly boolean[], total: number, k: number): number {
  const discount = (rank: number) => 1 / Math.log2(rank + 1);
  const gained = relevant.slice(0, k).reduce((sum, is, i) => sum + (is ? discount(i + 1) : 0), 0);
  let best = 0;
  for (let rank = 1; rank <= Math.min(total, k); rank++) best += discount(rank);
  return gained / best;
}

/** One over the rank of the first relevant one; 0 where none was found (Voorhees 1999). */
export function reciprocalRank(relevant: readonly boolean[]): number {
  const first = relevant.indexOf(true);
  return first < 0 ? 0 : 1 / (first + 1);
}
