/** z of a two-sided 95% interval. */
const Z = 1.959964;

/**
 * Wilson's score interval for `share` of `n` (Wilson 1927, J. Am. Stat. Assoc. 22, 209-212), as shares.
 * `share * n` need not be whole.
 */
export function wilson(share: number, n: number): [number, number] {
  const spread = Z * Math.sqrt((share * (1 - share)) / n + (Z * Z) / (4 * n * n));
  const middle = share + (Z * Z) / (2 * n);
  const scale = 1 + (Z * Z) / n;
  return [Math.max(0, (middle - spread) / scale), Math.min(1, (middle + spread) / scale)];
}
