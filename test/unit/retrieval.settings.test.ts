import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Chunk } from '../../src/documents/document';
import { diversify } from '../../src/retrieval/diversity';
import type { Embedder } from '../../src/retrieval/embedder';
import { HybridRetriever } from '../../src/retrieval/hybrid';
import type { Reranker } from '../../src/retrieval/reranker';
import { RowSet } from '../../src/retrieval/rowSet';
import { passing } from '../../src/retrieval/settings';

const { signal } = new AbortController();

function chunk(id: string, text: string, documentId = id): Chunk {
  const place = { ordinal: 0, start: 0, end: text.length, headings: [], page: null };
  return { id, documentId, documentTitle: 'T', text, title: 'T', ...place };
}

/** The share of a, b and c in the text, at unit length. */
function letters(text: string): number[] {
  const counts = ['a', 'b', 'c'].map((letter) => text.split(letter).length - 1);
  const length = Math.hypot(...counts) || 1;
  return counts.map((count) => count / length);
}

const embedder: Embedder & { asked: number } = {
  id: 'letters',
  dimensions: 3,
  fusionWeight: 0.25,
  asked: 0,
  // eslint-disable-next-line require-yield
  async *embed(texts) {
    this.asked++;
    await Promise.resolve();
    return Float32Array.from(texts.flatMap(letters));
  },
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

/** Says how long a passage is, in tenths. */
const longest: Reranker & { read: string[] } = {
  id: 'longest',
  read: [],
  // eslint-disable-next-line require-yield
  async *score(query, passages) {
    await Promise.resolve();
    this.read.push(`${query}: ${String(passages.length)}`);
    return Float32Array.from(passages, (text) => text.length / 100);
  },
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

const CHUNKS = [
  chunk('1', 'aa fee', 'x'),
  chunk('2', 'aa fee fee', 'x'),
  chunk('3', 'ab fee and much more of the same', 'y'),
  chunk('4', 'cc', 'z'),
];
const LABELS = new Map([
  ['x', [{ collection: 'rules', tags: ['hr'] }]],
  [
    'y',
    [
      { collection: 'rules', tags: ['it', 'old'] },
      { collection: 'drafts', tags: ['hr'] },
    ],
  ],
]);

function retriever(): HybridRetriever {
  const made = new HybridRetriever();
  made.setChunks({ current: CHUNKS, stale: [] }, { current: LABELS, stale: new Map() });
  made.setEmbedder(embedder);
  made.addVectors(new Map(CHUNKS.map(({ id, text }) => [id, Float32Array.from(letters(text))])));
  return made;
}

async function ids(query: string, settings: Parameters<HybridRetriever['search']>[4], limit = 5): Promise<string[]> {
  const hits = await retriever().search(query, limit, 'current', signal, settings);
  expect(hits.map(({ rank }) => rank)).toEqual(hits.map((_, i) => i + 1));
  return hits.map(({ chunk: { id } }) => id);
}

describe('weights', () => {
  test('a retriever without weight is not asked', async () => {
    const { asked } = embedder;
    expect(await ids('fee', { weights: { words: 1, dense: 0 } })).toEqual(['2', '1', '3']);
    expect(embedder.asked).toBe(asked);
    expect(await ids('c fee', { weights: { words: 0, dense: 1 } })).toEqual(['4', '3', '1', '2']);
    expect(embedder.asked).toBe(asked + 1);
  });

  test('the vote follows the weight; null is the finder’s own', async () => {
    const score = async (dense: number | null) =>
      (await retriever().search('c', 1, 'current', signal, { weights: { words: 1, dense } }))[0]?.score;
    // No word of it is found, so meaning's vote is all.
    expect(await score(3)).toBeCloseTo(3 / 4, 12);
    expect(await score(null)).toBeCloseTo(0.25 / 1.25, 12);
  });
});

describe('least scores', () => {
  test('below its own least a retriever does not vote', async () => {
    const [best] = await retriever().search('fee', 1, 'current', signal);
    const words = (best?.words?.score ?? 0) - 1e-9;
    expect(await ids('fee', { weights: { words: 1, dense: 0 }, minimum: { words } })).toEqual(['2']);
    expect(await ids('aab', { weights: { words: 0, dense: 1 }, minimum: { dense: 0.93 } })).toEqual(['3']);
  });

  test('of the fused score, a share of the greatest there can be', async () => {
    const first = { weights: { words: 1, dense: 0 } };
    const hits = await retriever().search('fee', 3, 'current', signal, first);
    const [best = 0, second = 0, third = 0] = hits.map(({ words }) => words?.score);
    expect(await ids('fee', { ...first, minimum: { fused: 1 } })).toEqual(['2']);
    expect(await ids('fee', { ...first, minimum: { fused: second / best } })).toEqual(['2', '1']);
    expect(await ids('fee', { ...first, minimum: { fused: third / best } })).toEqual(['2', '1', '3']);
  });
});

test('a range of rows is each of its rows', () => {
  const range = fc.tuple(fc.nat(130), fc.nat(70));
  fc.assert(
    fc.property(fc.array(range, { maxLength: 6 }), (ranges) => {
      const [made, expected] = [new RowSet(), new Set<number>()];
      for (const [from, length] of ranges) {
        made.addRange(from, from + length);
        for (let row = from; row < from + length; row++) expected.add(row);
      }
      expect(made.size).toBe(expected.size);
      for (let row = 0; row < 260; row++) expect(made.has(row)).toBe(expected.has(row));
    }),
  );
});

describe('filters', () => {
  test('by collection and tags; one source has to fit wholly', () => {
    const y = LABELS.get('y') ?? [];
    expect(passing({})([])).toBe(true);
    expect(passing({ collections: ['drafts'], tags: ['hr'] })(y)).toBe(true);
    expect(passing({ collections: ['rules'], tags: ['hr'] })(y)).toBe(false);
    expect(passing({ tags: ['it', 'old'] })(y)).toBe(true);
    expect(passing({ tags: ['it', 'hr'] })(y)).toBe(false);
    expect(passing({ tags: [] })([])).toBe(true);
  });

  test('nothing outside is found by words or by meaning, and scores stay what they were', async () => {
    const search = retriever();
    const free = new Map(
      (await search.search('aa fee', 9, 'current', signal)).map(({ chunk: { id }, words }) => [id, words?.score]),
    );
    for (const [filter, expected] of [
      [{ documents: ['x'] }, ['1', '2']],
      [{ documents: [] }, []],
      [{}, ['1', '2', '3', '4']],
      [{ collections: ['rules'], documents: ['y', 'z'] }, ['3']],
      [{ collections: ['drafts'] }, ['3']],
      [{ tags: ['hr'], documents: ['x', 'z'] }, ['1', '2']],
      [{ collections: ['nowhere'] }, []],
      [null, ['1', '2', '3', '4']],
    ] as const) {
      const hits = await search.search('aa fee', 9, 'current', signal, { filter });
      expect(hits.map(({ chunk: { id } }) => id).sort()).toEqual(expected);
      for (const {
        chunk: { id },
        words,
      } of hits)
        expect(words?.score).toBe(free.get(id));
    }
  });

  test('a filter asked before is asked anew once there are more chunks', async () => {
    const search = retriever();
    const filter = { documents: ['x', 'w'] };
    expect(await search.search('fee', 9, 'current', signal, { filter })).toHaveLength(2);
    const more = chunk('5', 'bb fee', 'w');
    search.setChunks({ current: [...CHUNKS, more], stale: [] });
    search.addVectors(new Map([['5', Float32Array.from(letters(more.text))]]));
    const hits = await search.search('fee', 9, 'current', signal, { filter });
    expect(hits.map(({ chunk: { id }, dense }) => [id, dense !== null])).toEqual([
      ['2', true],
      ['1', true],
      ['5', true],
    ]);
  });

  test('equals searching a library of those documents alone, meaning’s side', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ text: fc.stringMatching(/^[abc]{1,6}$/), document: fc.constantFrom('p', 'q', 'r') }), {
          minLength: 1,
          maxLength: 30,
        }),
        fc.subarray(['p', 'q', 'r']),
        async (made, documents) => {
          const chunks = made
            .map(({ text, document }, i) => chunk(String(i), text, document))
            .sort((a, b) => a.documentId.localeCompare(b.documentId));
          const open = (some: readonly Chunk[]) => {
            const one = new HybridRetriever();
            one.setChunks({ current: some, stale: [] });
            one.setEmbedder(embedder);
            one.addVectors(new Map(some.map(({ id, text }) => [id, Float32Array.from(letters(text))])));
            return one.search('abb', 10, 'current', signal, {
              weights: { words: 0, dense: 1 },
              filter: some === chunks ? { documents } : null,
            });
          };
          const alone = await open(chunks.filter(({ documentId }) => documents.includes(documentId)));
          expect(await open(chunks)).toEqual(alone);
        },
      ),
    );
  });
});

