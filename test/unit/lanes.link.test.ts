import { expect, test } from 'vitest';
import type { Lane } from '../../src/lanes/lane';
import { decodeLanes, encodeLanes } from '../../src/lanes/link';
import { PRESETS } from '../../src/lanes/presets';

const withoutIds = (lanes: readonly Lane[] | null) => lanes?.map((lane) => ({ ...lane, id: '' }));

/** A link as someone might have bent it. */
const link = (value: unknown) => btoa(JSON.stringify(value));
const packed = (name: unknown, sees: unknown, wears: unknown = [], sampling: unknown = [0, 1, 96, 7]) => [
  name,
  sees,
  wears,
  '',
  'm',
  sampling,
];

test('every preset survives the way through a link', () => {
  for (const { lanes } of PRESETS) {
    const encoded = encodeLanes(lanes);
    expect(encoded).toMatch(/^[\w-]+$/);
    expect(withoutIds(decodeLanes(encoded))).toEqual(withoutIds(lanes));
  }
});

test('instructions in any script survive', () => {
  const lanes = (PRESETS[0]?.lanes ?? []).map((lane) => ({ ...lane, told: 'Antworte kürzer – 简短 ☂' }));
  expect(decodeLanes(encodeLanes(lanes))?.[3]?.told).toBe('Antworte kürzer – 简短 ☂');
});

test('what is no link is null', () => {
  for (const junk of ['', '%%%', 'abc', link({}), link([]), link([1, null, ['x']])]) {
    expect(decodeLanes(junk)).toBeNull();
  }
});

test('a lane that makes no sense is left out, the others stay', () => {
  const lanes = decodeLanes(
    link([
      packed('Fine', { kind: 'closed' }),
      packed('Too many', { kind: 'open', passages: 1e9 }),
      packed('Unheard of', { kind: 'upside down' }),
      packed('Bent noise', { kind: 'noisy', passages: 4, noise: 3, noiseKinds: ['loud'] }),
      packed('', { kind: 'gold' }),
      packed('Fine too', { kind: 'gold' }, [['robust-reader', 9]]),
    ]),
  );
  expect(lanes?.map((lane) => lane.name)).toEqual(['Fine', 'Fine too']);
  expect(lanes?.map((lane) => lane.id)).toEqual(['lane-1', 'lane-2']);
  expect(lanes?.[1]?.wears).toEqual([{ adapterId: 'robust-reader', strength: 1.5 }]);
});

test('no more than six lanes come out', () => {
  const many = Array.from({ length: 9 }, () => packed('One', { kind: 'closed' }));
  expect(decodeLanes(link(many))).toHaveLength(6);
});

test('an adapter listed twice is worn once, as it was listed first', () => {
  const [lane] =
    decodeLanes(
      link([
        packed('Twice', { kind: 'closed' }, [
          ['a', 0.5],
          ['b', 1],
          ['a', 1],
        ]),
      ]),
    ) ?? [];
  expect(lane?.wears).toEqual([
    { adapterId: 'a', strength: 0.5 },
    { adapterId: 'b', strength: 1 },
  ]);
});

test('settings that the page itself would not take are left out with their lane', () => {
  const sampled = [
    [0, 1, 96, 1e300],
    [0, 1, 1e9, 7],
    [9, 1, 96, 7],
    [0, 1e-300, 96, 7],
    [0, 1, 96, 7],
  ];
  const lanes = decodeLanes(link(sampled.map((one, i) => packed(String(i), { kind: 'closed' }, [], one))));
  expect(lanes?.map(({ name }) => name)).toEqual(['4']);
});

test('a scope goes with its lane; one that makes no sense takes the lane with it', () => {
  const scope = { collections: ['own'], tags: ['safety'] };
  const lanes = [
    { kind: 'open', passages: 4, scope },
    { kind: 'noisy', passages: 4, noise: 1, noiseKinds: ['random'], scope },
    { kind: 'whole', scope: { documents: ['d'] } },
  ] as const;
  const [first] = PRESETS[0]?.lanes ?? [];
  if (!first) throw new Error('There is no lane.');
  const sent = lanes.map((sees) => ({ ...first, sees }));
  expect(decodeLanes(encodeLanes(sent))?.map(({ sees }) => sees)).toEqual(lanes);
  expect(decodeLanes(link([packed('Bent', { kind: 'open', passages: 4, scope: { tags: 'safety' } })]))).toBeNull();
});
