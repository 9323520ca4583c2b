import { wilson } from '../evaluation/intervals';
import type { Lane } from '../lanes/lane';
import type { QuestionKind } from '../questions/question';
import type { AccuracyRow } from './accuracyRun';

export interface AccuracyCell {
  readonly kind: QuestionKind;
  readonly laneId: string;
  readonly lane: string;
  readonly questions: number;
  /** Answers: questions times seeds where there is noise. */
  readonly answers: number;
  readonly correct: number;
  readonly wrong: number;
  readonly abstained: number;
  /** Share of correct answers, and its 95% interval over questions. */
  readonly share: number;
  readonly interval: readonly [number, number];
  /** Of `citable` answers; null where nothing could be cited. */
  readonly citationRight: number | null;
  readonly citable: number;
}

const KINDS: readonly { kind: QuestionKind; title: string }[] = [
  { kind: 'plain', title: 'Plain questions' },
  { kind: 'rephrased', title: 'Rephrased questions' },
  { kind: 'unanswerable', title: 'Unanswerable questions (declining is correct)' },
];

/** Answers to one question under several seeds are not independent, so intervals count questions, not answers. */
export function tabulate(rows: readonly AccuracyRow[], lanes: readonly Lane[]): AccuracyCell[] {
  return KINDS.flatMap(({ kind }) =>
    lanes.flatMap(({ id, name }) => {
      const own = rows.filter((row) => row.kind === kind && row.laneId === id);
      if (own.length === 0) return [];
      const count = (verdict: AccuracyRow['verdict']) => own.filter((row) => row.verdict === verdict).length;
      const questions = new Set(own.map((row) => row.questionId)).size;
      const citable = own.filter((row) => row.citationRight !== null).length;
      const share = count('correct') / own.length;
      return {
        kind,
        laneId: id,
        lane: name,
        questions,
        answers: own.length,
        correct: count('correct'),
        wrong: count('wrong'),
        abstained: count('abstained'),
        share,
        interval: wilson(share, questions),
        citationRight: citable > 0 ? own.filter((row) => row.citationRight === true).length : null,
        citable,
      };
    }),
  );
}

/** Kinds of question that were asked, in the tables' order. */
function byKind(cells: readonly AccuracyCell[]) {
  return KINDS.flatMap(({ kind, title }) => {
    const own = cells.filter((cell) => cell.kind === kind);
    const [first] = own;
    return first ? [{ kind, title, own, first }] : [];
  });
}

/** The table for a terminal: one block per kind of question, one line per lane. */
export function formatTable(cells: readonly AccuracyCell[]): string {
  return byKind(cells)
    .flatMap(({ title, own }) => {
      const lines = own.map((cell) =>
        [
          cell.lane.padEnd(14),
          `${String(cell.correct)} of ${String(cell.answers)}`.padStart(11),
          percent(cell.share).padStart(6),
          `${percent(cell.interval[0])} to ${percent(cell.interval[1])}`.padStart(13),
          String(cell.wrong).padStart(6),
          String(cell.abstained).padStart(10),
          (cell.citationRight === null ? '' : `${String(cell.citationRight)} of ${String(cell.citable)}`).padStart(15),
        ].join(' '),
      );
      const head = `${''.padEnd(14)}     correct            95% range  wrong  abstained  citation right`;
      return [title, head, ...lines, ''];
    })
    .join('\n');
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)}%`;
}

/** The table for the docs, in Markdown: a line per lane, a column per kind of question, and what was cited. */
export function markdownTable(cells: readonly AccuracyCell[]): string {
  const kinds = byKind(cells);
  const lanes = new Map(cells.map(({ laneId, lane }) => [laneId, lane]));
  const lines = [...lanes].map(([id, lane]) => {
    const own = kinds.map((kind) => kind.own.find(({ laneId }) => laneId === id));
    const [cited] = own;
    return [lane, ...own.map((cell) => (cell ? `${percent(cell.share)} (${range(cell)})` : '')), citations(cited)];
  });
  return aligned([
    ['lane', ...kinds.map(({ kind, first }) => `${kind} (${String(first.questions)})`), 'cites the right passage'],
    ...lines,
  ]);
}

function range({ interval: [low, high] }: AccuracyCell): string {
  return `${(low * 100).toFixed(0)} to ${(high * 100).toFixed(0)}`;
}

function citations(cell: AccuracyCell | undefined): string {
  if (!cell || cell.citationRight === null) return '';
  return percent(cell.citationRight / cell.citable);
}

/** As Prettier writes a table, so that what is generated is formatted. The first row is the head. */
function aligned([head = [], ...rows]: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(...[head, ...rows].map((row) => (row[column] ?? title).length)));
  const line = (row: readonly string[], fill = ' ') =>
    `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width, fill)).join(' | ')} |`;
  return [line(head), line([], '-'), ...rows.map((row) => line(row))].join('\n');
}
