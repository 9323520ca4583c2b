/** Asks every sample question with the real models and prints how often each lane is right: `tsx src/cli/accuracy.ts [--short]`. */
import { mkdir, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { Question, QuestionKind } from '../questions/question';
import { ACCURACY_LANES, NOISE_SEEDS, runAccuracy } from './accuracyRun';
import { formatTable, tabulate } from './accuracyTable';
import { openNodeLab } from './nodeLab';

const FOLDER = 'test-results';
const SHORT: Readonly<Record<QuestionKind, number>> = { plain: 6, rephrased: 3, unanswerable: 2 };

/** The first few questions of each kind, always the same. */
export function shortSet(questions: readonly Question[]): Question[] {
  const kinds = ['plain', 'rephrased', 'unanswerable'] as const;
  return kinds.flatMap((kind) => questions.filter((question) => question.kind === kind).slice(0, SHORT[kind]));
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { short: { type: 'boolean', default: false } } });
  const { signal } = new AbortController();
  const from = performance.now();
  await using lab = await openNodeLab(ACCURACY_LANES, signal);
  const questions = values.short ? shortSet(lab.questions) : lab.questions;
  const seeds = values.short ? NOISE_SEEDS.slice(0, 1) : NOISE_SEEDS;
  const running = runAccuracy(lab, questions, seeds, signal);
  let next = await running.next();
  for (; !next.done; next = await running.next()) {
    const { done, total } = next.value;
    const seconds = Math.round((performance.now() - from) / 1000);
    process.stderr.write(`\r${String(done)} of ${String(total)} questions, ${String(seconds)} s`);
  }
  const cells = tabulate(next.value, ACCURACY_LANES);
  const { model } = lab.model;
  console.log(`\n\n${model.label}, greedy, noise seeds ${seeds.join(', ')}; ranges count questions, not answers.\n`);
  console.log(formatTable(cells));
  await mkdir(FOLDER, { recursive: true });
  const result = {
    made: new Date().toISOString(),
    sample: lab.title,
    model: { id: model.id, source: model.source },
    runsOn: lab.model.runsOn,
    short: values.short,
    seeds,
    lanes: ACCURACY_LANES,
    cells,
    answers: next.value,
  };
  await writeFile(`${FOLDER}/accuracy.json`, `${JSON.stringify(result, null, 1)}\n`);
  console.log(`Every answer is in ${FOLDER}/accuracy.json.`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
