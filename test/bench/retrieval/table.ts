import { type Measured, type Metric, meanOf } from './measure';

const RANKED: readonly Metric[] = ['recall@1', 'recall@5', 'recall@10', 'nDCG@10', 'MRR'];
const SPANS: readonly Metric[] = ['precision', 'recall', 'IoU'];

function percent(value: number | null): string {
  return value === null ? '–' : (100 * value).toFixed(1);
}

type Column = 'set' | 'corpus' | 'group' | 'chunking' | 'method';

/** A Markdown table of one row for each of the keys, in percent; `by` names what rows are told apart by. */
function table(all: readonly Measured[], by: readonly Column[], metrics: readonly Metric[]): string {
  const groups = new Map<string, Measured[]>();
  for (const one of all) {
    const key = by.map((name) => one[name]).join('\n');
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  const rows = [...groups].map(([key, members]) => {
    const scores = meanOf(members);
    const questions = members.reduce((sum, one) => sum + one.questions, 0);
    return [...key.split('\n'), String(questions), ...metrics.map((metric) => percent(scores[metric]))];
  });
  const head = [...by, 'questions', ...metrics];
  return [head, head.map((_, i) => (i < by.length ? '---' : '---:')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

export function tables(all: readonly Measured[]): string {
  const spans = all.filter(({ scores }) => scores.IoU !== null);
  return [
    '### Finding\n',
    table(all, ['set', 'group', 'chunking', 'method'], RANKED),
    '\n### Token ranges of the first five passages\n',
    table(spans, ['set', 'chunking', 'method'], SPANS),
    '\n### Corpus by corpus\n',
    table(
      all.filter(({ chunking }) => chunking === all[0]?.chunking),
      ['set', 'corpus', 'group', 'method'],
      RANKED,
    ),
  ].join('\n');
}
