import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readScanKernel } from '../../src/cli/scanKernel';
import { seededRandom } from '../../src/random';
import type { OpenScanKernel } from '../../src/retrieval/kernels/scan';
import { RowSet } from '../../src/retrieval/rowSet';
import type { Found, VectorIndex } from '../../src/retrieval/vectorIndex';
import { FlatIndex } from '../../src/retrieval/vectorIndex/flat';
import { QuantisedIndex } from '../../src/retrieval/vectorIndex/quantised';
import { clustered } from '../fixtures/vectors';

const kernel = await readScanKernel();

function setOf(bits: Iterable<boolean>): RowSet {
  return new RowSet([...bits].flatMap((bit, row) => (bit ? [row] : [])));
}

function equal(found: Found, expected: Found): void {
  expect(found.rows).toEqual(expected.rows);
  expect(found.scores).toEqual(expected.scores);
  expect(found.scored).toBeLessThanOrEqual(expected.scored);
}

function both(dimensions: number): { flat: FlatIndex; quantised: QuantisedIndex; each: VectorIndex[] } {
  const flat = new FlatIndex(dimensions);
  const quantised = new QuantisedIndex(dimensions, kernel);
  return { flat, quantised, each: [flat, quantised] };
}

const makers: [string, (dimensions: number) => VectorIndex][] = [
  ['flat', (dimensions) => new FlatIndex(dimensions)],
  ['quantised', (dimensions) => new QuantisedIndex(dimensions, kernel)],
];

describe.each(makers)('the %s index', (_name, make) => {
  const dimensions = 5;
  const vector = fc.float32Array({ minLength: dimensions, maxLength: dimensions, min: -1, max: 1, noNaN: true });

  test('equals sorting all dot products, ties by row', () => {
    fc.assert(
      fc.property(fc.array(vector, { maxLength: 150 }), vector, fc.nat(12), fc.nat(3), (rows, query, limit, skip) => {
        const index = make(dimensions);
        for (const row of rows) index.add(row);
        expect(index.size).toBe(rows.length);
        const allowed = setOf(rows.map((_, row) => row % 4 !== skip));
        const dot = ([a = 0, b = 0, c = 0, d = 0, e = 0]: Float32Array) => {
          const [v = 0, w = 0, x = 0, y = 0, z = 0] = query;
          return a * v + e * z + b * w + (c * x + d * y);
        };
        const expected = rows
          .map((row, i) => ({ i, score: dot(row) }))
          .filter(({ i }) => allowed.has(i))
          .sort((a, b) => b.score - a.score || a.i - b.i)
          .slice(0, limit);
        const found = index.search(query, limit, allowed);
        expect([...found.rows]).toEqual(expected.map(({ i }) => i));
        expect([...found.scores]).toEqual(expected.map(({ score }) => Math.fround(score)));
      }),
    );
  });

  test('several rows at once; vectors of another length are refused', () => {
    const index = make(2);
    index.add(Float32Array.of(1, 0, 0, 1, 0.6, 0.8));
    expect([...index.search(Float32Array.of(0, 1), 2).rows]).toEqual([1, 2]);
    expect(() => index.add(Float32Array.of(1, 0, 0))).toThrow(RangeError);
    expect(() => index.search(Float32Array.of(1), 1)).toThrow(RangeError);
  });

  test('rows that go leave no trace: the others close up in their order', () => {
    const rows = Array.from({ length: 2500 }, (_, i) => Float32Array.of(Math.cos(i), Math.sin(i)));
    const stay = rows.map((_, i) => i > 700 && i % 3 !== 0);
    const index = make(2);
    for (const row of rows) index.add(row);
    index.retain(setOf(stay));
    const fresh = make(2);
    for (const [i, row] of rows.entries()) if (stay[i]) fresh.add(row);
    expect(index.size).toBe(fresh.size);
    for (const query of rows.slice(0, 5)) equal(index.search(query, 30), fresh.search(query, 30));
    for (const one of [index, fresh]) one.add(Float32Array.of(2, 0));
    expect([...index.search(Float32Array.of(1, 0), 1).rows]).toEqual([fresh.size - 1]);
    index.retain(new RowSet());
    expect(index.size).toBe(0);
    expect(index.search(Float32Array.of(1, 0), 3).rows).toHaveLength(0);
  });
});

