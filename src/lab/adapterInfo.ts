/** What the page tells of an adapter, out of its files and where they came from. */
import {
  BUILT_IN_ADAPTERS,
  BUILT_IN_SHARED,
  type BuiltInAdapter,
  type TrainedAdapter,
  trainedFor,
} from '../adapters/builtIn';
import { type AdapterBase, matchBase } from '../adapters/match';
import { type PeftShape, readPeftShape } from '../adapters/peft';
import type { AdapterInfo } from '../lab';
import type { StoredAdapter } from '../storage/library';

/** An adapter as it is told beside a reader; null where no reader that takes adapters is loaded. */
export interface Described {
  readonly id: string;
  readonly builtIn: boolean;
  readonly licence: string | null;
  readonly addedAt: number | null;
  readonly beside: (base: AdapterBase | null) => AdapterInfo;
}

export const BUILT_IN: readonly Described[] = BUILT_IN_ADAPTERS.map(describeBuiltIn);

function describeBuiltIn(adapter: BuiltInAdapter): Described {
  const { id, label, teaches } = adapter;
  const { targets, licence } = BUILT_IN_SHARED;
  const known = { id, builtIn: true, licence, addedAt: null };
  return {
    ...known,
    beside: (base) => {
      const fitting = base && trainedFor(adapter, base.baseName);
      const { rank, alpha, layers, weights, card, baseName } = fitting ?? adapter.forReaders[0];
      return {
        ...known,
        label,
        teaches,
        targets,
        rank,
        alpha,
        scale: alpha / rank,
        layers,
        bytes: weights.bytes,
        card,
        baseName,
        origin: 'Built in',
        peftVersion: null,
        derivedFrom: null,
        match: base ? matchBuiltIn(adapter, fitting, base) : { kind: 'unknown' },
      };
    },
  };
}

/** Its files are held against their digests: the name is all there is to compare. */
function matchBuiltIn(
  { label, forReaders }: BuiltInAdapter,
  fitting: TrainedAdapter | null,
  { baseName }: AdapterBase,
): AdapterInfo['match'] {
  if (fitting) return { kind: 'exact' };
  const bases = forReaders.map((one) => one.baseName).join(' and ');
  return { kind: 'no', why: `“${label}” was trained for ${bases}, but the model here is ${baseName}.` };
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
    card: null,
    baseName: baseModel,
    origin: origin.from,
    addedAt: origin.addedAt,
    peftVersion,
    derivedFrom: origin.derivedFrom,
  };
  const { builtIn, licence, addedAt } = info;
  return {
    id,
    builtIn,
    licence,
    addedAt,
    beside: (base) => ({ ...info, match: matchOwn({ ...shape, label }, base) }),
  };
}

function matchOwn(shape: PeftShape & { readonly label: string }, base: AdapterBase | null): AdapterInfo['match'] {
  return base ? matchBase(shape, base) : { kind: 'unknown' };
}
