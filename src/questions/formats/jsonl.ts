import * as v from 'valibot';
import { LabError } from '../../errors';
import type { Evidence, EvidenceText, Question, QuestionFormat, QuestionKind } from '../question';

/**
 * One JSON object per line, as in public/samples. `evidence` is a passage of `document` (a file name) word for word;
 * a kind other than `rephrased` and `unanswerable` counts as plain.
 */
const Row = v.object({
  id: v.pipe(v.string(), v.nonEmpty()),
  question: v.pipe(v.string(), v.trim(), v.nonEmpty()),
  answer: v.nullish(v.string(), null),
  answer_aliases: v.nullish(v.array(v.string()), []),
  document: v.nullish(v.string(), null),
  evidence: v.nullish(v.string(), null),
  kind: v.nullish(v.string(), 'plain'),
  paraphrase_of: v.nullish(v.string(), null),
});
type Row = v.InferOutput<typeof Row>;

export const jsonl: QuestionFormat = {
  extensions: ['.jsonl'],
  parse(name, text, documents) {
    const ids = new Set<string>();
    return text
      .split('\n')
      .map((line, i) => ({ line, where: `line ${String(i + 1)} of “${name}”` }))
      .filter(({ line }) => line.trim() !== '')
      .map(({ line, where }) => {
        const row = parseRow(line, where);
        if (ids.has(row.id)) throw new LabError('bad-questions', `The id “${row.id}” in ${where} was used before.`);
        ids.add(row.id);
        const kind = kindOf(row.kind);
        return {
          id: row.id,
          text: row.question,
          accepted: accepted(row, kind, where),
          evidence: locate(row, documents),
          kind,
          rephrases: row.paraphrase_of,
        } satisfies Question;
      });
  },
};

function parseRow(line: string, where: string): Row {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new LabError('bad-questions', `The ${where} is not JSON.`, { cause });
  }
  const parsed = v.safeParse(Row, value);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const field = v.getDotPath(issue);
  throw new LabError('bad-questions', `The ${where} is not a question: ${field ? `${field}: ` : ''}${issue.message}.`);
}

function kindOf(kind: string): QuestionKind {
  return kind === 'rephrased' || kind === 'unanswerable' ? kind : 'plain';
}

function accepted({ answer, answer_aliases }: Row, kind: QuestionKind, where: string): string[] | null {
  if (kind === 'unanswerable') return [];
  if (answer === null) return null;
  if (answer.trim() === '')
    throw new LabError('bad-questions', `The ${where} has an empty answer and is not unanswerable.`);
  return [answer, ...answer_aliases.filter((alias) => alias.trim() !== '')];
}

/** Line breaks and spaces in the document may differ from those in the evidence. */
function locate({ document: file, evidence }: Row, documents: ReadonlyMap<string, EvidenceText>): Evidence[] {
  const document = file === null ? undefined : documents.get(file);
  const words = evidence?.split(/\s+/).filter((word) => word !== '') ?? [];
  if (!document || words.length === 0) return [];
  const pattern = words.map((word) => word.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('\\s+');
  const found = new RegExp(pattern).exec(document.text);
  return found ? [{ documentId: document.id, start: found.index, end: found.index + found[0].length }] : [];
}
