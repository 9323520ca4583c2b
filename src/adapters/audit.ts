/**
 * The audit of an adapter: which strong directions of the changed weights the base never had ("intruder dimensions",
 * Shuttleworth et al. 2024, https://arxiv.org/abs/2410.21228), and the adapter with less of them. The algorithm is that
 * of PEFT's `reduce_intruder_dimension`; the base is what really runs, unpacked.
 */
import type { Job, Progress } from '../job';
import { PROJECTIONS } from './adapter';
import type { BaseWeights } from './audit/base';
import { type AuditSettings, type Intruder, findIntruders, mitigate } from './audit/intruders';
import type { PeftAdapter, PeftPair } from './peft';

export type { AuditSettings } from './audit/intruders';

export interface Audited {
  readonly layers: number;
  /** The projections that the adapter changes, in the order in which a layer applies them. */
  readonly projections: readonly string[];
  /** By module. */
  readonly found: ReadonlyMap<string, readonly Intruder[]>;
}

/** Yields at least this often, so that whoever runs it can hear of a stop. */
const PATIENCE_MS = 30;

/**
 * Two decompositions for each adapted linear (`audit/singular.ts` says what they cost). Throws what `BaseWeights`
 * throws; one linear that cannot be looked at ends the audit, since a table with holes says nothing.
 */
export async function* audit(
  adapter: PeftAdapter,
  base: BaseWeights,
  settings: AuditSettings,
  signal: AbortSignal,
): Job<Progress, Audited> {
  const found = new Map<string, readonly Intruder[]>();
  const total = adapter.pairs.length;
  let heard = performance.now();
  for (const [done, pair] of adapter.pairs.entries()) {
    const progress: Progress = { step: 'Comparing weights', done, total, unit: 'matrices' };
    yield progress;
    const work = findIntruders(base.of(pair), pair, settings);
    let step = work.next();
    for (; !step.done; step = work.next()) {
      if (performance.now() - heard < PATIENCE_MS) continue;
      yield progress;
      signal.throwIfAborted();
      heard = performance.now();
    }
    found.set(pair.module, step.value);
  }
  const changed = new Set(adapter.pairs.map(({ projection }) => projection));
  return { layers: base.layers, projections: PROJECTIONS.filter((one) => changed.has(one)), found };
}

/** [layer][projection]: how many intruders; null where the adapter changes nothing. */
export function countIntruders({ pairs }: PeftAdapter, { layers, projections, found }: Audited): (number | null)[][] {
  return Array.from({ length: layers }, (_, layer) =>
    projections.map((projection) => {
      const pair = pairs.find((one) => one.layer === layer && one.projection === projection);
      return pair ? (found.get(pair.module)?.length ?? null) : null;
    }),
  );
}

/** The pairs with the share `lambda` (0 to 1) of every intruder left: 1 changes nothing, 0 takes them out whole. */
export function mitigated(adapter: PeftAdapter, { found }: Audited, lambda: number): PeftPair[] {
  return adapter.pairs.map((pair) => ({ ...pair, ...mitigate(pair, found.get(pair.module) ?? [], lambda) }));
}
