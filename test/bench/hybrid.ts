/** Hybrid search of 100,000 chunks of 384 numbers: whether it finds what brute force in doubles does, and what a filter saves. */
import { readScanKernel } from '../../src/cli/scanKernel';
import { words } from '../../src/retrieval/bm25';
import { HybridRetriever } from '../../src/retrieval/hybrid';
import type { SearchSettings } from '../../src/retrieval/settings';
import { QuantisedIndex } from '../../src/retrieval/vectorIndex/quantised';
import { bruteForce, hybridLibrary } from '../fixtures/hybridLibrary';
import { type BenchRow, median, ratio } from './rows';

const CHUNKS = 100_000;
const DIMENSIONS = 384;
const LIMIT = 10;
const TURNS = 12;
const { signal } = new AbortController();

export async function benchHybrid(): Promise<BenchRow[]> {
  const library = hybridLibrary(CHUNKS, DIMENSIONS, { queries: 16 });
  const { chunks, labels, vectors, embedder, questions } = library;
  const kernel = await readScanKernel();
  const retriever = new HybridRetriever((width) => new QuantisedIndex(width, kernel));
  retriever.setChunks({ current: chunks, stale: [] }, { current: labels, stale: new Map() });
  retriever.setEmbedder(embedder);
  const rowOf = (i: number) => vectors.subarray(i * DIMENSIONS, (i + 1) * DIMENSIONS);
  retriever.addVectors(new Map(chunks.map(({ id }, i) => [id, rowOf(i)])));
  const search = (question: string, settings: Partial<SearchSettings>) =>
    retriever.search(question, LIMIT, 'current', signal, settings);

  const said = chunks.map(({ text }) => words(text));
  const weights = { words: 1, dense: 0.25 };
  let found = 0;
  for (const question of questions) {
    const expected = bruteForce(library, said, question, { limit: LIMIT, depth: 50, weights });
    const ids = new Set((await search(question, { weights })).map(({ chunk }) => chunk.id));
    found += expected.filter(({ id }) => ids.has(id)).length;
  }
  const size = `${CHUNKS.toLocaleString('en')} x ${String(DIMENSIONS)}`;
  const rows = [
    ratio(
      `hybrid search of ${size} / recall@10 of brute force in f64`,
      found / (LIMIT * questions.length),
      { atLeast: 1 },
      `${String(questions.length)} questions`,
    ),
  ];

  // Contenders take turns, so that a busy moment strikes them all.
  const kept = [50, 10, 1];
  const filterOf = (share: number) => ({ collections: Array.from({ length: share }, (_, i) => `c${String(i)}`) });
  const times = new Map<string, number[]>();
  const time = async (name: string, question: string, settings: Partial<SearchSettings>) => {
    const from = performance.now();
    await search(question, settings);
    times.set(name, [...(times.get(name) ?? []), performance.now() - from]);
  };
  for (let turn = -2; turn < TURNS; turn++) {
    if (turn === 0) times.clear();
    for (const question of questions) {
      await time('all', question, { weights });
      for (const share of kept) {
        const filter = filterOf(share);
        // The first question of a filter pays for it; those that follow do not.
        await time(`${String(share)} new`, question, { weights, filter });
        await time(String(share), question, { weights, filter });
      }
    }
  }
  const of = (name: string) => median(times.get(name) ?? []);
  for (const share of kept)
    for (const [name, said] of [
      [`${String(share)} new`, 'its first question'],
      [String(share), 'those after it'],
    ] as const)
      rows.push(
        ratio(
          `hybrid search of ${size}, a filter that leaves ${String(share)} of 100 documents, ${said} / no filter`,
          of(name) / of('all'),
          { atMost: 1 },
          `${of(name).toFixed(2)} ms against ${of('all').toFixed(2)} ms`,
        ),
      );
  return rows;
}
