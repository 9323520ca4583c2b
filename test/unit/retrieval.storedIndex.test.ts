import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readScanKernel } from '../../src/cli/scanKernel';
import { LabError } from '../../src/errors';
import { RowSet } from '../../src/retrieval/rowSet';
import { FlatIndex } from '../../src/retrieval/vectorIndex/flat';
import { StoredIndex } from '../../src/retrieval/vectorIndex/stored';
import type { VectorRows } from '../../src/retrieval/vectorRows';
import { clustered } from '../fixtures/vectors';

const kernel = await readScanKernel();

/** Rows that are nowhere but here; counts what is read. */
class KeptRows implements VectorRows {
  vectors: Float32Array = new Float32Array();
  readonly reads: number[] = [];

  constructor(private readonly dimensions: number) {}

  async read(rows: readonly number[]): Promise<Float32Array> {
    await Promise.resolve();
    this.reads.push(rows.length);
    const parts = rows.map((row) => [...this.vectors.subarray(row * this.dimensions, (row + 1) * this.dimensions)]);
    return Float32Array.from(parts.flat());
  }
}

function both(dimensions: number, vectors: Float32Array) {
  const rows = new KeptRows(dimensions);
  rows.vectors = vectors;
  const stored = new StoredIndex(dimensions, rows, kernel);
  const flat = new FlatIndex(dimensions);
  stored.add(vectors);
  flat.add(vectors);
  return { rows, stored, flat };
}

describe('the stored index', () => {
  test('equals the flat one to the last bit', async () => {
    const number = fc.oneof(
      fc.constantFrom(0, 0.5, 1e-45, -1e-40, 1000, -65_504),
      fc.float({ min: -1, max: 1, noNaN: true }),
    );
    const vector = fc.array(number, { minLength: 7, maxLength: 7 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(vector, { minLength: 1, maxLength: 150 }),
        vector,
        fc.nat(60),
        fc.option(fc.array(fc.boolean(), { minLength: 150, maxLength: 150 })),
        async (vectors, query, limit, bits) => {
          const { stored, flat } = both(7, Float32Array.from(vectors.flat()));
          const allowed = bits ? new RowSet(bits.flatMap((bit, row) => (bit ? [row] : []))) : undefined;
          const found = await stored.search(Float32Array.from(query), limit, allowed);
          const expected = flat.search(Float32Array.from(query), limit, allowed);
          expect([found.rows, found.scores]).toEqual([expected.rows, expected.scores]);
        },
      ),
    );
  });

  test('reads few of many rows, and in few reads', async () => {
    const { vectors, queries } = clustered(10_000, 384);
    const { rows, stored, flat } = both(384, vectors);
    for (const query of queries) {
      rows.reads.length = 0;
      const found = await stored.search(query, 10);
      expect(found.rows).toEqual(flat.search(query, 10).rows);
      expect(found.scored).toBe(rows.reads.reduce((sum, count) => sum + count, 0));
      expect(found.scored).toBeLessThan(100);
      expect(rows.reads.length).toBeLessThan(4);
    }
  });

  test('holds the codes alone, and no more room than was asked for', () => {
    const { vectors } = clustered(20_000, 384);
    const stored = new StoredIndex(384, new KeptRows(384), kernel);
    stored.makeRoom(20_000);
    const before = stored.bytes;
    for (let from = 0; from < 20_000; from += 1000) stored.add(vectors.subarray(from * 384, (from + 1000) * 384));
    expect(stored.bytes).toBe(before);
    expect(stored.size).toBe(20_000);
    // Codes and five numbers for each of 20 whole blocks; the rest is a page or two.
    expect(before - 20 * 1024 * (384 + 20)).toBeLessThan(2 ** 18);
  });

  test('nothing to find, and what cannot be asked', async () => {
    const { stored } = both(2, Float32Array.of(1, 0, 0, 1));
    expect((await stored.search(Float32Array.of(1, 0), 0)).rows).toHaveLength(0);
    expect((await stored.search(Float32Array.of(NaN, 0), 2)).rows).toHaveLength(0);
    expect((await stored.search(Float32Array.of(1, 0), 2, new RowSet())).rows).toHaveLength(0);
    await expect(stored.search(Float32Array.of(1), 2)).rejects.toThrow(RangeError);
    expect(() => {
      stored.add(Float32Array.of(1, 2, 3));
    }).toThrow(RangeError);
    const many = both(2, new Float32Array(4000)).stored;
    await expect(many.search(Float32Array.of(1, 0), 1025)).rejects.toThrow(RangeError);
  });

  test('rows that there is no memory for are refused whole, and the others stay', async () => {
    const tight = () => {
      const opened = kernel();
      const memory = {
        get buffer() {
          return opened.memory.buffer;
        },
        grow(more: number) {
          if (opened.memory.buffer.byteLength / 65_536 + more > 6) throw new RangeError('Maximum memory size exceeded');
          return opened.memory.grow(more);
        },
      };
      return { memory, __heap_base: opened.__heap_base, scan: opened.scan.bind(opened) };
    };
    const { vectors, queries } = clustered(6000, 64, { queries: 1 });
    const rows = new KeptRows(64);
    rows.vectors = vectors;
    const stored = new StoredIndex(64, rows, tight);
    const few = vectors.subarray(0, 2000 * 64);
    stored.add(few);
    expect(() => {
      stored.add(vectors.subarray(2000 * 64));
    }).toThrow(expect.objectContaining({ code: 'out-of-memory' }));
    expect(stored.size).toBe(2000);
    const flat = new FlatIndex(64);
    flat.add(few);
    const [query = new Float32Array(64)] = queries;
    expect((await stored.search(query, 10)).rows).toEqual(flat.search(query, 10).rows);
    expect(() => {
      stored.makeRoom(10 ** 6);
    }).toThrow(LabError);
  });
});
