import type { Feeds, FloatTensor, Session, Tensor } from '../inference/session';
import type { Pick } from './sampling';

/** What the loop has to know of a decoder with a KV cache, in the hub's names of inputs and outputs. */
export interface DecoderShape {
  readonly layers: number;
  readonly kvHeads: number;
  readonly headWidth: number;
  readonly endTokens: readonly number[];
}

export interface DecodeRequest {
  readonly prompt: readonly number[];
  readonly maxTokens: number;
  readonly pick: Pick;
  /** Fed on every run: the adapters and their gate. */
  readonly extra: Feeds;
}

/**
 * Prefills the prompt, then writes token by token: yields each token but the one that ends the text, and
 * returns what ended it. Between tokens it lets messages in, so that Stop is heard.
 */
export async function* decode(
  session: Session,
  shape: DecoderShape,
  { prompt, maxTokens, pick, extra }: DecodeRequest,
  signal: AbortSignal,
): AsyncGenerator<number, 'end' | 'length', void> {
  let cache = emptyCache(shape);
  let input = prompt;
  let length = 0;
  for (let written = 0; written < maxTokens; written++) {
    await letMessagesIn();
    signal.throwIfAborted();
    length += input.length;
    const output = await session.run({ ...extra, ...cache, ...tokens(session, input, length) });
    const logits = output['logits'];
    if (!logits) throw new Error('The model gave no logits.');
    const width = logits.dims.at(-1) ?? 0;
    const token = pick(logits.data.subarray(logits.data.length - width));
    if (shape.endTokens.includes(token)) return 'end';
    yield token;
    cache = nextCache(output);
    input = [token];
  }
  return 'length';
}

function tokens(session: Session, input: readonly number[], length: number): Record<string, Tensor> {
  const feeds: Record<string, Tensor> = {
    input_ids: int64(input, input.length),
    attention_mask: int64(new Array<number>(length).fill(1), length),
  };
  const from = length - input.length;
  if (session.inputNames.includes('position_ids'))
    feeds['position_ids'] = int64(
      input.map((_, i) => from + i),
      input.length,
    );
  return feeds;
}

function int64(values: readonly number[], width: number): Tensor {
  return { type: 'int64', data: BigInt64Array.from(values, BigInt), dims: [1, width] };
}

function emptyCache({ layers, kvHeads, headWidth }: DecoderShape): Record<string, Tensor> {
  const empty: FloatTensor = { type: 'float32', data: new Float32Array(0), dims: [1, kvHeads, 0, headWidth] };
  const cache: Record<string, Tensor> = {};
  for (let layer = 0; layer < layers; layer++)
    for (const part of ['key', 'value']) cache[`past_key_values.${String(layer)}.${part}`] = empty;
  return cache;
}

function nextCache(output: Record<string, FloatTensor>): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(output)
      .filter(([name]) => name.startsWith('present.'))
      .map(([name, tensor]) => [name.replace('present.', 'past_key_values.'), tensor]),
  );
}

/** A task of its own, unlike a settled promise, lets the worker read its messages; unlike a timer it does not wait. */
function letMessagesIn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    const heard = () => {
      port1.close();
      resolve();
    };
    // Node's and the browser's ports share no typed way to listen but this one.
    (port1 as unknown as { onmessage: () => void }).onmessage = heard;
    port2.postMessage(null);
  });
}
