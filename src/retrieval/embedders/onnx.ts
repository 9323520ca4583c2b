import { LabError } from '../../errors';
import type { Job, Progress } from '../../job';
import type { Embedder } from '../embedder';
import type { FinderEntry } from '../embedders';

/** The two things of `inference` that an encoder needs. Feeds are row-major int64 of shape `dims`. */
export interface EncoderSession extends AsyncDisposable {
  readonly inputNames: readonly string[];
  run(
    feeds: Readonly<Record<string, IntegerTensor>>,
  ): Promise<{ readonly read: Readonly<Record<string, FloatTensor>> }>;
}

interface EncoderTokenizer {
  encode(text: string): readonly number[];
}

interface IntegerTensor {
  readonly type: 'int64';
  readonly data: BigInt64Array<ArrayBuffer>;
  readonly dims: readonly number[];
}

interface FloatTensor {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/**
 * Rows of a batch are padded to its longest text, hence batches of similar length. In an int8 model they also share one
 * quantisation range: a vector made in a batch has a cosine of 0.9998 or more with the one made alone (measured).
 */
const BATCH = 8;

/**
 * A BERT-style encoder in ONNX, its tokens' vectors averaged and brought to unit length (Reimers & Gurevych 2019, "mean").
 * Texts longer than the model's context are cut. A text without tokens gets zeros, which are near nothing.
 */
export class OnnxEmbedder implements Embedder {
  readonly id: string;
  readonly dimensions: number;
  readonly fusionWeight: number;

  /** Owns the session from now on. */
  constructor(
    readonly entry: FinderEntry,
    private readonly session: EncoderSession,
    private readonly tokenizer: EncoderTokenizer,
  ) {
    this.id = `${entry.id}/${entry.dtype}/${entry.pooling}/title-text`;
    this.dimensions = entry.dimensions;
    this.fusionWeight = entry.fusionWeight;
  }

  /** Throws `model-unsupported` when the model's output has another shape, `model-corrupt` when it is not numbers. */
  async *embed(texts: readonly string[], signal: AbortSignal): Job<Progress, Float32Array> {
    signal.throwIfAborted();
    const rows = texts.map((text, row) => ({
      row,
      ids: this.tokenizer.encode(text).slice(0, this.entry.contextTokens),
    }));
    const waiting = rows.filter(({ ids }) => ids.length > 0).sort((a, b) => a.ids.length - b.ids.length);
    const vectors = new Float32Array(texts.length * this.dimensions);
    for (let at = 0; at < waiting.length; at += BATCH) {
      const batch = waiting.slice(at, at + BATCH);
      const pooled = await this.#encode(batch.map(({ ids }) => ids));
      signal.throwIfAborted();
      for (const [i, { row }] of batch.entries()) {
        vectors.set(pooled.subarray(i * this.dimensions, (i + 1) * this.dimensions), row * this.dimensions);
      }
      yield { step: 'Embedding', done: at + batch.length, total: waiting.length, unit: 'chunks' };
    }
    return vectors;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session[Symbol.asyncDispose]();
  }

  async #encode(batch: readonly (readonly number[])[]): Promise<Float32Array> {
    const length = Math.max(...batch.map((ids) => ids.length));
    const dims = [batch.length, length];
    const tensor = (value: (id: number) => number): IntegerTensor => {
      const data = new BigInt64Array(batch.length * length);
      batch.forEach((ids, i) => {
        ids.forEach((id, j) => (data[i * length + j] = BigInt(value(id))));
      });
      return { type: 'int64', data, dims };
    };
    const feeds: Record<string, IntegerTensor> = { input_ids: tensor((id) => id), attention_mask: tensor(() => 1) };
    if (this.session.inputNames.includes('token_type_ids')) feeds['token_type_ids'] = tensor(() => 0);
    const output = (await this.session.run(feeds)).read['last_hidden_state'];
    if (output?.dims.join() !== [...dims, this.dimensions].join()) {
      const shape = output ? output.dims.join(' × ') : 'nothing';
      throw new LabError('model-unsupported', `The finder “${this.entry.id}” gave ${shape} for its last hidden state.`);
    }
    return this.#pool(output.data, batch, length);
  }

  #pool(states: Float32Array, batch: readonly (readonly number[])[], length: number): Float32Array {
    const width = this.dimensions;
    const pooled = new Float32Array(batch.length * width);
    for (const [i, ids] of batch.entries()) {
      const sum = new Float64Array(width);
      for (let j = 0; j < ids.length; j++) {
        const at = (i * length + j) * width;
        for (let k = 0; k < width; k++) sum[k] = (sum[k] ?? 0) + (states[at + k] ?? 0);
      }
      const norm = Math.hypot(...sum);
      if (!Number.isFinite(norm)) {
        throw new LabError('model-corrupt', `The finder “${this.entry.id}” gave values that are not numbers.`);
      }
      if (norm > 0)
        pooled.set(
          sum.map((value) => value / norm),
          i * width,
        );
    }
    return pooled;
  }
}
