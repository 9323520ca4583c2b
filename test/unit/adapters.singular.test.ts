import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Matrix } from '../../src/adapters/audit/bidiagonal';
import { decompose, multiply, truncate } from '../../src/adapters/audit/lowRank';
import { coordinates, strongest, transposed } from '../../src/adapters/audit/singular';
import { normals } from '../fixtures/adapters/random';
import { ended } from '../fixtures/peft/ended';

function matrix(rows: number, columns: number, values: ArrayLike<number>): Matrix {
  return { rows, columns, data: Float64Array.from(values) };
}
const random = (rows: number, columns: number, seed: number) => matrix(rows, columns, normals(seed)(rows * columns, 1));

function largest(values: Iterable<number>): number {
  return Math.max(0, ...[...values].map((value) => (Number.isNaN(value) ? Infinity : Math.abs(value))));
}
function apart(x: Matrix, y: Matrix): number {
  expect([x.rows, x.columns]).toEqual([y.rows, y.columns]);
  return largest(x.data.map((value, i) => value - (y.data[i] ?? NaN)));
}
function columnsOf(vectors: readonly Float64Array[]): Matrix {
  return transposed(
    matrix(
      vectors.length,
      vectors[0]?.length ?? 0,
      vectors.flatMap((vector) => [...vector]),
    ),
  );
}
/** Largest |V^T V - 1|. */
function unlikeUnit(vectors: readonly Float64Array[]): number {
  const v = columnsOf(vectors);
  const product = multiply(transposed(v), v);
  return largest(product.data.map((value, at) => value - (Math.floor(at / v.columns) === at % v.columns ? 1 : 0)));
}

const SHAPES = [
  [1, 1],
  [1, 5],
  [5, 1],
  [4, 4],
  [7, 3],
  [3, 7],
  [40, 24],
  [24, 40],
  [61, 61],
] as const;
const ODD: readonly (readonly [string, Matrix])[] = [
  ['nothing but zeros', matrix(4, 3, new Float64Array(12))],
  ['one value', matrix(3, 3, [0, 0, 0, 0, 5, 0, 0, 0, 0])],
  ['equal singular values', matrix(3, 3, [2, 0, 0, 0, 2, 0, 0, 0, 2])],
  ['a column of zeros', matrix(3, 3, [1, 0, 2, 3, 0, 4, 5, 0, 7])],
  ['a last value of zero on the diagonal', matrix(3, 3, [1, 2, 0, 0, 1, 2, 0, 0, 0])],
  ['a first value of zero on the diagonal', matrix(3, 3, [0, 2, 0, 0, 1, 2, 0, 0, 3])],
  ['a rank of two', multiply(random(9, 2, 1), random(2, 8, 2))],
  ['very small values', matrix(2, 2, [1e-44, 2e-44, 3e-44, 4e-44])],
  ['very unlike values', matrix(3, 3, [1e8, 1, 0, 1, 1, 1e-8, 0, 1e-8, 1e-8])],
];
const ALL = [...SHAPES.map(([m, n]) => [`${String(m)} x ${String(n)}`, random(m, n, m * 100 + n)] as const), ...ODD];

