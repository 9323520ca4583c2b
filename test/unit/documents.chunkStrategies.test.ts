import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { recursive } from '../../src/documents/chunking/recursive';
import {
  CHUNK_STRATEGIES,
  type ChunkSettings,
  type ChunkStrategyId,
  DEFAULT_CHUNKING,
  DEFAULT_CUT,
  chunkDocument,
  chunkSettings,
  cutKey,
  mostOverlap,
  withoutShared,
} from '../../src/documents/chunking';
import type { Chunk, Document } from '../../src/documents/document';
import { type Measure, WORDS, tokenMeasure } from '../../src/documents/measure';
import { embeddedText, passageText } from '../../src/retrieval/passageText';
import { FINDERS } from '../../src/retrieval/embedders';
import { Tokenizer } from '../../src/inference/tokenizer';
import { finish } from '../../src/job';
import { publicModels } from '../fixtures/publicModels';

const STRATEGIES = Object.keys(CHUNK_STRATEGIES) as ChunkStrategyId[];
const document = (text: string, mediaType = 'text/markdown'): Document => ({ id: 'd', title: 'T', mediaType, text });
const settings = (change: Partial<ChunkSettings>): ChunkSettings => ({ ...DEFAULT_CHUNKING, ...change });
const texts = (chunks: readonly Chunk[]) => chunks.map(({ text }) => text);
const cutWith = (measure: Measure) => ({ measure, tokenizer: 'scripted', summary: null });

const [tiny] = FINDERS;
if (!tiny) throw new Error('There is no finder.');
const files = (await finish(publicModels(tiny.source, 'wasm', new AbortController().signal))).files;
const tokenizer = new Tokenizer(files);
const countTokens = (text: string) => tokenizer.encode(text).length;
const TOKENS = tokenMeasure(countTokens);
/** As it is embedded, after its header. */
const embedded = (text: string) => countTokens(` ${text.replace(/\s+/g, ' ').trim()}`);

/** Without its rules and drawn lines: words that are longer than 64 characters are counted in parts. */
const README = readFileSync('README.md', 'utf8')
  .replace(/-{20,}/g, '---')
  .slice(0, 20_000);

describe('each strategy', () => {
  const text = '## A\nOne two three. Four five six.\n\nSeven eight nine.\n## B\nTen eleven twelve thirteen.';

  test.each<[ChunkStrategyId, string[]]>([
    ['structure', ['One two three. Four five six.\n\nSeven eight nine.', 'Ten eleven twelve thirteen.']],
    ['paragraphs', ['One two three. Four five six.', 'Seven eight nine.', 'Ten eleven twelve thirteen.']],
    ['sentences', ['One two three. Four five six.', 'Seven eight nine.', 'Ten eleven twelve thirteen.']],
    ['fixed', ['One two three. Four five six.\n\nSeven', 'eight nine.', 'Ten eleven twelve thirteen.']],
    ['recursive', ['One two three. Four five six.', 'Seven eight nine.', 'Ten eleven twelve thirteen.']],
  ])('%s', (strategy, expected) => {
    expect(texts(chunkDocument(document(text), settings({ strategy, size: 7 })))).toEqual(expected);
  });

  test('structure and paragraphs share whole sentences', () => {
    const text = 'A b c. D e f. G h i. J k l. M n o. P q r.';
    const shared = ['A b c. D e f.', 'D e f. G h i. J k l.', 'J k l. M n o. P q r.'];
    for (const strategy of ['structure', 'paragraphs'] as const)
      expect(texts(chunkDocument(document(text), settings({ strategy, size: 10, overlap: 4 })))).toEqual(shared);
  });

  test.each<[ChunkStrategyId, string[]]>([
    ['sentences', ['A b c. D e f.', 'D e f. G h i.', 'G h i. J k l.']],
    ['fixed', ['A b c. D e f.', 'D e f. G h i.', 'G h i. J k l.']],
  ])('%s shares', (strategy, expected) => {
    const chunks = chunkDocument(document('A b c. D e f. G h i. J k l.'), settings({ strategy, size: 6, overlap: 3 }));
    expect(texts(chunks)).toEqual(expected);
  });

  test('items of lists and rows of tables stay whole', () => {
    const items = Array.from(
      { length: 12 },
      (_, i) => `- Item ${String(i)} is here. It has two sentences\n  and a second line.`,
    );
    const rows = Array.from({ length: 12 }, (_, i) => `| Row ${String(i)} | A cell. And another sentence. |`);
    for (const strategy of ['structure', 'paragraphs', 'sentences'] as const)
      for (const lines of [items, rows]) {
        const chunks = chunkDocument(document(lines.join('\n')), settings({ strategy, size: 25 }));
        expect(chunks.length).toBeGreaterThan(3);
        const kept = chunks.flatMap((chunk) => chunk.text.split(/\n(?=[-|])/));
        expect(kept).toEqual(lines);
      }
  });
});

