/** Adapters of packed linears, taken apart for models that have, or that graft, each part alone. */
import type { LoraPair, Projection } from './adapter';
import type { GraftTarget } from './graft/graft';
import { PACKED } from './graft/packed';

type Shape = Pick<LoraPair, 'layer' | 'projection' | 'inputs' | 'outputs'> & Partial<Pick<LoraPair, 'rank' | 'b'>>;

/**
 * The pairs, with or without their values, as the targets ask for them. A pair of `qkv_proj` or `gate_up_proj` becomes
 * one for each part, with the whole's A and the part's rows of B, which is exact: y = (x A^T) B^T * scale falls apart
 * by columns of y. No values are copied. Pairs whose parts are not among the targets, or are not as wide together, stay as they are.
 */
export function fitted<T extends Shape>(pairs: readonly T[], targets: readonly GraftTarget[]): readonly T[] {
  const widths = new Map(targets.map(({ layer, projection, outputs }) => [key(layer, projection), outputs]));
  return pairs.flatMap((pair) => {
    const names = PACKED[pair.projection as Projection];
    if (!names || widths.has(key(pair.layer, pair.projection))) return [pair];
    const parts = names.map((projection) => ({ projection, outputs: widths.get(key(pair.layer, projection)) ?? NaN }));
    if (parts.reduce((sum, { outputs }) => sum + outputs, 0) !== pair.outputs) return [pair];
    let row = 0;
    return parts.map(({ projection, outputs }) => {
      const { rank = 0, b } = pair;
      const own = b ? { b: b.subarray(row * rank, (row + outputs) * rank) } : {};
      row += outputs;
      return { ...pair, projection, outputs, ...own };
    });
  });
}

function key(layer: number, projection: string): string {
  return `${String(layer)} ${projection}`;
}
