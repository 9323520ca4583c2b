import { describe, expect, test } from 'vitest';
import type { Adapter, LoraPair } from '../../src/adapters/adapter';
import type { GraftTarget } from '../../src/adapters/graft/graft';
import { mix } from '../../src/adapters/mix';

const target = (layer: number, projection: string): GraftTarget => ({
  layer,
  projection,
  inputs: 2,
  outputs: 3,
  aName: `a${String(layer)}${projection}`,
  bName: `b${String(layer)}${projection}`,
  gateName: 'gate',
  block: 0,
  blocks: 1,
  column: 0,
  columns: 3,
});
const targets = [target(0, 'q_proj'), target(1, 'q_proj')];

function adapter(id: string, pairs: readonly Pick<LoraPair, 'layer' | 'rank' | 'scale' | 'a' | 'b'>[]): Adapter {
  return {
    id,
    label: id,
    baseModel: null,
    rank: 1,
    alpha: 1,
    pairs: pairs.map((one) => ({ ...one, projection: 'q_proj', inputs: 2, outputs: 3 })),
  };
}
const one = adapter('one', [
  { layer: 0, rank: 2, scale: 2, a: Float32Array.of(1, 2, 3, 4), b: Float32Array.of(1, 2, 3, 4, 5, 6) },
  { layer: 1, rank: 1, scale: 0.5, a: Float32Array.of(5, 6), b: Float32Array.of(2, 4, 6) },
]);
const two = adapter('two', [{ layer: 1, rank: 1, scale: 3, a: Float32Array.of(7, 8), b: Float32Array.of(1, 1, 2) }]);

describe('laying adapters side by side', () => {
  const { rank, feeds, gates } = mix(targets, [one, two]);

  test('ranks add up, an adapter’s being its largest', () => {
    expect(rank).toBe(3);
    expect([...feeds.keys()]).toEqual(['a0q_proj', 'b0q_proj', 'a1q_proj', 'b1q_proj']);
  });

  test('A is turned, B is turned and scaled, what is missing is zero', () => {
    expect(feeds.get('a0q_proj')).toEqual({ dims: [2, 3], data: Float32Array.of(1, 3, 0, 2, 4, 0) });
    expect(feeds.get('b0q_proj')).toEqual({ dims: [3, 3], data: Float32Array.of(2, 6, 10, 4, 8, 12, 0, 0, 0) });
    expect(feeds.get('a1q_proj')).toEqual({ dims: [2, 3], data: Float32Array.of(5, 0, 7, 6, 0, 8) });
    expect(feeds.get('b1q_proj')).toEqual({ dims: [3, 3], data: Float32Array.of(1, 2, 3, 0, 0, 0, 3, 3, 6) });
  });

  test('the gate holds a row of strengths per request', () => {
    const rows = [
      [],
      [{ adapterId: 'two', strength: 1.5 }],
      [
        { adapterId: 'two', strength: 1 },
        { adapterId: 'one', strength: 0.5 },
      ],
    ];
    const gate = { dims: [3, 1, 3], data: Float32Array.of(0, 0, 0, 0, 0, 1.5, 0.5, 0.5, 1) };
    expect(gates(rows)).toEqual(new Map([['gate', gate]]));
  });

  test('an unknown adapter and an impossible strength are refused', () => {
    expect(() => gates([[{ adapterId: 'three', strength: 1 }]])).toThrow(
      expect.objectContaining({ code: 'adapter-mismatch' }),
    );
    for (const strength of [-0.1, 1.6, NaN, Infinity])
      expect(() => gates([[{ adapterId: 'one', strength }]])).toThrow(
        expect.objectContaining({ code: 'adapter-unsupported' }),
      );
  });
});