describe('recursive, held against LangChain’s', () => {
  interface Case {
    readonly path: string | null;
    readonly text: string | null;
    readonly size: number;
    readonly overlap: number;
    readonly chunks: readonly string[];
  }
  const cases = JSON.parse(readFileSync('test/fixtures/chunking/recursive.json', 'utf8')) as Case[];
  const characters: Measure = { count: (text) => text.length, units: (text, range) => WORDS.units(text, range) };

  test.each(cases)('$path, $size characters, $overlap shared', ({ path, text, size, overlap, chunks }) => {
    const whole = text ?? readFileSync(path ?? '', 'utf8');
    const ranges = [...recursive(whole, { start: 0, end: whole.length }, { size, overlap }, characters)];
    expect(ranges.map(({ start, end }) => whole.slice(start, end))).toEqual(chunks);
  });

  test('has cases', () => {
    expect(cases).toHaveLength(6);
  });
});

const THAI = 'ภาษาไทยเขียนโดยไม่เว้นวรรคระหว่างคำ';
const HAN = '中文没有空格，也可以很长。';
const line = fc.oneof(
  fc.constantFrom(
    '# Title',
    '## Part',
    '### Deep',
    '- item one. More of it.',
    '3. third',
    '| a. b | c |',
    'a\tb',
    '',
    ' ',
  ),
  fc.constantFrom(THAI, HAN, THAI.repeat(20), HAN.repeat(30), '😀'.repeat(90), '👩‍👩‍👧 family', 'x'.repeat(300)),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc.array(fc.lorem({ mode: 'sentences', maxCount: 4 }), { maxLength: 9 }).map((all) => all.join(' ')),
);
const anyText = fc
  .array(fc.tuple(line, fc.constantFrom('\n', '\n\n', '\r\n', '\r\n\r\n', '\r', ' ', '\u2028')), { maxLength: 25 })
  .map((lines) => lines.flat().join(''));

/** Characters, and four of them a token: adds up to what a whole text has only roughly, as tokens do. */
const rough = tokenMeasure((text) => Math.ceil(text.replace(/\s+/g, '').length / 4));

describe.each(STRATEGIES)('%s, of any text', (strategy) => {
  test.each([
    ['words', WORDS],
    ['tokens', rough],
  ] as const)('every chunk of so many %s is its slice, in order, and nothing but headings is lost', (unit, measure) => {
    const sizes = fc.tuple(fc.integer({ min: 10, max: 60 }), fc.double({ min: 0, max: 1, noNaN: true }));
    fc.assert(
      fc.property(anyText, fc.constantFrom('text/markdown', 'text/plain'), sizes, (text, mediaType, [size, share]) => {
        const overlap = Math.round(share * mostOverlap(size));
        const chosen = settings({ strategy, unit, size, overlap });
        const chunks = chunkDocument(document(text, mediaType), chosen, cutWith(measure));
        let before: Chunk | null = null;
        for (const [i, chunk] of chunks.entries()) {
          expect(chunk.text).toBe(text.slice(chunk.start, chunk.end));
          expect(chunk.ordinal).toBe(i);
          expect(chunk.text.trim()).toBe(chunk.text);
          expect(chunk.text).not.toBe('');
          if (text.isWellFormed()) expect(chunk.text.isWellFormed()).toBe(true);
          if (before) {
            expect(chunk.start).toBeGreaterThan(before.start);
            expect(chunk.end).toBeGreaterThan(before.end);
            const shared = text.slice(chunk.start, before.end);
            // A unit shared in part would have its own end elsewhere.
            if (unit === 'words') expect(measure.count(shared)).toBeLessThanOrEqual(overlap);
            if (overlap === 0) expect(shared).toBe('');
          }
          if (unit === 'words') {
            const most = strategy === 'structure' ? Math.round((size * 5) / 3) : size;
            expect(measure.count(chunk.text)).toBeLessThanOrEqual(most);
          }
          before = chunk;
        }
        if (mediaType === 'text/plain') {
          const once = texts(withoutShared(chunks)).join('');
          expect(once.replace(/\s/g, '')).toBe(text.replace(/\s/g, ''));
        }
      }),
      { numRuns: 60 },
    );
  });

  test('no chunk has more of the built-in finder’s tokens than was set, nor shares more', () => {
    const chosen = settings({ strategy, unit: 'tokens', size: 100, overlap: 30 });
    const chunks = chunkDocument(document(README), chosen, cutWith(TOKENS));
    expect(chunks.length).toBeGreaterThan(40);
    const most = strategy === 'structure' ? 167 : 100;
    let shares = 0;
    for (const [i, chunk] of chunks.entries()) {
      expect(embedded(chunk.text)).toBeLessThanOrEqual(most);
      const before = chunks[i - 1];
      if (!before || before.end <= chunk.start) continue;
      shares++;
      expect(embedded(README.slice(chunk.start, before.end))).toBeLessThanOrEqual(30);
    }
    expect(shares).toBeGreaterThan(0);
  });
});

