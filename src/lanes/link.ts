/**
 * Lanes as a parameter of the page's address, so that a comparison can be sent as a link. It holds what
 * lanes see, wear and are told, never a document's text.
 */
import * as v from 'valibot';
import { NOISE_KINDS } from '../retrieval/noise';
import { EVIDENCE_PLACES } from '../retrieval/noise/places';
import { clampStrength, MAX_LANES, RATE, SAMPLING } from './editing';
import type { Lane } from './lane';

/** More than the context could take anyway. */
const MOST_PASSAGES = 20;
const LONGEST_TEXT = 2000;

const count = (least: number) => v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(MOST_PASSAGES));
const text = v.pipe(v.string(), v.maxLength(LONGEST_TEXT));
const within = (limits: { min: number; max: number }) =>
  v.pipe(v.number(), v.minValue(limits.min), v.maxValue(limits.max));

/** What a filter can ask; unknown names find nothing and do no harm. */
const names = v.exactOptional(v.pipe(v.array(v.pipe(v.string(), v.nonEmpty(), v.maxLength(100))), v.maxLength(50)));
const scope = v.exactOptional(v.object({ collections: names, documents: names, tags: names }));

const sees = v.variant('kind', [
  v.object({ kind: v.literal('closed') }),
  v.object({ kind: v.literal('open'), passages: count(1), scope }),
  v.object({
    kind: v.literal('noisy'),
    passages: count(1),
    noise: count(0),
    noiseKinds: v.pipe(v.array(v.picklist(NOISE_KINDS)), v.maxLength(NOISE_KINDS.length)),
    rate: v.exactOptional(within(RATE)),
    evidence: v.exactOptional(v.picklist(EVIDENCE_PLACES)),
    withoutEvidence: v.exactOptional(v.literal(true)),
    noiseSeed: v.exactOptional(v.pipe(within(SAMPLING.seed), v.integer())),
    scope,
  }),
  v.object({ kind: v.literal('whole'), scope }),
  v.object({ kind: v.literal('gold') }),
]);

/** name, sees, wears as [adapter, strength], told, model, [temperature, top-p, most tokens, seed] */
const packedLane = v.tuple([
  v.pipe(text, v.trim(), v.nonEmpty()),
  sees,
  v.pipe(v.array(v.tuple([v.pipe(text, v.nonEmpty()), v.number()])), v.maxLength(MAX_LANES)),
  text,
  text,
  v.tuple([
    within(SAMPLING.temperature),
    within(SAMPLING.topP),
    v.pipe(within(SAMPLING.maxTokens), v.integer()),
    v.pipe(within(SAMPLING.seed), v.integer()),
  ]),
]);

export function encodeLanes(lanes: readonly Lane[]): string {
  const packed = lanes.map(({ name, sees, wears, told, modelId, sampling: s }) => {
    const worn = wears.map(({ adapterId, strength }) => [adapterId, strength]);
    return [name, sees, worn, told, modelId, [s.temperature, s.topP, s.maxTokens, s.seed]];
  });
  const bytes = new TextEncoder().encode(JSON.stringify(packed));
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

/**
 * The lanes of a link. A lane that makes no sense is left out, a strength out of range is brought into
 * it, an adapter listed again is dropped; null when no lane is left. Ids are given anew.
 */
export function decodeLanes(encoded: string): Lane[] | null {
  let packed: unknown;
  try {
    const binary = atob(encoded.replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(binary, (char) => char.charCodeAt(0));
    packed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return null;
  }
  if (!Array.isArray(packed)) return null;
  const lanes: Lane[] = [];
  for (const one of packed) {
    if (lanes.length === MAX_LANES) break;
    const parsed = v.safeParse(packedLane, one);
    if (!parsed.success) continue;
    const [name, seen, worn, told, modelId, [temperature, topP, maxTokens, seed]] = parsed.output;
    lanes.push({
      id: `lane-${String(lanes.length + 1)}`,
      name,
      sees: seen,
      wears: worn
        .filter(([adapterId], i) => worn.findIndex(([other]) => other === adapterId) === i)
        .map(([adapterId, strength]) => ({ adapterId, strength: clampStrength(strength) })),
      told,
      modelId,
      sampling: { temperature, topP, maxTokens, seed },
    });
  }
  return lanes.length > 0 ? lanes : null;
}
