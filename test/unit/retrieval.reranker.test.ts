import { describe, expect, test } from 'vitest';
import { openSession } from '../../src/inference/session';
import type { ReadModel } from '../../src/inference/source';
import { Tokenizer } from '../../src/inference/tokenizer';
import { type Progress, finish } from '../../src/job';
import type { EncoderSession } from '../../src/retrieval/encoder';
import { HybridRetriever } from '../../src/retrieval/hybrid';
import { RERANKERS, type RerankerEntry } from '../../src/retrieval/rerankers';
import { loadReranker } from '../../src/retrieval/rerankers/load';
import { OnnxReranker } from '../../src/retrieval/rerankers/onnx';
import { familyGraph, recorded, tokenizerFiles } from '../fixtures/families';

const { signal } = new AbortController();
const [first] = RERANKERS as readonly [RerankerEntry];

/** Made by families/make/rerankers.py. */
interface RecordedReranker {
  readonly tokenizer: string;
  /** Tokens that a pair was cut to. */
  readonly most: number;
  readonly pairs: readonly (readonly [string, string])[];
  readonly ids: readonly (readonly number[])[];
  readonly types: readonly (readonly number[])[];
  readonly logits: readonly number[];
}

describe.each(['bert', 'roberta', 'deberta'])('a cross-encoder: %s', async (name) => {
  const reference = await recorded<RecordedReranker>(`reranker.${name}`);
  const files = await tokenizerFiles(reference.tokenizer, null, false);
  const tokenizer = new Tokenizer(files);
  const entry = { ...first, contextTokens: reference.most };

  test('pairs are tokens as transformers has them, also where they are cut', () => {
    for (const [i, [question, passage]] of reference.pairs.entries()) {
      const { ids, types } = tokenizer.encodePair(question, passage, reference.most);
      expect(ids).toEqual(reference.ids[i]);
      // Its fast tokenizers of XLM-RoBERTa tell no types.
      if (name !== 'roberta') expect(types).toEqual(reference.types[i]);
    }
  });

  test('gives the logits of the reference, and their probabilities, in the order of the passages', async () => {
    const read: ReadModel = async function* () {
      yield { step: 'Loading', done: 0, total: null, unit: 'bytes' };
      const weights = 'onnx/model_quantized.onnx';
      return { files: new Map([...files, [weights, await familyGraph(`reranker.${name}`)]]), weights };
    };
    await using reranker = await finish(loadReranker(entry, read, 'wasm', signal));
    for (const [question] of reference.pairs) {
      // With the passages of others beside its own, so that rows are padded and sorted.
      const passages = reference.pairs.map(([, passage]) => passage);
      const logits = await finish(reranker.logits(question, passages, signal));
      const scores = await finish(reranker.score(question, passages, signal));
      for (const [i, pair] of reference.pairs.entries()) {
        if (pair[0] === question)
          expect(Math.abs((logits[i] ?? NaN) - (reference.logits[i] ?? NaN))).toBeLessThan(1e-4);
        expect(scores[i]).toBeCloseTo(1 / (1 + Math.exp(-(logits[i] ?? NaN))), 6);
      }
    }
  });
});

/** The logit of a row is its length; counts runs. */
function lengths(dims = (rows: number) => [rows, 1], value = (length: number) => length) {
  const shapes: (readonly number[])[] = [];
  const session: EncoderSession = {
    inputNames: ['input_ids', 'attention_mask'],
    run({ attention_mask: mask }) {
      const [rows = 0, columns = 0] = mask?.dims ?? [];
      shapes.push([rows, columns]);
      const data = Float32Array.from({ length: rows }, (_, row) =>
        value(mask?.data.slice(row * columns, (row + 1) * columns).reduce((sum, one) => sum + Number(one), 0) ?? 0),
      );
      return Promise.resolve({ read: { logits: { data, dims: dims(rows) } } });
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return { session, shapes };
}

const letters = {
  encodePair: (a: string, b: string, most: number) => {
    const ids = Array.from(a + b, (letter) => letter.charCodeAt(0)).slice(0, most);
    return { ids, types: ids.map(() => 0) };
  },
};

describe('the reranker', () => {
  test('reads in batches of similar length, tells its progress and stops between them', async () => {
    const { session, shapes } = lengths();
    const reranker = new OnnxReranker(first, session, letters);
    const passages = Array.from({ length: 19 }, (_, i) => 'x'.repeat((i * 7) % 19));
    const told: Progress[] = [];
    const logits = await finish(reranker.logits('qq', passages, signal), (event) => told.push(event));
    expect([...logits]).toEqual(passages.map(({ length }) => length + 2));
    expect(told.map(({ done, total }) => [done, total])).toEqual([
      [8, 19],
      [16, 19],
      [19, 19],
    ]);
    expect(shapes).toEqual([
      [8, 9],
      [8, 17],
      [3, 20],
    ]);
    const stop = new AbortController();
    const stopped = finish(reranker.score('q', passages, stop.signal), () => stop.abort());
    await expect(stopped).rejects.toHaveProperty('name', 'AbortError');
    expect(shapes).toHaveLength(5);
    expect(await finish(reranker.score('q', [], signal))).toHaveLength(0);
  });

  test('what is no score is refused', async () => {
    const asked = (session: EncoderSession) =>
      finish(new OnnxReranker(first, session, letters).score('q', ['p'], signal));
    await expect(asked(lengths((rows) => [rows, 3]).session)).rejects.toMatchObject({
      code: 'model-unsupported',
      message: 'The reranker “ms-marco-minilm-l6-v2” gave 1 × 3 for its logits.',
    });
    await expect(asked(lengths(undefined, () => NaN).session)).rejects.toHaveProperty('code', 'model-corrupt');
  });

  test('sets the order of a search', async () => {
    const reference = await recorded<RecordedReranker>('reranker.bert');
    const tokenizer = new Tokenizer(await tokenizerFiles(reference.tokenizer, null, false));
    const session = await openSession(await familyGraph('reranker.bert'));
    await using reranker = new OnnxReranker({ ...first, contextTokens: reference.most }, session, tokenizer);
    const texts = ['The head says so: leave.', 'Leave in the office.', 'Leave is five days.'];
    const search = new HybridRetriever();
    const place = { documentId: 'd', documentTitle: '', title: '', ordinal: 0, start: 0, headings: [], page: null };
    search.setChunks({
      current: texts.map((text, i) => ({ ...place, id: String(i), text, end: text.length })),
      stale: [],
    });
    search.setReranker(reranker);
    const scores = await finish(reranker.score('leave', texts, signal));
    const expected = [0, 1, 2].sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0)).map(String);
    const hits = await search.search('leave', 3, 'current', signal, { rerank: 3 });
    expect(hits.map(({ chunk }) => chunk.id)).toEqual(expected);
    expect(expected).not.toEqual((await search.search('leave', 3, 'current', signal)).map(({ chunk }) => chunk.id));
  });
});

test('the catalogue: of the hub, 8-bit in WebAssembly and never on a GPU', () => {
  expect(new Set(RERANKERS.map(({ id }) => id)).size).toBe(3);
  for (const { source, licence, contextTokens } of RERANKERS) {
    expect(source).toMatchObject({
      kind: 'hub',
      weights: { wasm: 'onnx/model_quantized.onnx', webgpu: 'onnx/model.onnx' },
    });
    expect(licence).not.toBe('');
    expect(contextTokens).toBe(512);
  }
});
