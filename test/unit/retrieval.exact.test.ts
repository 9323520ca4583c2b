import { expect, test } from 'vitest';
import { readScanKernel } from '../../src/cli/scanKernel';
import type { Chunk } from '../../src/documents/document';
import { words } from '../../src/retrieval/bm25';
import { HybridRetriever } from '../../src/retrieval/hybrid';
import { QuantisedIndex } from '../../src/retrieval/vectorIndex/quantised';
import { bruteForce, hybridLibrary } from '../fixtures/hybridLibrary';

const { signal } = new AbortController();

// `npm run bench -- hybrid` does the same with 100,000 chunks of 384 dimensions.
test('a hybrid search finds the ten that brute force in doubles does, filtered too', async () => {
  const library = hybridLibrary(6000, 96, { queries: 12 });
  const { chunks, labels, vectors, dimensions, embedder, questions } = library;
  const kernel = await readScanKernel();
  const retriever = new HybridRetriever((width) => new QuantisedIndex(width, kernel));
  retriever.setChunks({ current: chunks, stale: [] }, { current: labels, stale: new Map() });
  retriever.setEmbedder(embedder);
  const rowOf = (i: number) => vectors.subarray(i * dimensions, (i + 1) * dimensions);
  retriever.addVectors(new Map(chunks.map(({ id }, i) => [id, rowOf(i)])));
  const said = chunks.map(({ text }) => words(text));
  const collections = ['c3', 'c7', 'c50'];
  for (const question of questions)
    for (const [weights, filter, may] of [
      [{ words: 1, dense: 0.25 }, null, () => true],
      [
        { words: 1, dense: 1 },
        { collections },
        ({ documentId }: Chunk) => [3, 7, 50].includes(Number(documentId.slice(1)) % 100),
      ],
      [{ words: 0, dense: 1 }, null, () => true],
    ] as const) {
      const expected = bruteForce(library, said, question, { limit: 10, depth: 50, weights, may });
      const hits = await retriever.search(question, 10, 'current', signal, { weights, filter });
      expect(hits.map(({ chunk }) => chunk.id)).toEqual(expected.map(({ id }) => id));
      // Cosines of the index are floats.
      for (const [i, { score }] of hits.entries()) expect(score).toBeCloseTo(expected[i]?.score ?? NaN, 6);
      expect(hits).toHaveLength(10);
      // Who asks for more gets the same ones first.
      const more = await retriever.search(question, 80, 'current', signal, { weights, filter });
      expect(more.slice(0, 10).map(({ chunk }) => chunk.id)).toEqual(hits.map(({ chunk }) => chunk.id));
    }
});
