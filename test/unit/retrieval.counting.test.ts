import { describe, expect, test } from 'vitest';
import type { Chunk } from '../../src/documents/document';
import { Copies } from '../../src/documents/duplicates';
import { HybridRetriever } from '../../src/retrieval/hybrid';

const signal = new AbortController().signal;
const REST = 'After a night sailing a deckhand takes eleven hours of rest before the next watch, at home or on board.';

function chunk(documentId: string, ordinal: number, text: string): Chunk {
  const place = { documentId, documentTitle: documentId, ordinal, start: 0, end: text.length };
  return { id: `${documentId}#${String(ordinal)}`, ...place, text, headings: [], title: documentId, page: null };
}

const CHUNKS = [
  chunk('old', 0, REST),
  chunk(
    'old',
    1,
    'The rest of the sailing season is told in spring, when the boats are painted and the timetable is out.',
  ),
  chunk('other', 0, REST.toUpperCase()),
  chunk(
    'other',
    1,
    'A sailing that is called off is told at the quay and on the page of the line, an hour before at the latest.',
  ),
  chunk('new', 0, `${REST} `),
];
const LABELS = new Map(
  ['old', 'other', 'new'].map((id) => [id, [{ collection: id === 'new' ? 'drafts' : 'rules', tags: [] }]]),
);

function opened() {
  const retriever = new HybridRetriever();
  const copies = new Copies();
  for (const one of CHUNKS) copies.add(one);
  retriever.setChunks({ current: CHUNKS, stale: [] }, { current: LABELS, stale: new Map() });
  return { retriever, copies };
}
const ids = (found: readonly { chunk: Chunk }[]) => found.map(({ chunk: { id } }) => id);

describe('a passage that is there several times', () => {
  test('takes one place among the best, that of the newest document', async () => {
    const { retriever, copies } = opened();
    const search = (limit: number) => retriever.search('rest after a night sailing', limit, 'current', signal);
    expect(new Set(ids(await search(3)))).toEqual(new Set(['old#0', 'other#0', 'new#0']));
    retriever.setCopies(copies);
    expect(ids(await search(1))).toEqual(['new#0']);
    expect(new Set(ids(await search(5)))).toEqual(new Set(['new#0', 'old#1', 'other#1']));
    copies.remove(['new#0']);
    expect(ids(await search(1))).toEqual(['other#0']);
    retriever.setCopies(null);
    expect(await search(5)).toHaveLength(5);
  });

  test('counts in every scope that holds it', async () => {
    const { retriever, copies } = opened();
    retriever.setCopies(copies);
    const within = async (filter: object) =>
      ids(await retriever.search('night', 5, 'current', signal, { filter })).sort();
    expect(await within({ collections: ['rules'] })).toEqual(['other#0']);
    expect(await within({ collections: ['drafts'] })).toEqual(['new#0']);
    expect(await within({ documents: ['old'] })).toEqual(['old#0']);
  });

  test('is shown once of all that counts, and every time of all there is', async () => {
    const { retriever, copies } = opened();
    retriever.setCopies(copies);
    const all = async (filter?: object | null) =>
      (await retriever.chunks('current', signal, filter)).map(({ id }) => id);
    expect(await all()).toEqual(CHUNKS.map(({ id }) => id));
    expect(await all(null)).toEqual(['old#1', 'other#1', 'new#0']);
    expect(await all({ documents: ['old'] })).toEqual(['old#0', 'old#1']);
  });

  test('is found by meaning as by words, once', async () => {
    const { retriever, copies } = opened();
    retriever.setEmbedder({
      id: 'lengths',
      dimensions: 2,
      fusionWeight: 1,
      // eslint-disable-next-line require-yield -- nothing is slow here
      async *embed(texts: readonly string[]) {
        return Float32Array.from(texts.flatMap(() => [1, 0]));
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
    retriever.setCopies(copies);
    const before = await retriever.search('night', 5, 'current', signal);
    expect(before.every(({ dense }) => dense === null)).toBe(true);
    retriever.addVectors(new Map(CHUNKS.map(({ id }) => [id, Float32Array.of(1, 0)])));
    const found = await retriever.search('night', 5, 'current', signal);
    expect(found.filter(({ dense }) => dense !== null)).toHaveLength(3);
    expect(new Set(ids(found))).toEqual(new Set(['new#0', 'old#1', 'other#1']));
  });
});
