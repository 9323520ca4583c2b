/**
 * The terminal's composition root: the sample handbook, the built-in finder, the built-in reader and its adapters,
 * read from `public/` and run in Node by the same rooms as in the page.
 */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BUILT_IN_ADAPTERS, trainedFor } from '../adapters/builtIn';
import { readPeft } from '../adapters/peft';
import { chunkDocument } from '../documents/chunking';
import type { Document } from '../documents/document';
import { readDocument } from '../documents/formats';
import { LabError } from '../errors';
import type { LoadedModel } from '../generation/engine';
import { TransformersEngine } from '../generation/engines/transformers';
import { READERS, type ReaderEntry } from '../generation/models';
import type { FileReader } from '../inference/files';
import { pageModels } from '../inference/source';
import { finish } from '../job';
import type { Lane } from '../lanes/lane';
import { readQuestions } from '../questions/formats';
import type { Question } from '../questions/question';
import { loadFinder } from '../retrieval/embedders/load';
import type { OnnxEmbedder } from '../retrieval/embedders/onnx';
import { FINDERS } from '../retrieval/embedders';
import { HybridRetriever } from '../retrieval/hybrid';
import { embeddedText } from '../retrieval/passageText';
import type { Retriever } from '../retrieval/retriever';
import { QuantisedIndex } from '../retrieval/vectorIndex/quantised';
import { readScanKernel } from './scanKernel';

export const PUBLIC = join(import.meta.dirname, '../../public');
const SAMPLE = 'samples/handbook/';

export interface NodeLab extends AsyncDisposable {
  readonly title: string;
  readonly questions: readonly Question[];
  readonly retriever: Retriever;
  readonly model: LoadedModel;
}

/** `samples/handbook/sample.json` */
interface Sample {
  readonly title: string;
  readonly questions: string;
  readonly documents: readonly { readonly file: string; readonly replacedBy: string | null }[];
}

const diskFiles: FileReader = async function* (url, signal) {
  try {
    for await (const part of createReadStream(url, { signal })) yield part as Uint8Array;
  } catch (error) {
    signal.throwIfAborted();
    throw new LabError('model-missing', `${url} could not be read.`, { cause: error });
  }
};

export const readModel = pageModels(`${PUBLIC}/`, diskFiles);

/** The readers that the page brings, the one that is loaded first first. */
export const PAGE_READERS: readonly ReaderEntry[] = READERS.filter(({ source }) => source.kind === 'page');

/** Opens the lab with the adapters that these lanes wear; with the page's first reader where none is given. */
export async function openNodeLab(
  lanes: readonly Lane[],
  signal: AbortSignal,
  entry: ReaderEntry | undefined = PAGE_READERS[0],
): Promise<NodeLab> {
  if (!entry) throw new LabError('model-missing', 'The catalogue names no reader.');
  const sample = JSON.parse(await readFile(join(PUBLIC, SAMPLE, 'sample.json'), 'utf8')) as Sample;
  const documents = new Map<string, Document>();
  for (const { file } of sample.documents) {
    const bytes = new Uint8Array(await readFile(join(PUBLIC, SAMPLE, file)));
    documents.set(file, await readDocument(file, bytes, signal));
  }
  const embedder = await loadEmbedder(signal);
  const retriever = await index(sample, documents, embedder, signal);
  const questions = await readFile(join(PUBLIC, SAMPLE, sample.questions), 'utf8');
  const worn = lanes.flatMap(({ wears }) => wears.map(({ adapterId }) => adapterId));
  const model = await loadReader(entry, new Set(worn), signal);
  return {
    title: sample.title,
    questions: readQuestions(sample.questions, questions, documents),
    retriever,
    model,
    async [Symbol.asyncDispose]() {
      await model[Symbol.asyncDispose]();
      await embedder[Symbol.asyncDispose]();
    },
  };
}

async function loadEmbedder(signal: AbortSignal): Promise<OnnxEmbedder> {
  const [entry] = FINDERS;
  if (!entry) throw new LabError('model-missing', 'The catalogue names no finder.');
  return (await finish(loadFinder(entry, readModel, 'wasm', signal))).embedder;
}

async function index(
  sample: Sample,
  documents: ReadonlyMap<string, Document>,
  embedder: OnnxEmbedder,
  signal: AbortSignal,
): Promise<HybridRetriever> {
  const chunksOf = (stale: boolean) =>
    sample.documents
      .filter(({ replacedBy }) => (replacedBy !== null) === stale)
      .flatMap(({ file }) => documents.get(file) ?? [])
      .flatMap((document) => chunkDocument(document));
  const pools = { current: chunksOf(false), stale: chunksOf(true) };
  const scanKernel = await readScanKernel();
  const retriever = new HybridRetriever((dimensions) => new QuantisedIndex(dimensions, scanKernel));
  retriever.setChunks(pools);
  retriever.setEmbedder(embedder);
  const chunks = [...pools.current, ...pools.stale];
  const vectors = await finish(embedder.embed(chunks.map(embeddedText), 'passage', signal));
  const { dimensions } = embedder;
  retriever.addVectors(
    new Map(chunks.map(({ id }, row) => [id, vectors.subarray(row * dimensions, (row + 1) * dimensions)])),
  );
  return retriever;
}

async function loadReader(
  entry: ReaderEntry,
  adapterIds: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<LoadedModel> {
  const engine = new TransformersEngine(readModel);
  const model = await finish(engine.load(entry, signal));
  for (const id of adapterIds) {
    const adapter = BUILT_IN_ADAPTERS.find((one) => one.id === id);
    const trained = adapter && trainedFor(adapter, entry.baseName);
    if (!trained) throw new LabError('adapter-damaged', `There is no built-in adapter “${id}” for ${entry.label}.`);
    const config = await readFile(join(PUBLIC, trained.folder, trained.config.path), 'utf8');
    const weights = await readFile(join(PUBLIC, trained.folder, trained.weights.path));
    await model.addAdapter(readPeft(id, adapter.label, config, weights));
  }
  return model;
}
