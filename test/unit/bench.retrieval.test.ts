import { expect, test, vi } from 'vitest';
import { chunkings } from '../bench/retrieval/chunkings';
import { type Corpus, SET_NAMES, readSet } from '../bench/retrieval/corpora';
import { readCsv } from '../bench/retrieval/csv';
import { meanOf } from '../bench/retrieval/measure';
import { readReadingSet } from '../bench/retrieval/readingSet';
import { tables } from '../bench/retrieval/table';

test('CSV as RFC 4180 has it', () => {
  expect(readCsv('a,b\r\n"x, ""y""\nz",\n\n,1')).toEqual([
    ['a', 'b'],
    ['x, "y"\nz', ''],
    ['', '1'],
  ]);
});

test('the reading set: passages, questions, rephrasings that share an answer, look-alikes', () => {
  const items = readReadingSet(
    [
      '# A note',
      '=== Fees | Orme Hall',
      'The fee is 5 pounds.',
      '* It is due in May.',
      '? How much? => 5 pounds',
      '~ What does it cost?',
      '- Who pays?',
      '=== Fees | Orme Hall || old',
      'The fee was 4 pounds.',
    ].join('\n'),
  );
  expect(items).toEqual([
    {
      title: 'Fees',
      organisation: 'Orme Hall',
      kind: 'current',
      text: 'The fee is 5 pounds.\n* It is due in May.',
      questions: [
        { question: 'How much?', answer: '5 pounds', rephrased: false },
        { question: 'What does it cost?', answer: '5 pounds', rephrased: true },
      ],
    },
    { title: 'Fees', organisation: 'Orme Hall', kind: 'old', text: 'The fee was 4 pounds.', questions: [] },
  ]);
});

const none = { precision: null, recall: null, IoU: null };
const ranked = (value: number) => ({
  'recall@1': value,
  'recall@5': value,
  'recall@10': value,
  'nDCG@10': value,
  MRR: value,
});

test('a mean counts every question the same; what one corpus has not is not averaged', () => {
  const mean = meanOf([
    { questions: 3, scores: { ...ranked(1), precision: 0.5, recall: 0.5, IoU: 0.5 } },
    { questions: 1, scores: { ...ranked(0), ...none } },
  ]);
  expect(mean.MRR).toBe(0.75);
  expect(mean.IoU).toBeNull();
});

test('the tables add corpora of a set together', () => {
  const row = { set: 's', group: 'all', chunking: 'c', method: 'BM25', chunks: 1 };
  const made = tables([
    { ...row, corpus: 'x', questions: 3, scores: { ...ranked(1), ...none } },
    { ...row, corpus: 'y', questions: 1, scores: { ...ranked(0), ...none } },
  ]);
  expect(made).toContain('| s | all | c | BM25 | 4 | 75.0 | 75.0 | 75.0 | 75.0 | 75.0 |');
  expect(made).toContain('| s | y | all | BM25 | 1 | 0.0 | 0.0 | 0.0 | 0.0 | 0.0 |');
});

test('every chunking cuts a long text, without losing a character’s place', () => {
  const text = Array.from({ length: 90 }, (_, i) => `Sentence ${String(i)} says something short.`).join(' ');
  const document: Corpus['documents'][number] = { id: 'd', title: 'T', mediaType: 'text/plain', text };
  const ways = chunkings('scripted', (text) => text.trim().split(/\s+/).length);
  const counts = ways.map(({ cut }) => {
    const chunks = cut(document);
    for (const chunk of chunks) expect(text.slice(chunk.start, chunk.end)).toBe(chunk.text);
    return chunks.length;
  });
  for (const count of counts) expect(count).toBeGreaterThan(1);
});

test.each(SET_NAMES)('%s is skipped with a line that names its folder where that is not there', async (name) => {
  const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    expect(await readSet(name, '/no/such/data')).toBeNull();
    expect(said.mock.calls).toEqual([[`skipped ${name}: /no/such/data/${name} is not there\n`]]);
  } finally {
    said.mockRestore();
  }
});
