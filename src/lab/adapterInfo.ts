/** What the page tells of an adapter, out of its files and where they came from. */
import { BUILT_IN_ADAPTERS, BUILT_IN_BASE, type BuiltInAdapter } from '../adapters/builtIn';
import { sameBase } from '../adapters/fits';
import { type AdapterBase, matchBase } from '../adapters/match';
import { type PeftShape, readPeftShape } from '../adapters/peft';
import type { AdapterInfo } from '../lab';
import type { StoredAdapter } from '../storage/library';

/** An adapter and how to tell what a reader would say to it; null where no reader that takes adapters is loaded. */
export interface Described {
  readonly info: Omit<AdapterInfo, 'match'>;
  readonly match: (base: AdapterBase | null) => AdapterInfo['match'];
}

export const BUILT_IN: readonly Described[] = BUILT_IN_ADAPTERS.map(describeBuiltIn);

function describeBuiltIn({ id, label, teaches, rank, alpha, weights }: BuiltInAdapter): Described {
  const { baseName, layers, targets, licence } = BUILT_IN_BASE;
  const info = {
    id,
    label,
    builtIn: true,
    teaches,
    rank,
    alpha,
    scale: alpha / rank,
    targets,
    layers,
    bytes: weights.bytes,
    licence,
    baseName,
    origin: 'Built in',
    addedAt: null,
    peftVersion: null,
    derivedFrom: null,
  };
  return {
    info,
    // Its files are held against their digests: the name is all there is to compare.
    match: (base) => {
      if (!base) return { kind: 'unknown' };
      if (sameBase(base.baseName, baseName)) return { kind: 'exact' };
      return { kind: 'no', why: `“${label}” was trained for ${baseName}, but the model here is ${base.baseName}.` };
    },
  };
}

/** Throws `adapter-*` for files that were never PEFT's. */
export function describeOwn({ id, label, config, weights, origin }: StoredAdapter): Described {
  const shape = readPeftShape(config, weights);
  const { pairs, alpha, baseModel, peftVersion } = shape;
  const scales = new Set(pairs.map(({ scale }) => scale));
  const [scale = null] = scales;
  const info = {
    id,
    label,
    builtIn: false,
    teaches: null,
    rank: Math.max(...pairs.map(({ rank }) => rank)),
    alpha,
    scale: scales.size === 1 ? scale : null,
    targets: [...new Set(pairs.map(({ projection }) => projection))],
    layers: new Set(pairs.map(({ layer }) => layer)).size,
    bytes: weights.length,
    licence: origin.licence,
    baseName: baseModel,
    origin: origin.from,
    addedAt: origin.addedAt,
    peftVersion,
    derivedFrom: origin.derivedFrom,
  };
  return { info, match: (base) => matchOwn({ ...shape, label }, base) };
}

function matchOwn(shape: PeftShape & { readonly label: string }, base: AdapterBase | null): AdapterInfo['match'] {
  return base ? matchBase(shape, base) : { kind: 'unknown' };
}
