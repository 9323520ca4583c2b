/** Runs in a page: IndexedDB is the browser's own. */
import { seededRandom } from '../../../src/random';
import type { OpenScanKernel, ScanKernel } from '../../../src/retrieval/kernels/scan';
import scan from '../../../src/retrieval/kernels/scan.wasm?url';
import { TopK } from '../../../src/retrieval/topK';
import { QuantisedIndex } from '../../../src/retrieval/vectorIndex/quantised';
import { StoredIndex } from '../../../src/retrieval/vectorIndex/stored';
import { openDatabase } from '../../../src/storage/database';
import { connect } from '../../../src/storage/database/connection';
import { openStoredVectors } from '../../../src/storage/database/vectorRows';
import { clusteredRows, near } from '../../fixtures/vectors';
import { median } from '../rows';

const LIMIT = 10;
const QUERIES = 16;
const TURNS = 5;
/** Rows stored in one transaction. */
const BATCH = 8192;

export interface Loaded {
  readonly rawMs: number;
  /** As the page does: vectors by the keys of its chunks, added one by one. */
  readonly pageMs: number;
  /** Codes and rows in memory. */
  readonly indexMs: number;
  readonly codesMs: number;
}

export interface Million {
  readonly indexBytes: number;
  readonly rowsBytes: number;
  readonly recall: number;
  /** Medians of one search. */
  readonly searchMs: number;
  readonly readMs: number;
  readonly read: number;
}

async function openKernel(): Promise<OpenScanKernel> {
  const module = await WebAssembly.compile(await (await fetch(scan)).arrayBuffer());
  return () => new WebAssembly.Instance(module).exports as unknown as ScanKernel;
}

/** As long as a real one. */
function keyOf(row: number): string {
  return String(row).padStart(64, '0');
}

/**
 * Stores the vectors and returns queries with the keys of the rows that brute force finds; never more than one batch in
 * memory. Rows near each other lie anywhere, as the passages of a library do.
 */
async function fill(
  name: string,
  count: number,
  dimensions: number,
  queries: number,
): Promise<{ query: Float32Array; best: readonly string[] }[]> {
  const store = await openDatabase(name);
  await store.deleteEverything();
  const random = seededRandom(1);
  const rowsOf = clusteredRows(dimensions, Math.round(Math.sqrt(count)), random);
  let asked: { query: Float32Array; best: TopK }[] = [];
  for (let from = 0; from < count; from += BATCH) {
    const rows = Math.min(BATCH, count - from);
    const vectors = rowsOf(rows);
    const rowAt = (row: number) => vectors.subarray(row * dimensions, (row + 1) * dimensions);
    if (from === 0)
      asked = Array.from({ length: queries }, (_, row) => ({
        query: near(rowAt(row), random),
        best: new TopK(LIMIT),
      }));
    await store.addVectors(
      Array.from({ length: rows }, (_, i) => keyOf(from + i)),
      dimensions,
      vectors,
    );
    for (const { query, best } of asked)
      for (let row = 0; row < rows; row++) {
        let sum = 0;
        for (let i = 0; i < dimensions; i++) sum += (query[i] ?? 0) * (vectors[row * dimensions + i] ?? 0);
        best.offer(from + row, sum);
      }
  }
  store.close();
  return asked.map(({ query, best }) => ({ query, best: best.sorted().map(({ row }) => keyOf(row)) }));
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

export async function measureLoading(count: number, dimensions: number): Promise<Loaded> {
  const name = 'bench-loading';
  await fill(name, count, dimensions, 0);
  const kernel = await openKernel();
  const contenders = {
    rawMs: async () => {
      const database = await connect(name);
      let sum = 0;
      for (const id of await database.getAllKeys('vectorRows')) sum += (await database.get('vectorRows', id))?.[0] ?? 0;
      database.close();
      return sum;
    },
    pageMs: async () => {
      const library = await openDatabase(name);
      const vectors = await library.vectors(Array.from({ length: count }, (_, row) => keyOf(row)));
      library.close();
      const index = new QuantisedIndex(dimensions, kernel);
      for (const vector of vectors.values()) index.add(vector);
      if (index.size !== count || !index.quantised) throw new Error('The index was not loaded.');
    },
    indexMs: async () => {
      const stored = await openStoredVectors(dimensions, name);
      const index = new QuantisedIndex(dimensions, kernel);
      for await (const { rows } of stored.blocks()) index.add(rows);
      stored.close();
      if (index.size !== count || !index.quantised) throw new Error('The index was not loaded.');
    },
    codesMs: async () => {
      const stored = await openStoredVectors(dimensions, name);
      const index = new StoredIndex(dimensions, stored, kernel);
      for await (const { rows } of stored.blocks()) index.add(rows);
      stored.close();
      if (index.size !== count) throw new Error('The index was not loaded.');
    },
  };
  const times = {
    rawMs: [] as number[],
    pageMs: [] as number[],
    indexMs: [] as number[],
    codesMs: [] as number[],
  };
  for (let turn = -1; turn < TURNS; turn++)
    for (const contender of ['rawMs', 'pageMs', 'indexMs', 'codesMs'] as const) {
      const ms = await timed(contenders[contender]);
      if (turn >= 0) times[contender].push(ms);
    }
  await empty(name);
  return {
    rawMs: median(times.rawMs),
    pageMs: median(times.pageMs),
    indexMs: median(times.indexMs),
    codesMs: median(times.codesMs),
  };
}

export async function measureMillion(count: number, dimensions: number): Promise<Million> {
  const name = 'bench-million';
  const asked = await fill(name, count, dimensions, QUERIES);
  const stored = await openStoredVectors(dimensions, name);
  let [readMs, read] = [0, 0];
  const rows = {
    async read(wanted: readonly number[]) {
      const from = performance.now();
      const found = await stored.read(wanted);
      readMs += performance.now() - from;
      read += wanted.length;
      return found;
    },
  };
  const index = new StoredIndex(dimensions, rows, await openKernel());
  index.makeRoom(count);
  const keys: string[] = [];
  for await (const block of stored.blocks()) {
    index.add(block.rows);
    keys.push(...block.keys);
  }
  const times = { search: [] as number[], readMs: [] as number[], read: [] as number[] };
  let hits = 0;
  for (const { query, best } of asked) {
    [readMs, read] = [0, 0];
    let found = new Set<string | undefined>();
    times.search.push(
      await timed(async () => {
        found = new Set(Array.from((await index.search(query, LIMIT)).rows, (row) => keys[row]));
      }),
    );
    times.readMs.push(readMs);
    times.read.push(read);
    hits += best.filter((key) => found.has(key)).length;
  }
  const result = {
    indexBytes: index.bytes,
    rowsBytes: stored.bytes,
    recall: hits / (LIMIT * asked.length),
    searchMs: median(times.search),
    readMs: median(times.readMs),
    read: median(times.read),
  };
  stored.close();
  await empty(name);
  return result;
}

async function empty(name: string): Promise<void> {
  const store = await openDatabase(name);
  await store.deleteEverything();
  store.close();
}
