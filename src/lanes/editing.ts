/** Changes to a set of lanes. Each gives a new set; at a limit it gives the old one unchanged. */
import type { Sampling } from '../generation/engine';
import type { Filter } from '../retrieval/settings';
import type { Lane, Noisy, Sees } from './lane';
import { lane, OPEN } from './presets';
import { noiseCount } from './strategies/noisy';

export const MIN_LANES = 1;
export const MAX_LANES = 6;
export const STRENGTH = { min: 0, max: 1.5, step: 0.05 } as const;
export const SAMPLING = {
  temperature: { min: 0, max: 2 },
  topP: { min: 0.05, max: 1 },
  maxTokens: { min: 8, max: 512 },
  seed: { min: 0, max: 999_999 },
} as const satisfies Record<keyof Sampling, { min: number; max: number }>;

/** The share of noise among a lane's passages; three of four are as many as the page's other limits allow. */
export const RATE = { min: 0.1, max: 0.75, step: 0.05 } as const;

/** Appends an open-book lane. Answers are kept by lane id, so `id` must be one that no lane ever had. */
export function addLane(lanes: readonly Lane[], id: string): readonly Lane[] {
  if (lanes.length >= MAX_LANES) return lanes;
  return [...lanes, lane(id, 'Open book', OPEN)];
}

/** Puts a copy right after the lane; for `copyId` see `addLane`. */
export function duplicateLane(lanes: readonly Lane[], id: string, copyId: string): readonly Lane[] {
  const at = lanes.findIndex((one) => one.id === id);
  const original = lanes[at];
  if (!original || lanes.length >= MAX_LANES) return lanes;
  const copy = { ...original, id: copyId, name: `${original.name.replace(/ copy$/, '')} copy` };
  return lanes.toSpliced(at + 1, 0, copy);
}

export function removeLane(lanes: readonly Lane[], id: string): readonly Lane[] {
  const rest = lanes.filter((one) => one.id !== id);
  return rest.length < MIN_LANES || rest.length === lanes.length ? lanes : rest;
}

/** Moves a lane by `steps` columns, as far as the edge. */
export function moveLane(lanes: readonly Lane[], id: string, steps: number): readonly Lane[] {
  const from = lanes.findIndex((one) => one.id === id);
  const moved = lanes[from];
  if (!moved) return lanes;
  const to = Math.min(Math.max(from + steps, 0), lanes.length - 1);
  return to === from ? lanes : lanes.toSpliced(from, 1).toSpliced(to, 0, moved);
}

export function changeLane(lanes: readonly Lane[], id: string, change: Partial<Omit<Lane, 'id'>>): readonly Lane[] {
  return lanes.map((one) => (one.id === id ? { ...one, ...change } : one));
}

/** What a lane is called that nobody named, by what it sees. */
const USUAL_NAMES: Readonly<Record<Sees['kind'], string>> = {
  closed: 'Closed book',
  open: 'Open book',
  noisy: 'Noisy book',
  whole: 'Whole documents',
  gold: 'Gold only',
};

/** A lane that is called by what it sees is called by what it sees now; any other name stays. */
export function changeSees(lanes: readonly Lane[], id: string, sees: Sees): readonly Lane[] {
  const before = lanes.find((one) => one.id === id);
  const usual = before?.name === (before && USUAL_NAMES[before.sees.kind]);
  return changeLane(lanes, id, { sees, ...(usual ? { name: USUAL_NAMES[sees.kind] } : {}) });
}

/** The nearest strength an adapter can be worn at. */
export function clampStrength(strength: number): number {
  if (!Number.isFinite(strength)) return STRENGTH.min;
  const inside = Math.min(Math.max(strength, STRENGTH.min), STRENGTH.max);
  // Counted in whole steps, so that 0.15 is not 0.15000000000000002.
  return Math.round(inside / STRENGTH.step) / Math.round(1 / STRENGTH.step);
}

type NoiseSettings = { readonly [K in Exclude<keyof Noisy, 'kind' | 'scope'>]?: Noisy[K] | undefined };

/**
 * The noise with some of its settings changed; `undefined` takes one back. Equal settings come out as equal JSON, whatever
 * was changed first.
 */
export function changeNoise(noisy: Noisy, change: NoiseSettings): Noisy {
  const { kind, passages, noise, noiseKinds, rate, evidence, withoutEvidence, noiseSeed, ...rest } = {
    ...noisy,
    ...change,
  };
  return {
    kind,
    passages: passages ?? noisy.passages,
    noise: noise ?? noisy.noise,
    noiseKinds: noiseKinds ?? noisy.noiseKinds,
    ...(rate === undefined ? {} : { rate }),
    ...(evidence === undefined ? {} : { evidence }),
    ...(withoutEvidence === undefined ? {} : { withoutEvidence }),
    ...(noiseSeed === undefined ? {} : { noiseSeed }),
    ...rest,
  };
}

export interface SeesChip {
  readonly kind: 'none' | 'book' | 'noise' | 'scope';
  readonly text: string;
}

/**
 * What a lane sees, short. `documents` is how many are in use, where that is known; `nameOf` a collection's or a
 * document's name by its id.
 */
export function describeSees(sees: Sees, documents?: number, nameOf: (id: string) => string = (id) => id): SeesChip[] {
  const scope = 'scope' in sees ? sees.scope : undefined;
  const chips = describeKind(sees, scope ? undefined : documents);
  return scope ? [...chips, { kind: 'scope', text: `In ${describeScope(scope, nameOf)}` }] : chips;
}

/** `Crew handbooks, tagged safety`; `everything` for one that asks for nothing. */
export function describeScope(
  { collections, documents, tags = [] }: Filter,
  nameOf: (id: string) => string = (id) => id,
): string {
  const places = [...(collections ?? []), ...(documents ?? [])].map(nameOf);
  const tagged = tags.length > 0 ? [`tagged ${tags.join(', ')}`] : [];
  return [...places, ...tagged].join(', ') || 'everything';
}

function describeKind(sees: Sees, documents?: number): SeesChip[] {
  switch (sees.kind) {
    case 'closed':
      return [{ kind: 'none', text: 'Nothing' }];
    case 'open':
      return [{ kind: 'book', text: `Retrieved ${String(sees.passages)}` }];
    case 'noisy':
      return [
        { kind: 'book', text: `Retrieved ${String(sees.passages)}` },
        { kind: 'noise', text: `Noise ${String(noiseCount(sees, sees.passages))}` },
      ];
    case 'whole':
      return [
        { kind: 'book', text: documents === undefined ? 'Whole documents' : `Whole documents ${String(documents)}` },
      ];
    case 'gold':
      return [{ kind: 'book', text: 'Gold only' }];
  }
}
