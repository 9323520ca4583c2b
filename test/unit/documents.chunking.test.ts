import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chunkDocument, DEFAULT_CHUNKING } from '../../src/documents/chunking';
import type { Document } from '../../src/documents/document';
import { readDocument } from '../../src/documents/formats';
import { chunkTitle } from '../../src/documents/header';
import { countWords } from '../../src/documents/splitting';

const signal = new AbortController().signal;
const SAMPLE = 'public/samples/handbook';

function document(text: string, mediaType = 'text/markdown', title = 'T'): Document {
  return { id: 'd', title, mediaType, text };
}

describe('the sample handbook', () => {
  test('gives one chunk for each of its 47 sections, text and title as the reader was trained on', async () => {
    const names = readdirSync(SAMPLE).filter((name) => name.endsWith('.md'));
    const chunks = [];
    const expected = [];
    for (const name of names) {
      const bytes = new Uint8Array(readFileSync(`${SAMPLE}/${name}`));
      chunks.push(...chunkDocument(await readDocument(name, bytes, signal)));
      const [title = '', ...sections] = new TextDecoder().decode(bytes).split('\n## ');
      const note = /\(([^,)]+)/.exec(title)?.[1];
      for (const section of sections) {
        const [heading = '', ...body] = section.split('\n\n');
        const text = body.join('\n\n').trim();
        expected.push({ text, headings: [heading], title: `Harrowgate & Lune: ${heading}${note ? ` (${note})` : ''}` });
      }
    }
    expect(chunks).toHaveLength(47);
    expect(chunks.map(({ text, headings, title }) => ({ text, headings, title }))).toEqual(expected);
    expect(expected.map(({ title }) => title)).toContain('Harrowgate & Lune: Old annual leave rules (old version)');
  });
});

describe('chunk titles', () => {
  test.each([
    ['Body: Subject (old version, replaced)', ['A', 'B'], 'Body: B (old version)'],
    ['Body: Subject', ['A'], 'Body: A'],
    ['Body: Subject', [], 'Body: Subject'],
    ['My notes', ['A', 'B'], 'My notes: B'],
    ['My notes (draft)', ['A'], 'My notes (draft): A'],
    ['Meeting at 12:30 today', ['A'], 'Meeting at 12:30 today: A'],
    ['My notes', [], 'My notes'],
  ])('%s > %j', (title, headings, expected) => {
    expect(chunkTitle(title, headings)).toBe(expected);
  });
});

describe('structure', () => {
  test('headings of both kinds make paths without the title', () => {
    const text = '# T\nintro\n\nTwo\n---\na\n\n### Three ###\nb\n\n## **Four** [x](y)\nc\n\nOther\n===\nd\n';
    expect(chunkDocument(document(text)).map((chunk) => [chunk.text, chunk.headings])).toEqual([
      ['intro', []],
      ['a', ['Two']],
      ['b', ['Two', 'Three']],
      ['c', ['Four x']],
      ['d', ['Other']],
    ]);
  });

  test('a fence hides headings, and closes only with its own kind', () => {
    const text = '## A\n```sh\n# not a heading\n~~~\nno\n---\n```\n## B\nb';
    expect(chunkDocument(document(text)).map(({ headings }) => headings)).toEqual([['A'], ['B']]);
  });

  test('a rule below a paragraph or a list is no heading', () => {
    const text = 'line one\nline two\n---\n\n- item\n---\n\n---\nend';
    expect(chunkDocument(document(text)).map(({ headings }) => headings)).toEqual([[]]);
  });

  test('front matter and headings without text give no chunk', () => {
    expect(chunkDocument(document('---\ntitle: x\n---\n# T\n## A\n\n## B\n'))).toEqual([]);
  });

  test('plain text has no headings', () => {
    expect(chunkDocument(document('# one\n\ntwo', 'text/plain')).map(({ text }) => text)).toEqual(['# one\n\ntwo']);
  });
});

describe('length', () => {
  const sentence = 'The quick brown fox jumps over the lazy dog again. ';

  test('a section up to the maximum stays whole, a longer one is cut near the target between sentences', () => {
    expect(chunkDocument(document(`## A\n${sentence.repeat(20)}`))).toHaveLength(1);
    const chunks = chunkDocument(document(`## A\n${sentence.repeat(60)}`));
    expect(chunks).toHaveLength(5);
    for (const { text } of chunks) expect(text).toMatch(/^The .* again\.$/);
  });

  test.each([
    ['letters without spaces', 'x'.repeat(100_000)],
    ['one endless line', 'word '.repeat(50_000)],
    ['Chinese', '中文没有空格'.repeat(2_000)],
    ['surrogate pairs', '😀'.repeat(30_000)],
  ])('%s is cut below the maximum and loses nothing', (_, text) => {
    const chunks = chunkDocument(document(text, 'text/plain'));
    expect(chunks.length).toBeGreaterThan(5);
    for (const chunk of chunks) {
      expect(countWords(chunk.text)).toBeLessThanOrEqual(200);
      expect(chunk.text.isWellFormed()).toBe(true);
    }
    const kept = chunks.map((chunk) => chunk.text.replace(/\s/g, '')).join('');
    expect(kept === text.replace(/\s/g, '')).toBe(true);
  });
});

const line = fc.oneof(
  fc.constantFrom(
    '# Title',
    '## Part ##',
    '### Deep',
    'Under',
    '---',
    '===',
    '```',
    '~~~',
    '- item',
    '| a | b |',
    '',
    ' ',
    '\t',
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 300 }),
  fc.array(fc.lorem({ mode: 'sentences', maxCount: 4 }), { maxLength: 9 }).map((sentences) => sentences.join(' ')),
  fc.string({ unit: 'grapheme-ascii', minLength: 50, maxLength: 400 }).map((text) => text.replace(/\s/g, '')),
);
const markdownish = fc
  .array(fc.tuple(line, fc.constantFrom('\n', '\n\n', '\r\n', '\r', ' \n \n', '\u2028')), { maxLength: 40 })
  .map((lines) => lines.flat().join(''));

test('every chunk is its slice, in order, trimmed, below the maximum, and only headings are left out', () => {
  const [size, max] = [12, 20];
  fc.assert(
    fc.property(markdownish, fc.constantFrom('text/markdown', 'text/plain'), (text, mediaType) => {
      const whole = document(text, mediaType);
      let at = 0;
      let kept = '';
      for (const [i, chunk] of chunkDocument(whole, { ...DEFAULT_CHUNKING, size }).entries()) {
        expect(chunk.text).toBe(text.slice(chunk.start, chunk.end));
        expect(chunk.id.startsWith(`d#${String(i)} `)).toBe(true);
        expect(chunk.start).toBeGreaterThanOrEqual(at);
        expect(chunk.text.trim()).toBe(chunk.text);
        expect(chunk.text).not.toBe('');
        expect(countWords(chunk.text)).toBeLessThanOrEqual(max);
        at = chunk.end;
        kept += chunk.text;
      }
      if (mediaType === 'text/plain') expect(kept.replace(/\s/g, '')).toBe(text.replace(/\s/g, ''));
    }),
    { numRuns: 400 },
  );
});
