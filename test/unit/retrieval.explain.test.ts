import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Chunk } from '../../src/documents/document';
import { Bm25 } from '../../src/retrieval/bm25';
import { type ExplainedPassage, explain } from '../../src/retrieval/explain';
import { HybridRetriever } from '../../src/retrieval/hybrid';
import { PLAIN_SEARCH } from '../../src/retrieval/settings';
import { type Trace, vote } from '../../src/retrieval/trace';

const { signal } = new AbortController();

function chunk(id: string, text: string, title = 'T'): Chunk {
  const place = { ordinal: 0, start: 0, end: text.length, headings: [], page: null };
  return { id, documentId: id, documentTitle: 'T', text, title, ...place };
}

const CHUNKS = ['a', 'b', 'c', 'd', 'e'].map((id) => chunk(id, `fee of ${id}`));

const FOUND = {
  settings: PLAIN_SEARCH,
  weights: { words: 1, dense: 1 },
  words: [3, 2.9, 2.5].map((score, row) => ({ row, score })),
  dense: [0.9, 0.2, 0.1].map((score, i) => ({ row: [2, 3, 0][i] ?? NaN, score })),
};

/** Words: a b c; meaning: c d a; fused with equal weights: c a b d; then read, then made various. */
const TRACE: Trace = {
  ...FOUND,
  query: 'fee',
  searched: 9,
  chunkAt: (row) => CHUNKS[row] ?? chunk('none', ''),
  fused: vote(FOUND),
  reranked: null,
  diverse: null,
  shown: [2, 0, 1],
  shares: () => new Map([['fee', 0.5]]),
};

function byId(trace: Trace): Record<string, ExplainedPassage> {
  return Object.fromEntries(explain(trace).passages.map((one) => [one.chunk.id, one]));
}

describe('why a passage stands where it stands', () => {
  test('the hits come first, then what else was found; each has its place in every stage', () => {
    const { passages, stages } = explain(TRACE);
    expect(passages.map(({ chunk: { id }, rank }) => [id, rank])).toEqual([
      ['c', 1],
      ['a', 2],
      ['b', 3],
      ['d', null],
    ]);
    expect(stages).toEqual(['words', 'dense', 'fused']);
    const { c, d } = byId(TRACE);
    expect(c?.at).toEqual({
      words: { rank: 3, score: 2.5 },
      dense: { rank: 1, score: 0.9 },
      fused: { rank: 1, score: expect.closeTo((2.5 / 3 + 1) / 2, 12) as number },
      reranked: null,
      diverse: null,
    });
    expect(d?.at.words).toBeNull();
    expect(d?.left).toEqual({ why: 'limit', stage: 'fused', says: 'There were 3 better ones.' });
    expect(c?.left).toBeNull();
  });

  test('the fusion: both found it, or one', () => {
    const { a, b, d } = byId(TRACE);
    expect(a?.moves).toEqual([
      {
        kind: 'fused',
        words: 1,
        dense: 3,
        to: 2,
        says: 'Words put it at 1 and add 0.50, meaning puts it at 3 and adds 0.05: place 2.',
      },
    ]);
    expect(b?.moves[0]?.says).toBe(
      'Only words voted for it, at 2; with a weight of 1 against 1 for meaning, that adds 0.48: place 3.',
    );
    expect(d?.moves[0]).toMatchObject({ words: null, dense: 2, to: 4 });
  });

  test('the reranker: what rose, fell, was not read, was held for unlikely', () => {
    const reranked = [
      { row: 1, score: 0.9 },
      { row: 2, score: 0.4 },
      { row: 0, score: 0.1 },
    ];
    const trace: Trace = {
      ...TRACE,
      settings: { ...PLAIN_SEARCH, rerank: 3, minimum: { reranked: 0.3 } },
      reranked,
      shown: [1, 2],
    };
    const { a, b, c, d } = byId(trace);
    expect(explain(trace).stages).toEqual(['words', 'dense', 'fused', 'reranked']);
    expect(b?.moves.at(-1)).toEqual({
      kind: 'reranked',
      from: 3,
      to: 1,
      says: 'Read beside the question, it rose from place 3 to 1.',
    });
    expect(c?.moves.at(-1)).toMatchObject({ kind: 'reranked', from: 1, to: 2 });
    expect(a?.left).toMatchObject({ why: 'minimum', stage: 'reranked' });
    expect(d?.left).toMatchObject({ why: 'not read', stage: 'reranked' });
  });

  test('variety: what waited behind its like, and what rose instead', () => {
    const diverse = [
      { row: 2, score: 0.5, nearest: null },
      { row: 1, score: 0.3, nearest: { row: 2, similarity: 0.2 } },
      { row: 0, score: 0.1, nearest: { row: 2, similarity: 0.95 } },
    ];
    const settings = { ...PLAIN_SEARCH, lambda: 0.5 };
    const { a, b } = byId({ ...TRACE, settings, diverse, shown: [2, 1, 0] });
    expect(a?.moves.at(-1)).toEqual({
      kind: 'diverse',
      from: 2,
      to: 3,
      nearest: { chunkId: 'c', similarity: 0.95 },
      says: 'It is much like a passage before it (0.95), so others came first: from place 2 to 3.',
    });
    expect(b?.moves.at(-1)).toMatchObject({ kind: 'diverse', from: 3, to: 2 });
    const { a: gone } = byId({ ...TRACE, settings, diverse: diverse.slice(0, 2), shown: [2, 1] });
    expect(gone?.left).toMatchObject({ why: 'too like', stage: 'diverse' });
  });

  test('what had no vote, and what was below the least', () => {
    const settings = { ...PLAIN_SEARCH, minimum: { fused: 0.6 } };
    expect(byId({ ...TRACE, settings, shown: [2, 0] }).b?.left).toMatchObject({ why: 'minimum', stage: 'fused' });
    const silent: Trace = {
      ...TRACE,
      weights: { words: 1, dense: 0 },
      fused: TRACE.words.map(({ row, score }) => ({ row, score: score / 3 })),
    };
    expect(byId(silent).d?.left).toMatchObject({ why: 'no vote', says: 'Meaning found it, but weighs 0.' });
    const strict: Trace = {
      ...TRACE,
      settings: { ...PLAIN_SEARCH, minimum: { words: 99, dense: 2 } },
      fused: [],
      shown: [],
    };
    expect(byId(strict).a?.left).toMatchObject({
      why: 'no vote',
      says: 'Meaning found it, but below the least that is asked for. Words found it, but below the least that is asked for.',
    });
    const moved = byId(silent).a?.moves ?? [];
    expect(moved).toHaveLength(1);
    expect(moved[0]).toMatchObject({ kind: 'fused', words: 1, dense: null, to: 1 });
    expect(moved[0]?.says).toContain('Only words voted for it');
  });
});

