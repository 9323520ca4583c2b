/**
 * The table of question formats. A format turns a file's text into questions; `documents` are those of the library
 * by file name, and a question whose document is missing there has no evidence. Throws `bad-questions`, naming the line.
 */
import { LabError } from '../errors';
import { jsonl } from './formats/jsonl';
import type { EvidenceText, Question, QuestionFormat } from './question';

const FORMATS: readonly QuestionFormat[] = [jsonl];

export function readQuestions(name: string, text: string, documents: ReadonlyMap<string, EvidenceText>): Question[] {
  const format = FORMATS.find(({ extensions }) =>
    extensions.some((extension) => name.toLowerCase().endsWith(extension)),
  );
  if (!format) {
    const known = FORMATS.flatMap(({ extensions }) => extensions).join(', ');
    throw new LabError('bad-questions', `“${name}” is none of the kinds of questions that can be read: ${known}.`);
  }
  return format.parse(name, text, documents);
}
