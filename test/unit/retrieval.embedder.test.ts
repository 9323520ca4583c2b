import { readdirSync, readFileSync } from 'node:fs';
import { Tokenizer } from '@huggingface/tokenizers';
import * as ort from 'onnxruntime-web/wasm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chunkDocument } from '../../src/documents/chunking';
import type { Document } from '../../src/documents/document';
import { readDocument } from '../../src/documents/formats';
import { finish, type Progress } from '../../src/job';
import { dequantise } from '../../src/onnx/dequantise';
import { readModel } from '../../src/onnx/model';
import { type ExternalFile, writeModel } from '../../src/onnx/write';
import { readQuestions } from '../../src/questions/formats';
import type { Question } from '../../src/questions/question';
import { FINDERS, type FinderEntry } from '../../src/retrieval/embedders';
import { OnnxEmbedder } from '../../src/retrieval/embedders/onnx';
import type { EncoderSession } from '../../src/retrieval/encoder';
import { HybridRetriever } from '../../src/retrieval/hybrid';
import { passageText } from '../../src/retrieval/passageText';
import type { Hit } from '../../src/retrieval/retriever';
import { pageSource } from '../fixtures/publicModels';
import { type KnownVectors, selfTest } from '../../src/retrieval/selfTest';

const { signal } = new AbortController();
const [entry] = FINDERS as readonly [FinderEntry & { readonly selfTest: KnownVectors }];
const folder = `public/${pageSource(entry.source).folder}`;
const json = (file: string) => JSON.parse(readFileSync(folder + file, 'utf8')) as object;
const tokenizer = new Tokenizer(json('tokenizer.json'), json('tokenizer_config.json'));
const encodeWhole = (text: string, most: number) => tokenizer.encode(text).ids.slice(0, most);

const file = () => new Uint8Array(readFileSync(`${folder}onnx/model_quantized.onnx`));

async function openSession(graph = file(), externalData: ExternalFile[] = []): Promise<EncoderSession> {
  ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create(graph, { externalData });
  return {
    inputNames: session.inputNames,
    async run(feeds) {
      const tensors = Object.entries(feeds).map(([name, { data, dims }]) => [
        name,
        new ort.Tensor('int64', data, dims),
      ]);
      const output = await session.run(Object.fromEntries(tensors) as Record<string, ort.Tensor>);
      const read = Object.entries(output).map(
        ([name, { data, dims }]) => [name, { data: data as Float32Array, dims }] as const,
      );
      return { read: Object.fromEntries(read) };
    },
    [Symbol.asyncDispose]: () => session.release(),
  };
}