describe('the quantised index equals the flat one to the last bit', () => {
  /** Numbers that quantise badly: nothing, underflow, one giant among small ones, the same again and again. */
  const hard = fc.oneof(
    fc.constant(0),
    fc.constant(0.5),
    fc.float({ min: -1, max: 1, noNaN: true }),
    fc.constantFrom(1e-45, -1e-40, 3e-38, 1e-20, -1e-12),
    fc.constantFrom(127, -126.5, 1000, -65_504),
  );
  const wild = fc.oneof(hard, fc.constantFrom(1e19, -3e38, Infinity, -Infinity, NaN));
  const cases = (number: fc.Arbitrary<number>) =>
    fc.nat(39).chain((less) => {
      const vector = fc.array(number, { minLength: less + 1, maxLength: less + 1 });
      return fc.record({
        rows: fc.array(
          fc.oneof(
            { weight: 4, arbitrary: vector },
            vector.map((x) => x.map(() => x[0] ?? 0)),
          ),
          {
            minLength: 1,
            maxLength: 60,
          },
        ),
        repeats: fc.constantFrom(1, 1, 3),
        query: vector,
        bits: fc.array(fc.boolean(), { minLength: 180, maxLength: 180 }),
        filtered: fc.boolean(),
      });
    });

  test.each([
    ['hard', hard],
    ['wild', wild],
  ])('%s numbers, every limit, every filter', (_name, number) => {
    fc.assert(
      fc.property(cases(number), ({ rows, repeats, query, bits, filtered }) => {
        const { flat, quantised, each } = both(query.length);
        for (let i = 0; i < repeats; i++)
          for (const row of rows) for (const index of each) index.add(Float32Array.from(row));
        const allowed = filtered ? setOf(bits) : undefined;
        for (const limit of [0, 1, 2, 5, flat.size, flat.size + 1])
          equal(
            quantised.search(Float32Array.from(query), limit, allowed),
            flat.search(Float32Array.from(query), limit, allowed),
          );
        expect(quantised.quantised).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  test.each([256, 384, 100, 17])(
    'clusters of %i dimensions over several blocks, each filter and limit',
    (dimensions) => {
      const { vectors, queries } = clustered(3000, dimensions, { queries: 3 });
      const { flat, quantised, each } = both(dimensions);
      // Twice, so that every score is there twice; in uneven parts, so that blocks fill up in the middle of one.
      for (const index of each) for (const part of [vectors.subarray(0, 777 * dimensions), vectors]) index.add(part);
      const filters = [
        undefined,
        new RowSet(),
        setOf(Array.from({ length: flat.size }, (_, row) => row % 7 === 3)),
        setOf(Array.from({ length: flat.size }, (_, row) => row >= 1000 && row < 2100)),
      ];
      for (const query of queries)
        for (const allowed of filters)
          for (const limit of [1, 10, 50, 1024, 1025, 5000])
            equal(quantised.search(query, limit, allowed), flat.search(query, limit, allowed));
    },
  );

  test('scores nearer to each other than f32 can tell, of vectors that the codes hold exactly', () => {
    const random = seededRandom(3);
    const exact = (scale: number) =>
      Float32Array.from({ length: 16 }, (_, i) => scale * (i === 0 ? 127 : Math.floor(random() * 255) - 127));
    const query = exact(91_813 * 2 ** -23);
    const { flat, quantised, each } = both(16);
    for (let i = 0; i < 4000; i++) {
      const row = exact(1);
      const product = row.reduce((sum, x, d) => sum + x * (query[d] ?? 0), 0);
      // Scaled so that all scores are about one, by 17 bits: times a code of 7 they are still an f32.
      const scale = Math.round(2 ** 24 / product) * 2 ** -24;
      const vector = row.map((x) => x * scale);
      if (product > 128) for (const index of each) index.add(vector);
    }
    expect(flat.size).toBeGreaterThan(1000);
    for (let limit = 1; limit <= 200; limit++) equal(quantised.search(query, limit), flat.search(query, limit));
  });

  test('rows in the worst order, each better than all before it', () => {
    const { flat, quantised, each } = both(16);
    for (let i = 0; i < 5000; i++) {
      const row = new Float32Array(16).fill(0.01);
      row[3] = i / 5000;
      for (const index of each) index.add(row);
    }
    const query = new Float32Array(16).fill(0.1);
    for (const limit of [1, 64, 1000]) equal(quantised.search(query, limit), flat.search(query, limit));
  });
});

test('of ten thousand rows in clusters it scores one in a hundred', () => {
  const { vectors, queries } = clustered(10_000, 384);
  const index = new QuantisedIndex(384, kernel);
  index.add(vectors);
  for (const query of queries) {
    expect(index.search(query, 10).scored).toBeLessThan(100);
    expect(index.search(query, 50).scored).toBeLessThan(200);
  }
});

test('rows that are switched off are never scored', () => {
  const { vectors, queries } = clustered(2000, 64);
  const index = new QuantisedIndex(64, kernel);
  index.add(vectors);
  const [query = new Float32Array(64)] = queries;
  const best = index.search(query, 10).rows;
  const allowed = new RowSet([...best.subarray(5), 1999]);
  const found = index.search(query, 10, allowed);
  expect(found.scored).toBe(allowed.size);
  expect([...found.rows].slice(0, 5)).toEqual([...best.subarray(5)]);
});

describe('where memory ends', () => {
  /** A kernel whose memory may have so many pages. */
  function upTo(pages: number): OpenScanKernel {
    return () => {
      const opened = kernel();
      const memory = {
        get buffer() {
          return opened.memory.buffer;
        },
        grow(more: number) {
          if (opened.memory.buffer.byteLength / 65_536 + more > pages)
            throw new RangeError('Maximum memory size exceeded');
          return opened.memory.grow(more);
        },
      };
      return { memory, __heap_base: opened.__heap_base, scan: opened.scan.bind(opened) };
    };
  }
  const { vectors, queries } = clustered(6000, 64, { queries: 2 });
  const flat = new FlatIndex(64);
  flat.add(vectors);

  test.each([
    ['before the first row', upTo(1)],
    ['among the rows', upTo(5)],
    ['when taking more than needed', upTo(10)],
  ])('%s, it finds the same', (_name, open) => {
    const index = new QuantisedIndex(64, open);
    index.add(vectors);
    expect(index.size).toBe(6000);
    for (const query of queries) equal(index.search(query, 10), flat.search(query, 10));
  });

  test('it quantises as long as there is room, and says when it no longer does', () => {
    const index = new QuantisedIndex(64, upTo(5));
    index.add(vectors.subarray(0, 2000 * 64));
    expect(index.quantised).toBe(true);
    index.add(vectors.subarray(2000 * 64));
    expect(index.quantised).toBe(false);
    expect(
      new QuantisedIndex(64, () => {
        throw new RangeError('Out of memory');
      }).quantised,
    ).toBe(false);
  });

  test.each(makers)('the %s index refuses vectors that there is no room for, and takes none', (_name, make) => {
    // A block of 1,024 rows would be 64 GiB.
    const index = make(2 ** 24);
    expect(() => index.add(new Float32Array(2 ** 24))).toThrow(expect.objectContaining({ code: 'out-of-memory' }));
    expect(index.size).toBe(0);
  });
});
