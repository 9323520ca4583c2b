import { describe, expect, test } from 'vitest';
import type { Chunk } from '../../src/documents/document';
import type { Embedder } from '../../src/retrieval/embedder';
import { HybridRetriever } from '../../src/retrieval/hybrid';
import { passageText, vectorKey } from '../../src/retrieval/passageText';

const { signal } = new AbortController();

function chunk(id: string, text: string): Chunk {
  return {
    id,
    documentId: id,
    documentTitle: 'T',
    ordinal: 0,
    start: 0,
    end: text.length,
    text,
    headings: [],
    title: 'T',
    page: null,
  };
}

/** Directions by letter: the share of a, b and c in the text, at unit length. */
class Letters implements Embedder {
  readonly dimensions = 3;
  readonly fusionWeight = 0.25;
  asked = 0;
  constructor(readonly id: string) {}
  // eslint-disable-next-line require-yield
  async *embed(texts: readonly string[]): AsyncGenerator<never, Float32Array, void> {
    this.asked++;
    await Promise.resolve();
    return Float32Array.from(texts.flatMap(letters));
  }
  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

function letters(text: string): number[] {
  const counts = ['a', 'b', 'c'].map((letter) => text.split(letter).length - 1);
  const length = Math.hypot(...counts) || 1;
  return counts.map((count) => count / length);
}

const current = [chunk('1', 'aaa fee'), chunk('2', 'bbb fee fee'), chunk('3', 'ccc')];
const stale = [chunk('s', 'old fee')];

function retriever(): HybridRetriever {
  const made = new HybridRetriever();
  made.setChunks({ current, stale });
  return made;
}

describe('HybridRetriever', () => {
  test('finds by words alone before there is an embedder, each pool apart', async () => {
    const hits = await retriever().search('fee', 5, 'current', signal);
    expect(hits.map(({ chunk: { id } }) => id)).toEqual(['2', '1']);
    expect(hits[0]).toMatchObject({ rank: 1, score: 1, dense: null, words: { rank: 1 } });
    expect((await retriever().search('fee', 5, 'stale', signal)).map(({ chunk: { id } }) => id)).toEqual(['s']);
  });

  test('does not embed the query while no chunk has a vector', async () => {
    const embedder = new Letters('x');
    const search = retriever();
    search.setEmbedder(embedder);
    await search.search('fee', 5, 'current', signal);
    expect(embedder.asked).toBe(0);
  });

  test('waits with meaning until every chunk has its vector, then fuses both with each one’s own rank and score', async () => {
    const search = retriever();
    search.setEmbedder(new Letters('x'));
    search.addVectors(
      new Map([
        ['1', Float32Array.of(1, 0, 0)],
        ['3', Float32Array.of(0, 0, 1)],
      ]),
    );
    // One chunk is still without: words alone decide.
    expect((await search.search('fee c', 5, 'current', signal)).every(({ dense }) => dense === null)).toBe(true);
    search.addVectors(
      new Map([
        ['2', Float32Array.of(0, 1, 0)],
        ['3', Float32Array.of(1, 0, 0)],
        ['unknown', Float32Array.of(1, 0, 0)],
      ]),
    );
    const hits = await search.search('fee cc b', 5, 'current', signal);
    const scores = new Map(hits.map((hit) => [hit.chunk.id, hit]));
    expect(scores.get('3')).toMatchObject({ dense: { rank: 1 }, words: null, score: 0.25 / 1.25 });
    // First by words, and half as near as the nearest.
    expect(scores.get('2')).toMatchObject({ dense: { rank: 2 }, words: { rank: 1 } });
    expect(scores.get('2')?.score).toBeCloseTo((1 + 0.25 / 2) / 1.25, 6);
    expect(hits.map(({ rank }) => rank)).toEqual([1, 2, 3]);
  });

  test('another embedder forgets the vectors, the same one keeps them', async () => {
    const search = retriever();
    search.setEmbedder(new Letters('x'));
    search.addVectors(new Map(current.map(({ id }) => [id, Float32Array.of(0, 0, 1)])));
    search.setEmbedder(new Letters('x'));
    expect(await search.search('c', 5, 'current', signal)).toHaveLength(current.length);
    search.setEmbedder(new Letters('y'));
    expect(await search.search('c', 5, 'current', signal)).toHaveLength(0);
  });

  test('a document switched off keeps its vectors, and is skipped until it is switched on', async () => {
    const search = retriever();
    search.setEmbedder(new Letters('x'));
    search.addVectors(new Map([...current, ...stale].map(({ id, text }) => [id, Float32Array.from(letters(text))])));
    const found = async (pool: 'current' | 'stale') =>
      (await search.search('c', 5, pool, signal)).flatMap(({ chunk: { id }, dense }) => (dense ? [id] : []));
    expect(await found('current')).toEqual(['3', '1', '2']);
    search.setChunks({ current: current.slice(0, 2), stale: current.slice(2) });
    expect(await found('current')).toEqual(['1', '2']);
    expect(await found('stale')).toEqual(['3']);
    search.setChunks({ current: [...current].reverse(), stale });
    expect(await found('current')).toEqual(['3', '1', '2']);
  });

  test('vectors forgotten are asked for again, and the others still stand for their chunks', async () => {
    const search = retriever();
    search.setEmbedder(new Letters('x'));
    const vectors = new Map(current.map(({ id, text }) => [id, Float32Array.from(letters(text))]));
    search.addVectors(vectors);
    search.forgetVectors(['1', 'unknown']);
    expect(current.map(({ id }) => search.hasVector(id))).toEqual([false, true, true]);
    expect((await search.search('c', 5, 'current', signal)).every(({ dense }) => dense === null)).toBe(true);
    search.setChunks({ current: current.slice(1), stale: [] });
    expect((await search.search('c', 5, 'current', signal))[0]).toMatchObject({
      chunk: { id: '3' },
      dense: { rank: 1 },
    });
    search.addVectors(vectors);
    search.setChunks({ current, stale: [] });
    expect((await search.search('a', 1, 'current', signal))[0]).toMatchObject({
      chunk: { id: '1' },
      dense: { rank: 1 },
    });
  });

  test('chunks that change while the query is embedded: what is there afterwards is searched', async () => {
    const search = retriever();
    search.setEmbedder(new Letters('x'));
    search.addVectors(new Map(current.map(({ id, text }) => [id, Float32Array.from(letters(text))])));
    const waiting = search.search('c', 5, 'current', signal);
    search.setChunks({ current: [...current.slice(0, 2), ...stale], stale: [] });
    search.forgetVectors(['3']);
    expect((await waiting).every(({ dense, chunk: { id } }) => dense === null && id !== '3')).toBe(true);
  });

  test('a chunk given twice counts once; a stopped search rejects', async () => {
    const search = new HybridRetriever();
    search.setChunks({ current: [...current, ...current], stale: [] });
    expect(await search.chunks('current', signal)).toEqual(current);
    await expect(search.search('fee', 1, 'current', AbortSignal.abort())).rejects.toHaveProperty('name', 'AbortError');
  });
});

test('vector keys follow the words and the embedder, not the white space', async () => {
  const key = await vectorKey(passageText({ title: 'T', text: 'a\n b' }), 'x');
  expect(key).toBe(await vectorKey('(T)  a b ', 'x'));
  expect(key).not.toBe(await vectorKey('(T) a b', 'y'));
  expect(key).not.toBe(await vectorKey('(T) a c', 'x'));
  expect(key).toMatch(/^[0-9a-f]{64}$/);
  expect(passageText({ title: '', text: 'a' })).toBe('a');
});