describe.each(ALL)('%s', (_, w) => {
  const { values, u, v } = decompose(w);
  const size = Math.max(1e-300, values[0] ?? 0);

  test('U S V^T is the matrix, its vectors are orthonormal, its values fall', () => {
    const scaled = columnsOf(u.map((vector, k) => vector.map((value) => value * (values[k] ?? NaN))));
    expect(apart(multiply(scaled, transposed(columnsOf(v))), w) / size).toBeLessThan(1e-13);
    expect(unlikeUnit(u)).toBeLessThan(1e-13);
    expect(unlikeUnit(v)).toBeLessThan(1e-13);
    expect(values).toHaveLength(Math.min(w.rows, w.columns));
    expect(values).toEqual(values.toSorted((a, b) => b - a));
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
  });

  test('the strongest vectors are the first of all', () => {
    const before = w.data.slice();
    const top = ended(strongest(w, 3));
    expect(top.vectors).toHaveLength(Math.min(3, w.rows, w.columns));
    top.values.forEach((value, k) => expect((value - (values[k] ?? NaN)) / size).toBeCloseTo(0, 12));
    expect(unlikeUnit(top.vectors)).toBeLessThan(1e-13);
    // |u^T W| is the singular value of u.
    top.vectors.forEach((vector, k) => {
      const along = multiply(matrix(1, w.rows, vector), w);
      expect((Math.hypot(...along.data) - (values[k] ?? NaN)) / size).toBeCloseTo(0, 12);
    });
    expect(w.data).toEqual(before);
  });

  test('coordinates are inner products with the left vectors', () => {
    const probes = [random(w.rows, 1, 5).data, random(w.rows, 1, 6).data];
    const before = w.data.slice();
    const found = ended(coordinates(w, probes));
    expect(w.data).toEqual(before);
    found.forEach((ours, p) => {
      // Of equal singular values any vectors will do: the length within a group of equals is what they agree on.
      const groups = new Map<string, [number, number]>();
      values.forEach((value, k) => {
        const inner = (u[k] ?? new Float64Array()).reduce((sum, x, i) => sum + x * (probes[p]?.[i] ?? NaN), 0);
        const key = (value / size).toFixed(7);
        const [x, y] = groups.get(key) ?? [0, 0];
        groups.set(key, [x + inner ** 2, y + (ours[k] ?? NaN) ** 2]);
      });
      for (const [x, y] of groups.values()) expect(y).toBeCloseTo(x, 9);
    });
  });
});

test('any small matrix is decomposed', () => {
  const value = fc.oneof(fc.constant(0), fc.integer({ min: -3, max: 3 }), fc.float({ min: -9, max: 9, noNaN: true }));
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 6 }),
      fc.infiniteStream(value),
      (m, n, all) => {
        const w = matrix(m, n, [...all.take(m * n)]);
        const { values, u, v } = decompose(w);
        const scaled = columnsOf(u.map((vector, k) => vector.map((one) => one * (values[k] ?? NaN))));
        expect(apart(multiply(scaled, transposed(columnsOf(v))), w)).toBeLessThan(1e-12);
        expect(unlikeUnit(u)).toBeLessThan(1e-12);
      },
    ),
    { numRuns: 2000, seed: 1 },
  );
});

describe('cut to a lower rank', () => {
  test.each([
    [12, 9, 5, 3],
    [9, 12, 5, 5],
    [4, 6, 10, 3],
    [6, 4, 10, 8],
  ])('%i x %i from %i directions to %i: what the full decomposition leaves', (outputs, inputs, q, rank) => {
    const factors = { b: random(outputs, q, 21), a: random(q, inputs, 22) };
    const whole = multiply(factors.b, factors.a);
    const { values, u, v } = decompose(whole);
    const cut = truncate(factors, rank);
    expect([cut.b.columns, cut.a.rows]).toEqual([rank, rank]);
    const best = new Float64Array(outputs * inputs);
    for (let k = 0; k < Math.min(rank, values.length); k++)
      for (let o = 0; o < outputs; o++)
        for (let i = 0; i < inputs; i++)
          best[o * inputs + i] =
            (best[o * inputs + i] ?? NaN) + (values[k] ?? NaN) * (u[k]?.[o] ?? NaN) * (v[k]?.[i] ?? NaN);
    expect(apart(multiply(cut.b, cut.a), matrix(outputs, inputs, best))).toBeLessThan(1e-12);
  });

  test('directions that repeat each other', () => {
    const b = random(8, 2, 31);
    const twice = matrix(
      8,
      4,
      Array.from({ length: 32 }, (_, at) => b.data[Math.floor(at / 4) * 2 + (at % 2)] ?? NaN),
    );
    const factors = { b: twice, a: random(4, 7, 32) };
    const cut = truncate(factors, 2);
    expect(apart(multiply(cut.b, cut.a), multiply(factors.b, factors.a))).toBeLessThan(1e-12);
  });
});