describe('reranking', () => {
  test('the best are read and put in the reader’s order; what was not read is not shown', async () => {
    const search = retriever();
    search.setReranker(longest);
    const settings = { weights: { words: 1, dense: 0 }, rerank: 3 };
    const hits = await search.search('fee', 2, 'current', signal, settings);
    expect(hits.map(({ chunk: { id }, rank }) => [id, rank])).toEqual([
      ['3', 1],
      ['2', 2],
    ]);
    expect(longest.read.at(-1)).toBe('fee: 3');
    // As many as are asked for, even where fewer are to be read.
    await search.search('fee', 2, 'current', signal, { ...settings, rerank: 1 });
    expect(longest.read.at(-1)).toBe('fee: 2');
    const few = await search.search('fee', 3, 'current', signal, { ...settings, minimum: { reranked: 0.2 } });
    expect(few.map(({ chunk: { id } }) => id)).toEqual(['3']);
  });

  test('without a reranker, or unless it is asked for, it is left out', async () => {
    const { length } = longest.read;
    expect(await ids('fee', { weights: { words: 1, dense: 0 }, rerank: 3 })).toEqual(['2', '1', '3']);
    const search = retriever();
    search.setReranker(longest);
    await search.search('fee', 2, 'current', signal);
    expect(longest.read).toHaveLength(length);
  });
});

