/**
 * How well passages are found, over the open sets of ../shared/data; what is not there is skipped with a line that says
 * so. The first run embeds everything and keeps the vectors in .cache/; nothing is drawn at random, so that every run
 * gives the same table.
 *   npm run bench:retrieval [-- chunking_evaluation clapnq reading-set] [--chunking NAME ...] [--weight 0.1 ...] [--json]
 * `--chunking` names some of chunkings.ts, `--weight` what meaning weighs in the fusion against 1 for BM25.
 */
import { parseArgs } from 'node:util';
import { Tokenizer } from '../../src/inference/tokenizer';
import { finish } from '../../src/job';
import { FINDERS } from '../../src/retrieval/embedders';
import { loadFinder } from '../../src/retrieval/embedders/load';
import { publicModels } from '../fixtures/publicModels';
import { chunkings } from './retrieval/chunkings';
import { SET_NAMES, type SetName, readSet } from './retrieval/corpora';
import { type Measured, measureCorpus, methodsOf } from './retrieval/measure';
import { tables } from './retrieval/table';

const { values, positionals } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    chunking: { type: 'string', multiple: true, default: [] },
    weight: { type: 'string', multiple: true, default: [] },
  },
  allowPositionals: true,
});
const wrong = positionals.filter((name) => !(SET_NAMES as string[]).includes(name));
if (wrong.length > 0) throw new Error(`No such set: ${wrong.join(', ')}. Sets: ${SET_NAMES.join(', ')}.`);
const { signal } = new AbortController();
const [entry] = FINDERS;
if (!entry) throw new Error('There is no finder.');
const tokenizer = new Tokenizer((await finish(publicModels(entry.source, 'wasm', signal))).files);
const all = chunkings(entry.id, (text) => tokenizer.encode(text).length);
const unknown = values.chunking.filter((name) => !all.some((one) => one.name === name));
if (unknown.length > 0)
  throw new Error(`No such chunking: ${unknown.join('; ')}. There are: ${all.map(({ name }) => name).join('; ')}.`);
const ways = values.chunking.length > 0 ? all.filter(({ name }) => values.chunking.includes(name)) : all;
const { embedder } = await finish(loadFinder(entry, publicModels, 'wasm', signal));
const methods = methodsOf(embedder, values.weight.map(Number));
const measured: Measured[] = [];
const sets = positionals.length > 0 ? (positionals as SetName[]) : SET_NAMES;
for (const name of sets)
  for (const corpus of (await readSet(name)) ?? []) {
    process.stderr.write(`${name}: ${corpus.name}, ${String(corpus.questions.length)} questions\n`);
    measured.push(...(await measureCorpus(corpus, ways, methods, embedder, signal)));
  }
await embedder[Symbol.asyncDispose]();
if (values.json)
  console.log(JSON.stringify({ made: new Date().toISOString(), embedder: embedder.id, measured }, null, 1));
else if (measured.length > 0) console.log(tables(measured));
