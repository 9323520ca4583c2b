import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readQuestions } from '../../src/questions/formats';
import { mark } from '../../src/questions/marking';
import { containsAnswer } from '../../src/questions/matching';

const SAMPLE = 'public/samples/handbook';

describe('the sample', () => {
  const text = readFileSync(`${SAMPLE}/questions.jsonl`, 'utf8');
  const files = [...new Set(Array.from(text.matchAll(/"document": "([^"]+)"/g), ([, file]) => file ?? ''))];
  const documents = new Map(files.map((file) => [file, { id: file, text: readFileSync(`${SAMPLE}/${file}`, 'utf8') }]));

  test('every question is read, and its evidence is where the document holds the answer', () => {
    const questions = readQuestions('questions.jsonl', text, documents);
    const count = (kind: string) => questions.filter((question) => question.kind === kind).length;
    expect([count('plain'), count('rephrased'), count('unanswerable')]).toEqual([76, 76, 16]);
    for (const question of questions) {
      if (question.kind === 'unanswerable') {
        expect(question).toMatchObject({ accepted: [], evidence: [] });
        continue;
      }
      const [evidence] = question.evidence;
      const said = documents.get(evidence?.documentId ?? '')?.text.slice(evidence?.start, evidence?.end) ?? '';
      expect(containsAnswer(said, question.accepted ?? [])).toBe(true);
      expect(mark(question, `${said} [1]`)).toBe('correct');
      expect(mark(question, 'The passages do not say.')).toBe('abstained');
    }
    const rephrased = questions.filter(({ kind }) => kind === 'rephrased');
    expect(rephrased.every(({ rephrases }) => questions.some(({ id }) => id === rephrases))).toBe(true);
  });

  test('without its documents there is no evidence', () => {
    const questions = readQuestions('questions.jsonl', text, new Map());
    expect(questions.flatMap(({ evidence }) => evidence)).toEqual([]);
  });
});

test('evidence is found across line breaks; an unknown answer is null', () => {
  const row = { id: 'a', question: ' Why? ', document: 'a.md', evidence: 'It costs (about) 5 euros.' };
  const [question] = readQuestions(
    'a.jsonl',
    JSON.stringify(row),
    new Map([['a.md', { id: 'd', text: 'x\nIt costs\n(about) 5\teuros. y' }]]),
  );
  expect(question).toEqual({
    id: 'a',
    text: 'Why?',
    accepted: null,
    evidence: [{ documentId: 'd', start: 2, end: 27 }],
    kind: 'plain',
    rephrases: null,
  });
});

describe('refusals name the line', () => {
  test.each([
    ['{"id": "a"', 'not JSON'],
    ['[]', 'not a question'],
    ['{"id": "a", "question": 5}', 'question: '],
    ['{"id": "a", "question": " "}', 'question: '],
    ['{"id": "a", "question": "Q?", "answer": ""}', 'empty answer'],
    ['{"id": "first", "question": "Q?", "answer": "5"}', 'used before'],
  ])('%s', (line, message) => {
    const read = () => readQuestions('q.jsonl', `{"id": "first", "question": "Q?"}\n\n${line}\n`, new Map());
    expect(read).toThrow(
      expect.objectContaining({
        code: 'bad-questions',
        message: expect.stringMatching(`line 3 of “q.jsonl”(.|\n)*`) as string,
      }) as Error,
    );
    expect(read).toThrow(message);
  });

  test('an unknown kind of file', () => {
    expect(() => readQuestions('q.csv', '', new Map())).toThrow('.jsonl');
  });
});
