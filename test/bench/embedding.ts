/** The embedding pipeline against its session's runs alone: Node, WebAssembly, one thread, the built-in finder. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chunkDocument } from '../../src/documents/chunking';
import { readDocument } from '../../src/documents/formats';
import { fileOf } from '../../src/inference/files';
import { type Outputs, openSession } from '../../src/inference/session';
import { Tokenizer } from '../../src/inference/tokenizer';
import { finish } from '../../src/job';
import { OnnxEmbedder } from '../../src/retrieval/embedders/onnx';
import type { EncoderSession } from '../../src/retrieval/encoder';
import { FINDERS } from '../../src/retrieval/embedders';
import { embeddedText } from '../../src/retrieval/passageText';
import { PUBLIC, publicModels } from '../fixtures/publicModels';
import { type BenchRow, median, ratio } from './rows';

const SAMPLE = join(PUBLIC, 'samples/handbook');
const TURNS = 7;
const { signal } = new AbortController();

export async function benchEmbedding(): Promise<BenchRow[]> {
  const [entry] = FINDERS;
  if (!entry) throw new Error('There is no finder.');
  const { files, weights } = await finish(publicModels(entry.source, 'wasm', signal));
  const session = await openSession(fileOf(files, weights));
  // What the pipeline feeds, to be fed again without it.
  const fed: Parameters<EncoderSession['run']>[0][] = [];
  const spy: EncoderSession = {
    inputNames: session.inputNames,
    run: (feeds): Promise<Outputs> => {
      fed.push(feeds);
      return session.run(feeds);
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
  await using embedder = new OnnxEmbedder(entry, spy, new Tokenizer(files), weights);
  const sample = JSON.parse(await readFile(join(SAMPLE, 'sample.json'), 'utf8')) as { documents: { file: string }[] };
  const texts: string[] = [];
  for (const { file } of sample.documents) {
    const document = await readDocument(file, new Uint8Array(await readFile(join(SAMPLE, file))), signal);
    texts.push(...chunkDocument(document).map(embeddedText));
  }
  const ours: number[] = [];
  const bare: number[] = [];
  for (let turn = -1; turn < TURNS; turn++) {
    fed.length = 0;
    const from = performance.now();
    await finish(embedder.embed(texts, 'passage', signal));
    const between = performance.now();
    for (const feeds of [...fed]) await session.run(feeds);
    if (turn < 0) continue;
    ours.push(between - from);
    bare.push(performance.now() - between);
  }
  const note = `${median(bare).toFixed(0)} ms against ${median(ours).toFixed(0)} ms for ${String(texts.length)} chunks`;
  return [ratio('bare embedding runs / the pipeline', median(bare) / median(ours), { atLeast: 0.9 }, note)];
}
