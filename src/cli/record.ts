/**
 * Records the example that the page shows while its models load: the preset *Read* answering one sample question
 * with the real models, times as measured here: `tsx src/cli/record.ts [--question q038]`.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { Recording } from '../lab';
import { finish } from '../job';
import { openBench } from '../lanes/bench';
import { compare } from '../lanes/compare';
import { describeFinding } from '../lanes/finding';
import type { Lane } from '../lanes/lane';
import { DEFAULT_SEED, PRESETS } from '../lanes/presets';
import type { Question } from '../questions/question';
import { type NodeLab, openNodeLab } from './nodeLab';

export const RECORDING_FILE = join(import.meta.dirname, '../../public/samples/recording.json');

/** Chosen because it shows what the preset is about; most questions do not (npm run accuracy). */
const QUESTION = 'q071';

/** Throws the error of a lane that fails: an example must be whole. */
export async function record(
  lab: Pick<NodeLab, 'model' | 'retriever' | 'title'>,
  question: Question,
  lanes: readonly Lane[],
  seed: number,
  signal: AbortSignal,
): Promise<Recording> {
  const bench = openBench(question, lab.retriever, seed, signal);
  const answers = await finish(compare(lanes, bench, lab.model, signal));
  for (const { outcome } of answers) if (outcome.kind === 'failed') throw outcome.error;
  return { recordedAt: new Date().toISOString(), question, lanes, answers, seed, sourceTitle: lab.title };
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { question: { type: 'string', default: QUESTION } } });
  const { signal } = new AbortController();
  const lanes = PRESETS.find(({ id }) => id === 'read')?.lanes ?? [];
  await using lab = await openNodeLab(lanes, signal);
  const question = lab.questions.find(({ id }) => id === values.question);
  if (!question) throw new Error(`There is no sample question “${values.question}”.`);
  // Once unrecorded, so that the times are not those of a cold start.
  await record(lab, question, lanes, DEFAULT_SEED, signal);
  const recording = await record(lab, question, lanes, DEFAULT_SEED, signal);
  await writeFile(RECORDING_FILE, `${JSON.stringify(recording, null, 1)}\n`);
  console.log(question.text);
  for (const [i, { text, verdict }] of recording.answers.entries()) {
    console.log(`${String(i + 1)} ${lanes[i]?.name ?? ''}: ${text} (${verdict ?? 'unmarked'})`);
  }
  console.log(describeFinding(question, lanes, recording.answers));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
