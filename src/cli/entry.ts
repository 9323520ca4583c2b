/**
 * Prints what a catalogue entry says of files that the page brings: sizes, digests, and for a reader what it writes in its
 * self-test: `npm run entry -- models/reader-tiny adapters/json-answer`. Folders are those of `public/`.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { LabError } from '../errors';
import { TransformersEngine } from '../generation/engines/transformers';
import { READERS, type ReaderEntry } from '../generation/models';
import type { ModelFile } from '../inference/files';
import { finish } from '../job';
import { PUBLIC, readModel } from './nodeLab';

/** Not loaded by the page. */
const UNUSED = /(?:^|\/)(?:special_tokens_map\.json|MODEL_CARD\.md)$/;

async function filesOf(folder: string): Promise<ModelFile[]> {
  const found = await readdir(join(PUBLIC, folder), { recursive: true, withFileTypes: true });
  const paths = found
    .filter((one) => one.isFile())
    .map((one) => relative(join(PUBLIC, folder), join(one.parentPath, one.name)));
  const files = [];
  for (const path of paths.filter((one) => !UNUSED.test(one)).sort()) {
    const bytes = await readFile(join(PUBLIC, folder, path));
    files.push({ path, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') });
  }
  return files;
}

/** What the reader in a folder writes greedily after the self-test's messages. */
async function written(folder: string, files: readonly ModelFile[]): Promise<readonly number[]> {
  const like = READERS.find(({ source, selfTest }) => source.kind === 'page' && selfTest !== null);
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
  const files = await filesOf(folder);
  console.log(`${folder}\n${files.map((file) => JSON.stringify(file)).join('\n')}`);
  if (files.some(({ path }) => path === 'onnx/model_q4.onnx'))
    console.log(`self-test: ${JSON.stringify(await written(folder, files))}`);
}