describe('the words that match', () => {
  const texts = [chunk('1', 'The Fee is a ﬁne FEE; no ﬁnes.', 'Fees, fee'), chunk('2', 'nothing of it')];
  const search = new HybridRetriever();
  search.setChunks({ current: texts, stale: [] });

  test('stand where the text says them, however they are written', async () => {
    const { passages } = await search.explain('fine fee FEE', 5, 'current', signal);
    const found = passages[0]?.terms.map(({ term, field, start, end }) => [
      term,
      field,
      (field === 'title' ? 'Fees, fee' : (texts[0]?.text ?? '')).slice(start, end),
    ]);
    expect(found).toEqual([
      ['fee', 'title', 'fee'],
      ['fee', 'text', 'Fee'],
      ['fine', 'text', 'ﬁne'],
      ['fee', 'text', 'FEE'],
    ]);
  });

  test('their shares add up to the score', () => {
    const word = fc.constantFrom('fee', 'leave', 'staff', 'days', 'notice');
    const text = fc.array(word, { maxLength: 20 }).map((all) => all.join(' '));
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 12 }), text, (all, query) => {
        const bm25 = new Bm25(all);
        const scores = new Map(bm25.search(query, all.length).map(({ row, score }) => [row, score]));
        for (const row of all.keys()) {
          const sum = [...bm25.shares(query, row).values()].reduce((so, share) => so + share, 0);
          expect(sum).toBeCloseTo(scores.get(row) ?? 0, 9);
        }
      }),
    );
  });
});

test('an explained search shows what the search shows, and asks retrievers without a vote too', async () => {
  const search = new HybridRetriever();
  search.setChunks({ current: CHUNKS, stale: [] });
  const settings = { weights: { words: 0, dense: 0 } };
  expect(await search.search('fee', 3, 'current', signal, settings)).toEqual([]);
  const explained = await search.explain('fee', 3, 'current', signal, settings);
  expect(explained.passages.map(({ rank, left }) => [rank, left?.why])).toEqual(CHUNKS.map(() => [null, 'no vote']));
  const hits = await search.search('fee b', 3, 'current', signal);
  const { passages, stages } = await search.explain('fee b', 3, 'current', signal);
  expect(stages).toEqual(['words', 'fused']);
  expect(passages.slice(0, 3).map(({ chunk: { id }, rank, at }) => [id, rank, at.fused?.score])).toEqual(
    hits.map(({ chunk: { id }, rank, score }) => [id, rank, score]),
  );
});
