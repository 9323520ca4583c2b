/**
 * Asks every sample question with the real models, prints how often each lane is right and writes docs/ACCURACY.md:
 * `npm run accuracy [-- --short] [-- --reader reader-tiny]`. With either option the docs are left as they are.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { ReaderEntry } from '../generation/models';
import type { Question, QuestionKind } from '../questions/question';
import { ACCURACY_LANES, type AccuracyRow, NOISE_SEEDS, runAccuracy } from './accuracyRun';
import { type AccuracyCell, formatTable, markdownTable, tabulate } from './accuracyTable';
import { openNodeLab, PAGE_READERS } from './nodeLab';

const FOLDER = 'test-results';
const DOCS = join(import.meta.dirname, '../../docs/ACCURACY.md');
const SHORT: Readonly<Record<QuestionKind, number>> = { plain: 6, rephrased: 3, unanswerable: 2 };

/** The first few questions of each kind, always the same. */
export function shortSet(questions: readonly Question[]): Question[] {
  const kinds = ['plain', 'rephrased', 'unanswerable'] as const;
  return kinds.flatMap((kind) => questions.filter((question) => question.kind === kind).slice(0, SHORT[kind]));
}

interface Measured {
  readonly sample: string;
  readonly model: Pick<ReaderEntry, 'id' | 'label' | 'source'>;
  readonly runsOn: string;
  readonly cells: readonly AccuracyCell[];
  readonly answers: readonly AccuracyRow[];
}

async function measure(entry: ReaderEntry, short: boolean, seeds: readonly number[]): Promise<Measured> {
  const { signal } = new AbortController();
  const from = performance.now();
  await using lab = await openNodeLab(ACCURACY_LANES, signal, entry);
  const running = runAccuracy(lab, short ? shortSet(lab.questions) : lab.questions, seeds, signal);
  let next = await running.next();
  for (; !next.done; next = await running.next()) {
    const { done, total } = next.value;
    const seconds = Math.round((performance.now() - from) / 1000);
    process.stderr.write(`\r${entry.label}: ${String(done)} of ${String(total)} questions, ${String(seconds)} s`);
  }
  const { id, label, source } = lab.model.model;
  return {
    sample: lab.title,
    model: { id, label, source },
    runsOn: lab.model.runsOn,
    cells: tabulate(next.value, ACCURACY_LANES),
    answers: next.value,
  };
}

function docs(all: readonly Measured[], seeds: readonly number[], made: string): string {
  const parts = all.map(({ model, cells }) => `## ${model.label}\n\n${markdownTable(cells)}\n`);
  return `# How often the built-in readers are right

Written by \`npm run accuracy\` on ${made.slice(0, 10)}: every question of the sample (${all[0]?.sample ?? ''}), greedy, noise seeds ${seeds.join(', ')}, on WebAssembly. Correct answers, with the 95% range (Wilson) over questions, not over answers; of the unanswerable ones, declining is correct. The last column counts plain questions: every passage cited holds the evidence, and one is cited.

${parts.join('\n')}`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { short: { type: 'boolean', default: false }, reader: { type: 'string' } },
  });
  const readers = PAGE_READERS.filter(({ id }) => values.reader === undefined || id === values.reader);
  if (readers.length === 0) throw new Error(`The page brings no reader “${values.reader ?? ''}”.`);
  const seeds = values.short ? NOISE_SEEDS.slice(0, 1) : NOISE_SEEDS;
  const made = new Date().toISOString();
  const all: Measured[] = [];
  for (const entry of readers) {
    const measured = await measure(entry, values.short, seeds);
    all.push(measured);
    console.log(`\n\n${entry.label}, greedy, noise seeds ${seeds.join(', ')}; ranges count questions, not answers.\n`);
    console.log(formatTable(measured.cells));
  }
  await mkdir(FOLDER, { recursive: true });
  const result = { made, short: values.short, seeds, lanes: ACCURACY_LANES, readers: all };
  await writeFile(`${FOLDER}/accuracy.json`, `${JSON.stringify(result, null, 1)}\n`);
  console.log(`Every answer is in ${FOLDER}/accuracy.json.`);
  if (values.short || values.reader !== undefined) return;
  await writeFile(DOCS, docs(all, seeds, made));
  console.log(`The tables are in ${DOCS}.`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
