/**
 * Prints what a catalogue entry says of files that the page brings: sizes, digests, and for a reader what it writes in its
 * self-test: `npm run entry -- models/reader-tiny adapters/json-answer`. Folders are those of `public/`.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { LabError } from '../errors';
import { TransformersEngine } from '../generation/engines/transformers';
import type { ReaderEntry } from '../generation/models';
import type { ModelFile } from '../inference/files';
import { finish } from '../job';
import { filesUnder, measured } from './files';
import { PAGE_READERS, PUBLIC, readModel } from './nodeLab';

/** Not loaded by the page. */
const UNUSED = /(?:^|\/)(?:special_tokens_map\.json|MODEL_CARD\.md)$/;

/** What the reader in a folder writes greedily after the self-test's messages. */
async function written(folder: string, files: readonly ModelFile[]): Promise<readonly number[]> {
  const like = PAGE_READERS.find(({ selfTest }) => selfTest !== null);
  if (!like?.selfTest) throw new LabError('model-missing', 'The catalogue names no reader with a self-test.');
  const { signal } = new AbortController();
  const entry: ReaderEntry = { ...like, source: { kind: 'page', folder, files }, selfTest: null };
  await using model = await finish(new TransformersEngine(readModel).load(entry, signal));
  const sampling = { temperature: 0, topP: 1, maxTokens: 96, seed: 1 };
  const [one] = await finish(model.write([{ messages: like.selfTest.messages, wears: [], sampling }], signal));
  if (one?.kind !== 'written') throw new LabError('unexpected', `The reader in ${folder} wrote nothing.`);
  return one.tokens ?? [];
}

const { positionals } = parseArgs({ allowPositionals: true });
for (const given of positionals) {
  const folder = given.endsWith('/') ? given : `${given}/`;
  const paths = filesUnder(join(PUBLIC, folder)).filter((path) => !UNUSED.test(path));
  const files = paths.map((path) => ({ path, ...measured(join(PUBLIC, folder, path)) }));
  console.log(`${folder}\n${files.map((file) => JSON.stringify(file)).join('\n')}`);
  if (files.some(({ path }) => path === 'onnx/model_q4.onnx'))
    console.log(`self-test: ${JSON.stringify(await written(folder, files))}`);
}