test('the words of the built-in finder’s tokenizer add up', () => {
  const sum = [...TOKENS.units(README, { start: 0, end: README.length })].reduce((all, { length }) => all + length, 0);
  expect(sum).toBeCloseTo(embedded(README), 6);
  expect(TOKENS.count(README)).toBe(embedded(README));
});

describe('settings', () => {
  test('what is stored wrongly is as in the default, and numbers stay within their limits', () => {
    expect(chunkSettings(undefined)).toEqual(DEFAULT_CHUNKING);
    expect(chunkSettings(null)).toEqual(DEFAULT_CHUNKING);
    expect(chunkSettings({ strategy: 'toString', unit: 'pages', size: NaN, overlap: -3, header: 'x' })).toEqual(
      DEFAULT_CHUNKING,
    );
    expect(chunkSettings({ size: 3.2 }).size).toBe(10);
    expect(chunkSettings({ size: 1e9, overlap: 1e9 })).toMatchObject({ size: 2000, overlap: 1000 });
    const chosen = settings({ strategy: 'fixed', unit: 'tokens', size: 320, overlap: 40, header: 'path' });
    expect(chunkSettings(chosen)).toEqual(chosen);
  });

  test('every setting has its own key, and chunks of two cuts never share an id', () => {
    const all = [
      DEFAULT_CUT,
      cutKey(settings({ strategy: 'fixed' })),
      cutKey(settings({ size: 121 })),
      cutKey(settings({ overlap: 1 })),
      cutKey(settings({ header: 'path' })),
      cutKey(settings({ header: 'summary' }), null, 'a'),
      cutKey(settings({ header: 'summary' }), null, 'b'),
      cutKey(settings({ unit: 'tokens' }), 'a'),
      cutKey(settings({ unit: 'tokens' }), 'b'),
    ];
    expect(new Set(all).size).toBe(all.length);
    const one = chunkDocument(document('text'))[0]?.id;
    expect(one).toBe('d#0');
    expect(chunkDocument(document('text'), settings({ size: 60 }))[0]?.id).not.toBe(one);
  });
});

describe('what the embedder sees before a chunk', () => {
  const text = '# Book\n## Leave\n### Parents\nTen weeks.';
  const chunk = (header: ChunkSettings['header'], summary: string | null = null) =>
    chunkDocument(document(text), settings({ header }), {
      ...cutWith(WORDS),
      summary: summary === null ? null : { text: summary, writer: 'w' },
    })[0];

  test.each([
    ['title', null, '(T: Parents) Ten weeks.'],
    ['path', null, '(T > Leave > Parents) Ten weeks.'],
    ['none', null, 'Ten weeks.'],
    ['summary', 'It is about leave.', '(T > Leave > Parents) It is about leave. Ten weeks.'],
    ['summary', null, '(T > Leave > Parents) Ten weeks.'],
  ] as const)('%s, %s', (header, summary, expected) => {
    const made = chunk(header, summary);
    expect(made && embeddedText(made)).toBe(expected);
    expect(made && passageText(made)).toBe('(T: Parents) Ten weeks.');
    expect(made?.text).toBe('Ten weeks.');
  });
});

test('a shared text is shown once, and a chunk that holds nothing else not at all', () => {
  const chunks = chunkDocument(
    document('A b c. D e f. G h i.'),
    settings({ strategy: 'sentences', size: 10, overlap: 4 }),
  );
  expect(texts(chunks)).toEqual(['A b c. D e f. G h i.']);
  const shared = chunkDocument(document('A b c. D e f. G h i.'), settings({ strategy: 'fixed', size: 10, overlap: 5 }));
  expect(texts(withoutShared(shared)).join(' ')).toBe('A b c. D e f. G h i.');
  const [one] = chunks;
  expect(one && texts(withoutShared([one, { ...one, start: 7, end: 13, text: 'D e f.' }]))).toEqual([one?.text]);
  expect(one && withoutShared([one, { ...one, documentId: 'other' }])).toHaveLength(2);
});
