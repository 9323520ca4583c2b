import { LabError } from '../../errors';
import type { Job, Progress } from '../../job';
import { type EncoderSession, encoderFeeds } from '../encoder';
import type { Reranker } from '../reranker';
import type { RerankerEntry } from '../rerankers';

interface PairTokenizer {
  /** Both texts as one row of at most `most` tokens, with each token's type. */
  encodePair(
    first: string,
    second: string,
    most: number,
  ): { readonly ids: readonly number[]; readonly types: readonly number[] };
}

/** Rows of a batch are padded to its longest, hence batches of similar length. */
const BATCH = 8;

/**
 * A cross-encoder in ONNX (Nogueira & Cho 2019): question and passage in one row, one logit out, of which the logistic
 * function makes a probability. What is too long is cut as the tokenizer says.
 */
export class OnnxReranker implements Reranker {
  readonly id: string;

  /** Owns the session from now on. */
  constructor(
    readonly entry: RerankerEntry,
    private readonly session: EncoderSession,
    private readonly tokenizer: PairTokenizer,
  ) {
    this.id = entry.id;
  }

  /** Throws `model-unsupported` when the model's output has another shape, `model-corrupt` when it is not numbers. */
  async *score(query: string, passages: readonly string[], signal: AbortSignal): Job<Progress, Float32Array> {
    const logits = yield* this.logits(query, passages, signal);
    return logits.map((logit) => 1 / (1 + Math.exp(-logit)));
  }

  /** As the model gives them. */
  async *logits(query: string, passages: readonly string[], signal: AbortSignal): Job<Progress, Float32Array> {
    signal.throwIfAborted();
    const rows = passages.map((text, place) => ({
      place,
      ...this.tokenizer.encodePair(query, text, this.entry.contextTokens),
    }));
    rows.sort((a, b) => a.ids.length - b.ids.length);
    const logits = new Float32Array(passages.length);
    for (let at = 0; at < rows.length; at += BATCH) {
      const batch = rows.slice(at, at + BATCH);
      const { feeds } = encoderFeeds(batch, this.session.inputNames);
      const {
        read: { logits: output },
      } = await this.session.run(feeds);
      signal.throwIfAborted();
      if (output?.dims.join() !== [batch.length, 1].join()) {
        const shape = output ? output.dims.join(' × ') : 'nothing';
        throw new LabError('model-unsupported', `The reranker “${this.id}” gave ${shape} for its logits.`);
      }
      if (!output.data.every(Number.isFinite))
        throw new LabError('model-corrupt', `The reranker “${this.id}” gave values that are not numbers.`);
      for (const [i, { place }] of batch.entries()) logits[place] = output.data[i] ?? 0;
      yield { step: 'Reranking', done: at + batch.length, total: rows.length, unit: 'chunks' };
    }
    return logits;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session[Symbol.asyncDispose]();
  }
}
