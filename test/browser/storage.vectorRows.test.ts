import { expect, test } from 'vitest';
import type { OpenScanKernel, ScanKernel } from '../../src/retrieval/kernels/scan';
import scan from '../../src/retrieval/kernels/scan.wasm?url';
import { FlatIndex } from '../../src/retrieval/vectorIndex/flat';
import { StoredIndex } from '../../src/retrieval/vectorIndex/stored';
import { openDatabase } from '../../src/storage/database';
import { openStoredVectors } from '../../src/storage/database/vectorRows';
import { clustered } from '../fixtures/vectors';

const WIDTH = 32;
const COUNT = 5000;

async function openKernel(): Promise<OpenScanKernel> {
  const module = await WebAssembly.compile(await (await fetch(scan)).arrayBuffer());
  return () => new WebAssembly.Instance(module).exports as unknown as ScanKernel;
}

test('an index of what is stored finds what one in memory does, and tells when storage has moved on', async () => {
  const { vectors, queries } = clustered(COUNT, WIDTH);
  const name = 'vector-rows';
  const library = await openDatabase(name);
  await library.deleteEverything();
  // Among others of another width, and in batches that leave blocks half full.
  await library.addVectors(['other'], 2, Float32Array.of(1, 0));
  for (let from = 0; from < COUNT; from += 900) {
    const to = Math.min(from + 900, COUNT);
    const keys = Array.from({ length: to - from }, (_, i) => String(from + i));
    await library.addVectors(keys, WIDTH, vectors.subarray(from * WIDTH, to * WIDTH));
  }
  const stored = await openStoredVectors(WIDTH, name);
  const index = new StoredIndex(WIDTH, stored, await openKernel());
  const flat = new FlatIndex(WIDTH);
  const keys: string[] = [];
  for await (const block of stored.blocks()) {
    keys.push(...block.keys);
    index.add(block.rows);
    flat.add(block.rows);
  }
  expect(keys.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: COUNT }, (_, i) => i));
  for (const query of queries) {
    const found = await index.search(query, 10);
    const expected = flat.search(query, 10);
    expect([found.rows, found.scores]).toEqual([expected.rows, expected.scores]);
    for (const row of found.rows) {
      const at = Number(keys[row]) * WIDTH;
      expect(await stored.read([row])).toEqual(vectors.slice(at, at + WIDTH));
    }
  }
  expect(await stored.read([])).toHaveLength(0);
  await expect(stored.read([COUNT])).rejects.toThrow(RangeError);
  // Swept: all but a few rows are gone from every block.
  await library.sweep(new Set(keys.filter((_, row) => row % 100 === 0)));
  const fresh = await openStoredVectors(WIDTH, name);
  const left: string[] = [];
  for await (const block of fresh.blocks()) left.push(...block.keys);
  expect(left).toEqual(keys.filter((_, row) => row % 100 === 0));
  const anew = await openStoredVectors(WIDTH, name);
  for await (const block of anew.blocks()) expect(block.keys.length).toBeGreaterThan(0);
  await library.sweep(new Set());
  await expect(anew.read([0])).rejects.toMatchObject({ code: 'unexpected' });
  for (const open of [stored, fresh, anew, library]) open.close();
});
