import { LabError } from '../../errors';
import type { Job, Progress } from '../../job';
import type { Embedder, EmbeddingRole } from '../embedder';
import type { FinderEntry } from '../embedders';
import { type EncoderSession, encoderFeeds } from '../encoder';

interface EncoderTokenizer {
  /** With the tokens that the model wants around a text, cut to `most` with them; none for an empty text. */
  encodeWhole(text: string, most: number): readonly number[];
}

/**
 * Rows of a batch are padded to its longest text, hence batches of similar length. In an int8 model they also share one
 * quantisation range: a vector made in a batch has a cosine of 0.9998 or more with the one made alone (measured).
 */
const BATCH = 8;

/**
 * An encoder in ONNX, one vector for each text, brought to unit length (Reimers & Gurevych 2019: the mean of the tokens'
 * vectors, or the first token's). Texts longer than the model's context are cut. An empty text gets zeros, which are near
 * nothing.
 */
export class OnnxEmbedder implements Embedder {
  readonly id: string;
  readonly dimensions: number;
  readonly fusionWeight: number;

  /** Owns the session from now on. `weights` is the path of the graph, by whose name its dtype is told. */
  constructor(
    readonly entry: FinderEntry,
    private readonly session: EncoderSession,
    private readonly tokenizer: EncoderTokenizer,
    weights: string,
  ) {
    const before = entry.prefixes.passage ? `/${entry.prefixes.passage}` : '';
    this.id = `${nameOf(entry, weights)}/${dtypeOf(weights)}/${entry.pooling}/title-text${before}`;
    this.dimensions = entry.dimensions;
    this.fusionWeight = entry.fusionWeight;
  }

  /** Throws `model-unsupported` when the model's output has another shape, `model-corrupt` when it is not numbers. */
  async *embed(texts: readonly string[], role: EmbeddingRole, signal: AbortSignal): Job<Progress, Float32Array> {
    signal.throwIfAborted();
    const { contextTokens, prefixes } = this.entry;
    const rows = texts.map((text, row) => ({
      row,
      ids: text === '' ? [] : this.tokenizer.encodeWhole(prefixes[role] + text, contextTokens),
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
    const { feeds, dims } = encoderFeeds(
      batch.map((ids) => ({ ids })),
      this.session.inputNames,
    );
    const [, length] = dims;
    const { read } = await this.session.run(feeds);
    const { pooling } = this.entry;
    const name = pooling === 'own' ? 'sentence_embedding' : 'last_hidden_state';
    const output = read[name];
    const expected = pooling === 'own' ? [batch.length, this.dimensions] : [...dims, this.dimensions];
    if (output?.dims.join() !== expected.join()) {
      const shape = output ? output.dims.join(' × ') : 'nothing';
      throw new LabError('model-unsupported', `The finder “${this.entry.id}” gave ${shape} for its ${name}.`);
    }
    const lengths = batch.map((ids) => (pooling === 'mean' ? ids.length : 1));
    return this.#pool(output.data, lengths, pooling === 'own' ? 1 : length);
  }

  /** The mean of the first `lengths[i]` of the `columns` vectors of row i. */
  #pool(states: Float32Array, lengths: readonly number[], columns: number): Float32Array {
    const width = this.dimensions;
    const pooled = new Float32Array(lengths.length * width);
    for (const [i, length] of lengths.entries()) {
      const sum = new Float64Array(width);
      for (let j = 0; j < length; j++) {
        const at = (i * columns + j) * width;
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

/** As Transformers.js names a graph's files: `model.onnx` has 32-bit floats, any other says what it has. */
/** A later generation of the page's own model keeps its name and makes other vectors, hence the digest of its weights. */
function nameOf({ id, source }: FinderEntry, weights: string): string {
  const known = source.kind === 'page' ? source.files.find(({ path }) => path === weights)?.sha256 : null;
  return known ? `${id} ${known.slice(0, 16)}` : id;
}

function dtypeOf(weights: string): string {
  const said = /_(\w+)\.onnx$/.exec(weights)?.[1] ?? 'fp32';
  return said === 'quantized' ? 'int8' : said;
}
