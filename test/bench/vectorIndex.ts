/**
 * Exact search at 10,000 and 100,000 rows of 384 numbers, ten hits each, as ratios to what the same machine does in the
 * same run. Contenders take turns, so that a busy moment strikes them all, and run
 * several times in each, so that each finds its own rows in the caches that hold them; times are medians.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readScanKernel } from '../../src/cli/scanKernel';
import { FlatIndex } from '../../src/retrieval/vectorIndex/flat';
import { QuantisedIndex } from '../../src/retrieval/vectorIndex/quantised';
import { clustered } from '../fixtures/vectors';
import { type BenchRow, median, ratio } from './rows';

interface Baselines {
  readonly memory: WebAssembly.Memory;
  readonly __heap_base: WebAssembly.Global<'i32'>;
  scanFloats(
    vectors: number,
    rows: number,
    width: number,
    query: number,
    limit: number,
    scores: number,
    places: number,
  ): void;
  readBytes(bytes: number, size: number): number;
}

const DIMENSIONS = 384;
const LIMIT = 10;
/** Turns before the clock counts, until the compilers are done with every contender. */
const WARM = 10;
/** Runs of one contender in one turn. */
const BURST = 16;

async function openBaselines(vectors: Float32Array) {
  const bytes = Uint8Array.from(await readFile(join(import.meta.dirname, 'baselines.wasm')));
  const { instance } = await WebAssembly.instantiate(bytes);
  const wasm = instance.exports as unknown as Baselines;
  const query = Math.ceil(wasm.__heap_base.value / 64) * 64;
  const scores = query + 4 * DIMENSIONS;
  const places = scores + 4 * 64;
  const rows = places + 4 * 64;
  wasm.memory.grow(Math.ceil((rows + vectors.byteLength - wasm.memory.buffer.byteLength) / 65_536));
  new Float32Array(wasm.memory.buffer, rows).set(vectors);
  const count = vectors.length / DIMENSIONS;
  return {
    floats(asked: Float32Array): Uint32Array {
      new Float32Array(wasm.memory.buffer, query).set(asked);
      wasm.scanFloats(rows, count, DIMENSIONS, query, LIMIT, scores, places);
      return new Uint32Array(wasm.memory.buffer, places, LIMIT);
    },
    /** As many bytes as there are codes. */
    read: () => wasm.readBytes(rows, count * DIMENSIONS),
  };
}

async function measure(rows: number, turns: number): Promise<BenchRow[]> {
  const { vectors, queries } = clustered(rows, DIMENSIONS);
  const baselines = await openBaselines(vectors);
  const flat = new FlatIndex(DIMENSIONS);
  const quantised = new QuantisedIndex(DIMENSIONS, await readScanKernel());
  flat.add(vectors);
  quantised.add(vectors);
  if (!quantised.quantised) throw new Error(`The kernel had no memory for ${String(rows)} rows.`);
  let scored = 0;
  const contenders = {
    search: (query: Float32Array) => (scored += quantised.search(query, LIMIT).scored),
    floats: (query: Float32Array) => baselines.floats(query),
    plain: (query: Float32Array) => flat.search(query, LIMIT),
    read: () => baselines.read(),
  };
  const names = ['search', 'floats', 'plain', 'read'] as const;
  const times = { search: [] as number[], floats: [] as number[], plain: [] as number[], read: [] as number[] };
  for (let turn = -WARM; turn < turns; turn++) {
    for (const name of names) {
      for (let i = 0; i < BURST; i++) {
        const query = queries[i % queries.length] ?? new Float32Array(DIMENSIONS);
        const from = performance.now();
        contenders[name](query);
        if (turn >= 0) times[name].push(performance.now() - from);
      }
    }
  }
  const time = (name: keyof typeof times) => median(times[name]);
  const search = time('search');
  const note = `${search.toFixed(3)} ms, ${(scored / (BURST * (turns + WARM))).toFixed(0)} rows scored in full`;
  const against = (name: string, other: keyof typeof times, atMost: number): BenchRow =>
    ratio(
      `exact search of ${rows.toLocaleString('en')} x ${String(DIMENSIONS)} / ${name}`,
      search / time(other),
      { atMost },
      `${note}, against ${time(other).toFixed(3)} ms`,
    );
  return [
    against('plain f32 SIMD', 'floats', 0.45),
    against('Float32Array', 'plain', 0.1),
    against('raw wasm read of the codes', 'read', 1.3),
  ];
}

export async function benchVectorIndex(): Promise<BenchRow[]> {
  return [...(await measure(10_000, 20)), ...(await measure(100_000, 5))];
}
