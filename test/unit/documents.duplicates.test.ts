import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Chunk } from '../../src/documents/document';
import { COPY, Copies, documentSketch } from '../../src/documents/duplicates';
import { compared, resemblance } from '../../src/documents/duplicates/shingles';
import { Bands, likeness, sketchOf } from '../../src/documents/duplicates/sketch';
import { seededRandom } from '../../src/random';

function chunk(id: string, text: string, title = 'Title'): Chunk {
  const place = { documentId: id, documentTitle: title, ordinal: 0, start: 0, end: text.length };
  return { id, ...place, text, headings: [], title, page: null };
}

const HANDBOOK = 'public/samples/handbook';
const paragraphs = readdirSync(HANDBOOK)
  .filter((name) => name.endsWith('.md'))
  .flatMap((name) => readFileSync(`${HANDBOOK}/${name}`, 'utf8').split(/\n\n+/))
  .filter((text) => text.split(/\s+/).length > 30);

/** The paragraph with a share of its words replaced by plain ones. */
function disturbed(text: string, share: number, random: () => number): string {
  return text.replace(/\b[a-z]{3,}\b/g, (word) => (random() < share ? 'something' : word));
}

/** Three-word runs as strings: another way to the same sets. */
function runs(text: string): Set<string> {
  const words =
    text
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+(?:['’.,][\p{L}\p{N}]+)*/gu) ?? [];
  return new Set(words.map((_, i) => words.slice(i, i + 3).join(' ')).slice(0, Math.max(1, words.length - 2)));
}
function jaccard(a: Set<string>, b: Set<string>): number {
  const shared = [...a].filter((one) => b.has(one)).length;
  return shared / (a.size + b.size - shared);
}

describe('resemblance', () => {
  const random = seededRandom(1);
  const pairs = paragraphs.flatMap((text, i) => {
    const next = paragraphs[(i + 1) % paragraphs.length] ?? '';
    return [0.02, 0.1, 0.4].map((share) => [text, disturbed(text, share, random)] as const).concat([[text, next]]);
  });

  test('is that of the sets of three-word runs themselves', () => {
    expect(pairs.length).toBeGreaterThan(100);
    for (const [a, b] of pairs)
      expect(resemblance(compared(a).shingles, compared(b).shingles)).toBeCloseTo(jaccard(runs(a), runs(b)), 12);
  });

  test('is estimated by a sketch within four standard errors, without leaning to a side', () => {
    let lean = 0;
    for (const [a, b] of pairs) {
      const [x, y] = [compared(a).shingles, compared(b).shingles];
      const error = likeness(sketchOf(x), sketchOf(y)) - resemblance(x, y);
      expect(Math.abs(error)).toBeLessThan(4 * 0.065);
      lean += error / pairs.length;
    }
    expect(Math.abs(lean)).toBeLessThan(0.02);
  });

  test('of whole documents is read off the sketches of their parts', () => {
    const sets = paragraphs.slice(0, 20).map((text) => compared(text).shingles);
    const union = Uint32Array.from(new Set(sets.flatMap((set) => [...set])));
    expect(documentSketch(sets.map(sketchOf))).toEqual(sketchOf(union));
  });
});

describe('bands', () => {
  test('let like sets meet and most unlike ones pass by', () => {
    const random = seededRandom(2);
    const bands = new Bands(5);
    const sketches = paragraphs.map((text) => sketchOf(compared(text).shingles));
    for (const sketch of sketches) bands.add(sketch);
    let [met, like, strangers] = [0, 0, 0];
    for (const [i, text] of paragraphs.entries()) {
      const near = disturbed(text, 0.02, random);
      const found = bands.meeting(sketchOf(compared(near).shingles));
      strangers += found.filter((one) => one !== i).length;
      if (jaccard(runs(text), runs(near)) < COPY) continue;
      like++;
      if (found.includes(i)) met++;
    }
    expect(like).toBeGreaterThan(20);
    expect(met).toBe(like);
    expect(strangers).toBeLessThan(paragraphs.length);
  });

  test('keep kinds apart, and hold many', () => {
    const bands = new Bands(5);
    const sketch = sketchOf(Uint32Array.of(1, 2, 3));
    for (let i = 0; i < 3000; i++) bands.add(sketch, i);
    expect(bands.meeting(sketch, 1234)).toEqual([1234]);
    expect(bands.meeting(sketch, 5000)).toEqual([]);
    for (let i = 0; i < 100; i++) bands.add(sketch, 9999);
    expect(bands.meeting(sketch, 9999)).toHaveLength(64);
  });
});

describe('Copies', () => {
  const RULE =
    'A deckhand takes eleven hours of rest before the next watch, and the master may not shorten it for any reason at all. ' +
    'If the timetable would not allow it, the mate asks for a relief before the sailing and never after it, in writing. Rest that is broken by a muster starts ' +
    'again, and every hour of it is written in the log before anybody steps ashore, where it is kept and can be seen.';
  const among = (copies: Copies, ...ids: string[]) => Object.fromEntries(copies.among(ids));
  const of = (...texts: string[]) => {
    const copies = new Copies();
    for (const [i, text] of texts.entries()) copies.add(chunk(String(i), text));
    return copies;
  };

  test('what comes first counts, in whatever order they were told', () => {
    const copies = of(
      RULE,
      `  ${RULE.toUpperCase().replaceAll(' ', '\n')}`,
      'Another text of more than twelve words, which has nothing at all to do with it.',
    );
    expect(among(copies, '0', '1', '2')).toEqual({ '1': '0' });
    expect(among(copies, '2', '1', '0')).toEqual({ '0': '1' });
    expect(among(copies, '1', '2')).toEqual({});
    copies.remove(['0']);
    expect(copies.hasCopies('1')).toBe(false);
    expect(among(copies, '0', '1')).toEqual({});
  });

  test('a changed plain word is a copy; a changed number, name or negation is not', () => {
    const near = RULE.replace('for any reason at all', 'for any reason whatever');
    expect(resemblance(compared(RULE).shingles, compared(near).shingles)).toBeGreaterThanOrEqual(COPY);
    expect(among(of(RULE, near), '0', '1')).toEqual({ '1': '0' });
    for (const [from, to] of [
      ['eleven', 'ten'],
      ['eleven', '11'],
      ['eleven', '1'],
    ] as const)
      expect(among(of(RULE, RULE.replace(from, to)), '0', '1')).toEqual({});
    const names = RULE.replace('the mate', 'Mary Smith');
    expect(among(of(names, names.replace('Smith', 'Jones')), '0', '1')).toEqual({});
    expect(among(of(RULE, RULE.replace('may not shorten', 'may well shorten')), '0', '1')).toEqual({});
  });

  test('a few words are a copy only under the same title', () => {
    const copies = new Copies();
    copies.add(chunk('a', 'One month.', 'Contract with Ash: Notice'));
    copies.add(chunk('b', 'One month.', 'Contract with Birch: Notice'));
    copies.add(chunk('c', 'one  month', 'Contract with Ash: Notice'));
    expect(among(copies, 'a', 'b', 'c')).toEqual({ c: 'a' });
  });

  test('two that are near to a third and not to each other both count where the third does not', () => {
    const copies = of(
      RULE,
      RULE.replace('for any reason at all', 'for any cause at all'),
      RULE.replace('anybody', 'somebody'),
    );
    const [first, second] = [
      RULE.replace('for any reason at all', 'for any cause at all'),
      RULE.replace('anybody', 'somebody'),
    ];
    const apart = resemblance(compared(first).shingles, compared(second).shingles) < COPY;
    expect(apart).toBe(true);
    expect(among(copies, '0', '1', '2')).toEqual({ '1': '0', '2': '0' });
    expect(among(copies, '1', '2', '0')).toEqual({ '0': '1' });
    expect(among(copies, '1', '2')).toEqual({});
  });

  test('finds what comparing every pair finds, over the sample and its disturbed copies', () => {
    const random = seededRandom(3);
    const texts = paragraphs.flatMap((text) => [text, disturbed(text, 0.01, random), disturbed(text, 0.05, random)]);
    const copies = of(...texts);
    const sets = texts.map((text) => ({ runs: runs(text), telling: compared(text).telling }));
    let found = 0;
    for (const [i, a] of sets.entries())
      for (const [j, b] of sets.entries()) {
        if (j <= i) continue;
        const same = jaccard(a.runs, b.runs) >= COPY && a.telling === b.telling;
        if (same) found++;
        expect(copies.among([String(i), String(j)]).size, `${String(i)} and ${String(j)}`).toBe(same ? 1 : 0);
      }
    expect(found).toBeGreaterThan(20);
  });
});
