import { describe, expect, test } from 'vitest';
import type { Chunk } from '../../src/documents/document';
import type { Source } from '../../src/storage/library';
import { Shelf } from '../../src/workers/shelf';

function source(name: string, addedAt: number, change: Partial<Source> = {}): Source {
  return {
    id: name,
    name,
    collection: 'own',
    addedAt,
    documentId: name.toUpperCase(),
    title: name,
    mediaType: 'text/plain',
    bytes: 1,
    inUse: true,
    replacedBy: null,
    chunkCount: 2,
    ...change,
  };
}

/** How often the id of any chunk was looked at. */
let looks = 0;
function chunks(documentId: string, count = 2): Chunk[] {
  return Array.from({ length: count }, (_, ordinal) => ({
    get id() {
      looks++;
      return `${documentId}#${String(ordinal)}`;
    },
    documentId,
    documentTitle: '',
    ordinal,
    start: 0,
    end: 1,
    text: 'x',
    headings: [],
    title: '',
    page: null,
  }));
}

const ids = (found: readonly Chunk[]) => found.map(({ id }) => id);

/** As cut otherwise. */
const cutAs = (documentId: string, mark: string, count: number) =>
  chunks(documentId, count).map((chunk, i) => ({ ...chunk, id: `${documentId}#${String(i)} ${mark}` }));

describe('a document cut anew', () => {
  const sources = [source('a', 1), source('b', 2)];
  const filled = () => {
    const shelf = new Shelf();
    shelf.put(sources, { A: chunks('A'), B: chunks('B') });
    shelf.embedded(shelf.missing());
    return shelf;
  };

  test('answers as it was until all of it has vectors, and is counted as it is to be', () => {
    const shelf = filled();
    expect(shelf.put(sources, { A: cutAs('A', 'x', 3) })).toEqual([]);
    expect(ids(shelf.pool(false))).toEqual(['A#0', 'A#1', 'B#0', 'B#1']);
    expect(shelf.progress()).toMatchObject({ indexed: { a: 0, b: 2 }, progress: { done: 2, total: 5 } });
    const missing = shelf.missing();
    expect(ids(missing)).toEqual(['A#0 x', 'A#1 x', 'A#2 x']);
    shelf.embedded(missing.slice(0, 2));
    expect(shelf.swap()).toBeNull();
    expect(ids(shelf.pool(false))).toEqual(['A#0', 'A#1', 'B#0', 'B#1']);
    // Neither is swept.
    expect(ids(shelf.chunks())).toEqual(['B#0', 'B#1', 'A#0', 'A#1', 'A#0 x', 'A#1 x', 'A#2 x']);
    shelf.embedded(missing.slice(2));
    expect(ids(shelf.swap() ?? [])).toEqual(['A#0', 'A#1']);
    expect(ids(shelf.pool(false))).toEqual(['A#0 x', 'A#1 x', 'A#2 x', 'B#0', 'B#1']);
    expect(shelf.progress()).toMatchObject({ indexed: { a: 3, b: 2 }, progress: { done: 5, total: 5 } });
    expect(shelf.missing()).toEqual([]);
    expect(shelf.swap()).toBeNull();
  });

  test('that had no vectors answers at once', () => {
    const shelf = new Shelf();
    shelf.put(sources, { A: chunks('A'), B: chunks('B') });
    shelf.embedded(shelf.missing(3));
    expect(ids(shelf.put(sources, { A: cutAs('A', 'x', 1) }))).toEqual(['A#0', 'A#1']);
    expect(ids(shelf.pool(false))).toEqual(['A#0 x', 'B#0', 'B#1']);
  });

  test('back as it was before it was ready, it is as if nothing had been', () => {
    const shelf = filled();
    shelf.put(sources, { A: cutAs('A', 'x', 3) });
    const late = shelf.missing(1);
    shelf.embedded(late);
    expect(ids(shelf.put(sources, { A: chunks('A') }))).toEqual(['A#0 x', 'A#1 x', 'A#2 x']);
    expect(shelf.missing()).toEqual([]);
    // A batch that was under way comes too late.
    shelf.embedded(cutAs('A', 'x', 3).slice(1));
    expect(shelf.progress().progress).toMatchObject({ done: 4, total: 4 });
    expect(shelf.swap()).toBeNull();
  });

  test('cut anew again before it was ready, the first answers on', () => {
    const shelf = filled();
    shelf.put(sources, { A: cutAs('A', 'x', 3) });
    expect(ids(shelf.put(sources, { A: cutAs('A', 'y', 1) }))).toEqual(['A#0 x', 'A#1 x', 'A#2 x']);
    expect(ids(shelf.pool(false))).toEqual(['A#0', 'A#1', 'B#0', 'B#1']);
    shelf.embedded(shelf.missing());
    expect(ids(shelf.swap() ?? [])).toEqual(['A#0', 'A#1']);
    expect(ids(shelf.pool(false))).toEqual(['A#0 y', 'B#0', 'B#1']);
  });

  test('removed before it was ready, nothing of it is left', () => {
    const shelf = filled();
    shelf.put(sources, { A: cutAs('A', 'x', 1) });
    expect(ids(shelf.put(sources.slice(1), {}))).toEqual(['A#0', 'A#1', 'A#0 x']);
    expect(shelf.progress().progress).toMatchObject({ done: 2, total: 2 });
  });
});