/** A session whose hidden state of a token is (id, 1), counting its runs. */
function countingSession(state = (id: bigint) => [Number(id), 1], width = 2) {
  const shapes: number[][] = [];
  const session: EncoderSession = {
    inputNames: ['input_ids', 'attention_mask'],
    run({ input_ids: ids }) {
      shapes.push([...(ids?.dims ?? [])]);
      const data = Float32Array.from(Array.from(ids?.data ?? []).flatMap(state));
      const state0 = { data, dims: [...(ids?.dims ?? []), width] };
      return Promise.resolve({ read: { last_hidden_state: state0 } });
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return { session, shapes };
}

const small: FinderEntry = { ...entry, dimensions: 2, contextTokens: 5 };
const letters = {
  encodeWhole: (text: string, most: number) => Array.from(text, (letter) => letter.charCodeAt(0) - 96).slice(0, most),
};
const WEIGHTS = 'onnx/model_quantized.onnx';

describe('the embedder', () => {
  test('averages the tokens of each text, padding left out, in the order given', async () => {
    const { session, shapes } = countingSession();
    const texts = ['cccc', 'a', '', 'bd', ...Array.from({ length: 9 }, () => 'a')];
    const vectors = await finish(new OnnxEmbedder(small, session, letters, WEIGHTS).embed(texts, 'passage', signal));
    const unit = (x: number) => [x / Math.hypot(x, 1), 1 / Math.hypot(x, 1)].map(Math.fround);
    expect([...vectors.subarray(0, 8)]).toEqual([...unit(3), ...unit(1), 0, 0, ...unit(3)]);
    expect(shapes).toEqual([
      [8, 1],
      [4, 4],
    ]);
  });

  test('cuts at the context, tells its progress, and stops between batches', async () => {
    const { session, shapes } = countingSession();
    const embedder = new OnnxEmbedder(small, session, letters, WEIGHTS);
    const progress: Progress[] = [];
    await finish(
      embedder.embed(
        Array.from({ length: 20 }, () => 'aaaaaaaaa'),
        'passage',
        signal,
      ),
      (event) => progress.push(event),
    );
    expect(progress.map(({ done, total }) => [done, total])).toEqual([
      [8, 20],
      [16, 20],
      [20, 20],
    ]);
    expect(shapes).toEqual([
      [8, 5],
      [8, 5],
      [4, 5],
    ]);

    const stop = new AbortController();
    const stopped = finish(
      embedder.embed(
        Array.from({ length: 20 }, () => 'a'),
        'query',
        stop.signal,
      ),
      () => stop.abort(),
    );
    await expect(stopped).rejects.toHaveProperty('name', 'AbortError');
    expect(shapes).toHaveLength(5);
  });

  test('a vector’s id names weights, dtype, pooling and what is put before a passage, and those of the page by their digest', () => {
    const idOf = (one: FinderEntry, weights: string) =>
      new OnnxEmbedder(one, countingSession().session, letters, weights).id;
    if (entry.source.kind !== 'page') throw new Error('The first finder is not the page’s own.');
    const { files } = entry.source;
    const digest = files.find(({ path }) => path === WEIGHTS)?.sha256 ?? '';
    expect(idOf(entry, WEIGHTS)).toBe(`embedder-tiny ${digest.slice(0, 16)}/int8/mean/title-text`);
    expect(digest).toHaveLength(64);
    // Vectors that an earlier generation made are not those of this one.
    const other = files.map((file) => (file.path === WEIGHTS ? { ...file, sha256: 'ab'.repeat(32) } : file));
    expect(idOf({ ...entry, source: { ...entry.source, files: other } }, WEIGHTS)).toBe(
      'embedder-tiny abababababababab/int8/mean/title-text',
    );
    const e5 = FINDERS.find(({ id }) => id === 'multilingual-e5-small') ?? entry;
    expect(idOf(e5, 'onnx/model.onnx')).toBe('multilingual-e5-small/fp32/mean/title-text/passage: ');
    expect(idOf(e5, 'onnx/model_fp16.onnx')).toBe('multilingual-e5-small/fp16/mean/title-text/passage: ');
  });

  test('a model of another shape, or one that gives no numbers, is refused', async () => {
    const wide = new OnnxEmbedder(small, countingSession((id) => [Number(id), 1, 1], 3).session, letters, WEIGHTS);
    await expect(finish(wide.embed(['a'], 'passage', signal))).rejects.toMatchObject({ code: 'model-unsupported' });
    const broken = new OnnxEmbedder(small, countingSession(() => [NaN, 1]).session, letters, WEIGHTS);
    await expect(finish(broken.embed(['a'], 'passage', signal))).rejects.toMatchObject({ code: 'model-corrupt' });
  });
});

describe('the self-test of another device', () => {
  const bytes = (vector: readonly number[]) => btoa(String.fromCharCode(...vector.map((value) => value & 255)));
  const share = (vectors: readonly string[], state?: (id: bigint) => number[]) =>
    selfTest(
      new OnnxEmbedder(small, countingSession(state).session, letters, WEIGHTS),
      { texts: ['c', 'a'], vectors, leastCosine: 0.999 },
      signal,
    );

  test('tells the least cosine, whatever the scale', async () => {
    expect(await share([bytes([30, 10]), bytes([5, 5])])).toBeCloseTo(1, 6);
    // (3, 1) and (1, 3).
    expect(await share([bytes([10, 30]), bytes([5, 5])])).toBeCloseTo(0.6, 6);
    expect(await share([bytes([30, 10]), bytes([-5, -5])])).toBeCloseTo(-1, 6);
  });

  test('what is cut, empty or not numbers is never near', async () => {
    expect(await share([bytes([30]), bytes([5, 5])])).toBeNaN();
    expect(await share([bytes([0, 0]), bytes([5, 5])])).toBeNaN();
    await expect(share([bytes([30, 10])], () => [NaN, 1])).rejects.toMatchObject({ code: 'model-corrupt' });
  });
});

test('the vectors in the catalogue are those that WebAssembly makes', async () => {
  const { texts, vectors, leastCosine } = entry.selfTest;
  expect(vectors).toHaveLength(texts.length);
  await using embedder = new OnnxEmbedder(entry, await openSession(), { encodeWhole }, WEIGHTS);
  for (const [i, text] of texts.entries()) {
    const alone = { texts: [text], vectors: vectors.slice(i, i + 1), leastCosine };
    const made = await finish(embedder.embed([text], 'passage', signal));
    const largest = Math.max(...made.map(Math.abs));
    const codes = btoa(String.fromCharCode(...made.map((value) => Math.round((127 * value) / largest) & 255)));
    // Codes of one byte cost 0.00003.
    expect(await selfTest(embedder, alone, signal), `now: ${codes}`).toBeGreaterThan(0.9999);
  }
});

describe('the built-in finder on the sample', () => {
  let embedder: OnnxEmbedder;
  let questions: Question[] = [];
  let passages: string[] = [];
  const retriever = new HybridRetriever();

  beforeAll(async () => {
    embedder = new OnnxEmbedder(entry, await openSession(), { encodeWhole }, WEIGHTS);
    const documents = new Map<string, Document>();
    for (const name of readdirSync('public/samples/handbook').filter(
      (file) => file.endsWith('.md') && !file.includes('2017'),
    )) {
      documents.set(
        name,
        await readDocument(name, new Uint8Array(readFileSync(`public/samples/handbook/${name}`)), signal),
      );
    }
    const current = [...documents.values()].flatMap((document) => chunkDocument(document));
    passages = current.map(passageText);
    const vectors = await finish(embedder.embed(passages, 'passage', signal));
    const width = embedder.dimensions;
    retriever.setEmbedder(embedder);
    retriever.setChunks({ current, stale: [] });
    retriever.addVectors(new Map(current.map(({ id }, i) => [id, vectors.subarray(i * width, (i + 1) * width)])));
    questions = readQuestions('q.jsonl', readFileSync('public/samples/handbook/questions.jsonl', 'utf8'), documents);
  });
  afterAll(() => embedder[Symbol.asyncDispose]());

  test('vectors of the graph in floats differ from its own no more than its own do from batch to batch', async () => {
    const floats = dequantise(readModel(file()));
    if (!floats) throw new Error('It cannot be had in floats.');
    const { graph, external } = writeModel(floats);
    await using inFloats = new OnnxEmbedder(entry, await openSession(graph, [...external]), { encodeWhole }, WEIGHTS);
    const [ours, theirs] = [
      await finish(embedder.embed(passages, 'passage', signal)),
      await finish(inFloats.embed(passages, 'passage', signal)),
    ];
    const cosines = passages.map((_text, row) => {
      let dot = 0;
      for (let i = row * entry.dimensions; i < (row + 1) * entry.dimensions; i++)
        dot += (ours[i] ?? NaN) * (theirs[i] ?? NaN);
      return dot;
    });
    expect(cosines.length).toBeGreaterThan(40);
    // What batches of the 8-bit graph keep among themselves is 0.9998.
    expect(Math.min(...cosines)).toBeGreaterThan(0.9997);
  });

  /** Share of questions, in percent, whose evidence is among the first 1 and the first 5. */
  async function recall(kind: Question['kind'], rankOf: (hit: Hit) => number | undefined) {
    const asked = questions.filter((question) => question.kind === kind);
    let [first, five] = [0, 0];
    for (const { text, evidence } of asked) {
      const hits = await retriever.search(text, 50, 'current', signal);
      const gold = hits.find(({ chunk }) =>
        evidence.some((at) => at.documentId === chunk.documentId && at.start >= chunk.start && at.end <= chunk.end),
      );
      const rank = (gold && rankOf(gold)) ?? Infinity;
      if (rank <= 1) first++;
      if (rank <= 5) five++;
    }
    return [first, five].map((found) => Math.round((100 * found) / asked.length));
  }

  test('finds what was measured on the shipped files (public/models/embedder-tiny/MODEL_CARD.md, "Figures")', async () => {
    const words = (hit: Hit) => hit.words?.rank;
    const dense = (hit: Hit) => hit.dense?.rank;
    const fused = (hit: Hit) => hit.rank;
    expect([await recall('plain', words), await recall('rephrased', words)]).toEqual([
      [93, 99],
      [71, 80],
    ]);
    const vectors = [...(await recall('plain', dense)), ...(await recall('rephrased', dense))];
    // Rounding differs between processors: one question is 1.3 points.
    for (const [i, percent] of [95, 97, 82, 97].entries())
      expect(Math.abs((vectors[i] ?? 0) - percent)).toBeLessThanOrEqual(3);
    const both = [...(await recall('plain', fused)), ...(await recall('rephrased', fused))];
    for (const [i, percent] of [93, 99, 71, 80].entries()) expect(both[i]).toBeGreaterThanOrEqual(percent);
  });
});
