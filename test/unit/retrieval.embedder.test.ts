import { readdirSync, readFileSync } from 'node:fs';
import { Tokenizer } from '@huggingface/tokenizers';
import * as ort from 'onnxruntime-web/wasm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chunkDocument } from '../../src/documents/chunking';
import type { Document } from '../../src/documents/document';
import { readDocument } from '../../src/documents/formats';
import { finish, type Progress } from '../../src/job';
import { readQuestions } from '../../src/questions/formats';
import type { Question } from '../../src/questions/question';
import { FINDERS, type FinderEntry } from '../../src/retrieval/embedders';
import { type EncoderSession, OnnxEmbedder } from '../../src/retrieval/embedders/onnx';
import { HybridRetriever } from '../../src/retrieval/hybrid';
import { passageText } from '../../src/retrieval/passageText';
import type { Hit } from '../../src/retrieval/retriever';
import { pageSource } from '../fixtures/publicModels';

const { signal } = new AbortController();
const [entry] = FINDERS as readonly [FinderEntry];
const folder = `public/${pageSource(entry.source).folder}`;
const json = (file: string) => JSON.parse(readFileSync(folder + file, 'utf8')) as object;
const tokenizer = new Tokenizer(json('tokenizer.json'), json('tokenizer_config.json'));
const encodeWhole = (text: string, most: number) => tokenizer.encode(text).ids.slice(0, most);

async function openSession(): Promise<EncoderSession> {
  ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create(new Uint8Array(readFileSync(`${folder}onnx/model_quantized.onnx`)));
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

  test('a vector’s id names weights, dtype, pooling and what is put before a passage; the built-in one’s stayed', () => {
    const idOf = (one: FinderEntry, weights: string) =>
      new OnnxEmbedder(one, countingSession().session, letters, weights).id;
    expect(idOf(entry, WEIGHTS)).toBe('embedder-tiny/int8/mean/title-text');
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

describe('the built-in finder on the sample', () => {
  let embedder: OnnxEmbedder;
  let questions: Question[] = [];
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
    const vectors = await finish(embedder.embed(current.map(passageText), 'passage', signal));
    const width = embedder.dimensions;
    retriever.setEmbedder(embedder);
    retriever.setChunks({ current, stale: [] });
    retriever.addVectors(new Map(current.map(({ id }, i) => [id, vectors.subarray(i * width, (i + 1) * width)])));
    questions = readQuestions('q.jsonl', readFileSync('public/samples/handbook/questions.jsonl', 'utf8'), documents);
  });
  afterAll(() => embedder[Symbol.asyncDispose]());

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

  test('finds what was measured on the shipped files (public/models/MODEL_CARD.md, "Measured: embedder")', async () => {
    const words = (hit: Hit) => hit.words?.rank;
    const dense = (hit: Hit) => hit.dense?.rank;
    const fused = (hit: Hit) => hit.rank;
    expect([await recall('plain', words), await recall('rephrased', words)]).toEqual([
      [93, 99],
      [71, 80],
    ]);
    const vectors = [...(await recall('plain', dense)), ...(await recall('rephrased', dense))];
    // Rounding differs between processors: one question is 1.3 points.
    for (const [i, percent] of [93, 100, 78, 95].entries())
      expect(Math.abs((vectors[i] ?? 0) - percent)).toBeLessThanOrEqual(3);
    const both = [...(await recall('plain', fused)), ...(await recall('rephrased', fused))];
    for (const [i, percent] of [93, 99, 71, 80].entries()) expect(both[i]).toBeGreaterThanOrEqual(percent);
  });
});