describe('two linears that share an A, and one that does not', () => {
  const shared = { layer: 0, inputs: 2, outputs: 3, aName: 'a', gateName: 'gate.2', blocks: 2, column: 0, columns: 3 };
  const { feeds, gates } = mix(
    [
      { ...shared, projection: 'k_proj', bName: 'bk', block: 0 },
      { ...shared, projection: 'q_proj', bName: 'bq', block: 1 },
      target(1, 'q_proj'),
    ],
    [one, two],
  );

  test('each fills its own columns of A and its own rows of B', () => {
    expect([...feeds.keys()]).toEqual(['a', 'bk', 'bq', 'a1q_proj', 'b1q_proj']);
    expect(feeds.get('a')).toEqual({ dims: [2, 6], data: Float32Array.of(0, 0, 0, 1, 3, 0, 0, 0, 0, 2, 4, 0) });
    expect(feeds.get('bk')).toEqual({ dims: [6, 3], data: new Float32Array(18) });
    const own = [2, 6, 10, 4, 8, 12, 0, 0, 0];
    expect(feeds.get('bq')).toEqual({ dims: [6, 3], data: Float32Array.of(...new Array<number>(9).fill(0), ...own) });
  });

  test('their gate is repeated, row by row', () => {
    const rows = [[{ adapterId: 'one', strength: 0.5 }], [{ adapterId: 'two', strength: 1 }]];
    expect(gates(rows)).toEqual(
      new Map([
        ['gate.2', { dims: [2, 1, 6], data: Float32Array.of(0.5, 0.5, 0, 0.5, 0.5, 0, 0, 0, 1, 0, 0, 1) }],
        ['gate', { dims: [2, 1, 3], data: Float32Array.of(0.5, 0.5, 0, 0, 0, 1) }],
      ]),
    );
  });
});

describe('parts of a packed linear', () => {
  const whole = { layer: 0, inputs: 2, aName: 'a', bName: 'b', gateName: 'gate.3', blocks: 3, columns: 6 };
  const packed: GraftTarget[] = [
    { ...whole, projection: 'q_proj', outputs: 3, block: 0, column: 0 },
    { ...whole, projection: 'k_proj', outputs: 1, block: 1, column: 3 },
    { ...whole, projection: 'v_proj', outputs: 2, block: 2, column: 4 },
  ];

  test('an adapter of one part fills its block of the A and the B that they share', () => {
    const { feeds } = mix(packed, [one]);
    expect([...feeds.keys()]).toEqual(['a', 'b']);
    expect(feeds.get('a')).toEqual({ dims: [2, 6], data: Float32Array.of(1, 3, 0, 0, 0, 0, 2, 4, 0, 0, 0, 0) });
    const rows = [2, 6, 10, 0, 0, 0, 4, 8, 12, 0, 0, 0, ...new Array<number>(24).fill(0)];
    expect(feeds.get('b')).toEqual({ dims: [6, 6], data: Float32Array.of(...rows) });
  });

  test('an adapter of the whole is worn by each part, with the same A and its own rows of B', () => {
    const pair = { layer: 0, projection: 'qkv_proj', rank: 1, inputs: 2, outputs: 6, scale: 1 };
    const values = { a: Float32Array.of(7, 8), b: Float32Array.of(1, 2, 3, 4, 5, 6) };
    const { feeds } = mix(packed, [{ ...two, pairs: [{ ...pair, ...values }] }]);
    expect(feeds.get('a')).toEqual({ dims: [2, 3], data: Float32Array.of(7, 7, 7, 8, 8, 8) });
    const rows = [1, 2, 3, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 5, 6];
    expect(feeds.get('b')).toEqual({ dims: [3, 6], data: Float32Array.of(...rows) });
  });
});

test('wearing nothing is one rank of zeros', () => {
  const { rank, feeds, gates } = mix(targets, []);
  expect(rank).toBe(1);
  expect(feeds.get('a0q_proj')).toEqual({ dims: [2, 1], data: new Float32Array(2) });
  expect(feeds.get('b1q_proj')).toEqual({ dims: [1, 3], data: new Float32Array(3) });
  expect(gates([[]])).toEqual(new Map([['gate', { dims: [1, 1, 1], data: new Float32Array(1) }]]));
});