describe('maximal marginal relevance', () => {
  test('the formula, worked out by hand', () => {
    const alike: Readonly<Record<string, number>> = { '0 1': 0.9, '0 2': 0.1, '1 2': 0.2 };
    const similarity = (a: number, b: number) => alike[[a, b].sort().join(' ')] ?? NaN;
    const candidates = [
      { row: 0, score: 10 },
      { row: 1, score: 9 },
      { row: 2, score: 5 },
    ];
    // After row 0: row 1 has 0.5 * 0.9 - 0.5 * 0.9 = 0, row 2 has 0.5 * 0.5 - 0.5 * 0.1 = 0.2.
    const chosen = diversify(candidates, similarity, 0.5, 3);
    expect(chosen.map(({ row, nearest }) => [row, nearest])).toEqual([
      [0, null],
      [2, { row: 0, similarity: 0.1 }],
      [1, { row: 0, similarity: 0.9 }],
    ]);
    expect(chosen.map(({ score }) => Number(score.toFixed(12)))).toEqual([0.5, 0.2, 0]);
    expect(diversify(candidates, similarity, 1, 2).map(({ row }) => row)).toEqual([0, 1]);
    expect(diversify(candidates, similarity, 0.5, 1)).toHaveLength(1);
    expect(diversify([], similarity, 0.5, 3)).toEqual([]);
  });

  test('of two passages that point the same way the second waits', async () => {
    const weights = { words: 1, dense: 0 };
    expect(await ids('fee', { weights, lambda: 0.1 })).toEqual(['2', '3', '1']);
    expect(await ids('fee', { weights, lambda: 1 })).toEqual(['2', '1', '3']);
  });

  test('without vectors, likeness is in the words', async () => {
    const search = new HybridRetriever();
    search.setChunks({
      current: [chunk('1', 'fee one two'), chunk('2', 'fee one two'), chunk('3', 'fee six seven eight')],
      stale: [],
    });
    const hits = await search.search('fee', 3, 'current', signal, { lambda: 0.5 });
    expect(hits.map(({ chunk: { id } }) => id)).toEqual(['1', '3', '2']);
  });
});