describe('Shelf', () => {
  test('labels a document by each of its sources that is in use, its stale ones apart', () => {
    const shelf = new Shelf();
    const sources = [
      source('a', 1, { collection: 'rules' }),
      source('again', 2, { collection: 'drafts', documentId: 'A' }),
      source('off', 3, { collection: 'old', documentId: 'A', inUse: false }),
      source('b', 4, { replacedBy: 'a' }),
    ];
    shelf.put(sources, { A: chunks('A'), B: chunks('B') });
    expect([...shelf.labels(false)]).toEqual([
      [
        'A',
        [
          { collection: 'rules', tags: [] },
          { collection: 'drafts', tags: [] },
        ],
      ],
    ]);
    expect([...shelf.labels(true)]).toEqual([['B', [{ collection: 'own', tags: [] }]]]);
  });

  test('asks for the newest source first, each chunk once, and takes in what is put there meanwhile', () => {
    const shelf = new Shelf();
    const before = [source('a', 1), source('b', 2), source('again', 3, { documentId: 'A' })];
    shelf.put(before, { A: chunks('A'), B: chunks('B') });
    expect(ids(shelf.missing())).toEqual(['A#0', 'A#1', 'B#0', 'B#1']);
    shelf.embedded(shelf.missing(1));
    shelf.put([...before, source('c', 4)], { C: chunks('C') });
    expect(ids(shelf.missing(3))).toEqual(['C#0', 'C#1', 'A#1']);
    expect(ids(shelf.missing(3))).toEqual(['C#0', 'C#1', 'A#1']);
    expect(shelf.progress()).toEqual({
      indexed: { a: 1, b: 0, again: 1, c: 0 },
      progress: { step: 'Indexing', done: 1, total: 6, unit: 'chunks' },
    });
  });

  test('forgets what no source holds any more, and counts it anew when it comes back', () => {
    const shelf = new Shelf();
    const [a, b] = [source('a', 1), source('b', 2)];
    shelf.put([a, b], { A: chunks('A'), B: chunks('B') });
    const all = shelf.missing();
    shelf.embedded(all);
    expect(ids(shelf.put([b], {}))).toEqual(['A#0', 'A#1']);
    expect(shelf.progress()).toMatchObject({ indexed: { b: 2 }, progress: { done: 2, total: 2 } });
    // A batch that was under way when its document went.
    shelf.embedded(all);
    expect(shelf.progress().progress.done).toBe(2);
    shelf.put([a, b], { A: chunks('A') });
    expect(ids(shelf.missing())).toEqual(['A#0', 'A#1']);
  });

  test('keeps the replaced apart and what is not in use out', () => {
    const shelf = new Shelf();
    const off = source('b', 2, { inUse: false });
    shelf.put([source('a', 1, { replacedBy: 'c' }), off, source('c', 3)], {
      A: chunks('A'),
      B: chunks('B'),
      C: chunks('C'),
    });
    expect(ids(shelf.pool(true))).toEqual(['A#0', 'A#1']);
    expect(ids(shelf.pool(false))).toEqual(['C#0', 'C#1']);
  });

  test('a batch costs the same whatever the size of the library', () => {
    const batch = 16;
    const looksForBatch = (count: number) => {
      const shelf = new Shelf();
      shelf.put([source('a', 1)], { A: chunks('A', count) });
      shelf.embedded(shelf.missing(batch));
      looks = 0;
      for (let n = 0; n < 10; n++) {
        shelf.embedded(shelf.missing(batch));
        shelf.progress();
      }
      return looks;
    };
    expect(looksForBatch(20_000)).toBe(looksForBatch(500));
  });
});
