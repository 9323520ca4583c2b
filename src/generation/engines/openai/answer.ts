/** One answer as it streams in: what the chunks of the several servers say. */
import { LabError } from '../../../errors';
import type { Completion } from '../../engine';
import { type Server, jsonIn, originOf } from './asking';
import { type Asked, refusalInStream, saidIn } from './refusals';
import { bytesOf, eventData } from './sse';

interface Chunk {
  readonly text: string;
  /** Thought aloud, in a field of its own, which is not shown. */
  readonly thought: boolean;
  readonly finish: string | null;
  readonly usage: { readonly prompt: number; readonly answer: number } | null;
}

/** vLLM and llama.cpp `reasoning_content`, Ollama and newer vLLM `reasoning`. */
const THOUGHTS = ['reasoning_content', 'reasoning'];
/** Why a server ended an answer other than that it was finished. */
const BROKEN = new Set(['abort', 'error', 'content_filter']);

function chunkOf(body: unknown): Chunk | null {
  if (typeof body !== 'object' || body === null || !('choices' in body) || !Array.isArray(body.choices)) return null;
  const [choice] = body.choices as readonly Record<string, unknown>[];
  // A server that does not stream answers once, with a message.
  const said = (choice?.['delta'] ?? choice?.['message'] ?? {}) as Record<string, unknown>;
  const usage = ('usage' in body ? (body.usage ?? {}) : {}) as Record<string, unknown>;
  const { prompt_tokens: prompt, completion_tokens: answer } = usage;
  return {
    text: typeof said['content'] === 'string' ? said['content'] : '',
    thought: THOUGHTS.some((field) => typeof said[field] === 'string' && said[field] !== ''),
    finish: typeof choice?.['finish_reason'] === 'string' ? choice['finish_reason'] : null,
    // Zeros stand for “not yet” in the chunks of some servers.
    usage: typeof prompt === 'number' && typeof answer === 'number' && prompt > 0 ? { prompt, answer } : null,
  };
}

/**
 * Reads the answer to its end, handing each piece of text to `hear`. Times are in ms since `called`; the tokens that
 * were only thought count as first ones too. Throws `server-cut` when the stream ends before the answer does,
 * `server-answer` for what is no answer, and what `refusalInStream` says.
 */
export async function readAnswer(
  response: Response,
  server: Server,
  label: string,
  called: number,
  shared: boolean,
  hear: (text: string, ms: number) => void,
  signal: AbortSignal,
): Promise<Completion> {
  const asked: Asked = { origin: originOf(server), label, key: server.key };
  let text = '';
  let firstMs: number | null = null;
  let lastMs = 0;
  let finish: string | null = null;
  let usage: Chunk['usage'] = null;
  let done = false;
  for await (const data of dataOf(response, asked, signal)) {
    if (data === '[DONE]') {
      done = true;
      break;
    }
    const body = jsonIn(data);
    const chunk = chunkOf(body);
    if (!chunk) {
      const said = saidIn(body);
      if (said) throw refusalInStream(said, asked);
      // Half a chunk is what a connection that broke leaves behind.
      if (body === undefined) break;
      throw new LabError('server-answer', `${asked.origin} sent something else than pieces of an answer.`);
    }
    usage = chunk.usage ?? usage;
    if (chunk.text === '' && !chunk.thought && chunk.finish === null) continue;
    lastMs = performance.now() - called;
    firstMs ??= lastMs;
    finish = chunk.finish ?? finish;
    if (chunk.text === '') continue;
    text += chunk.text;
    hear(chunk.text, lastMs);
  }
  if (finish === null && !done)
    throw new LabError(
      'server-cut',
      `The connection to ${asked.origin} ended after ${text.length.toLocaleString('en')} characters of the answer.`,
    );
  if (finish !== null && BROKEN.has(finish))
    throw new LabError('server-failed', `${asked.origin} broke the answer off (“${finish}”).`);
  return {
    kind: 'written',
    text,
    tokens: null,
    stoppedBy: finish === 'length' ? 'length' : 'end',
    usage: {
      promptTokens: usage?.prompt ?? null,
      answerTokens: usage?.answer ?? null,
      firstTokenMs: firstMs ?? performance.now() - called,
      // All at once says nothing of how long it was written.
      decodeMs: firstMs === null || lastMs === firstMs ? null : lastMs - firstMs,
      shared,
    },
  };
}

async function* dataOf(response: Response, asked: Asked, signal: AbortSignal): AsyncGenerator<string, void, void> {
  const type = response.headers.get('content-type') ?? '';
  if (!response.body || !/event-stream|json/.test(type))
    throw new LabError(
      'server-answer',
      `${asked.origin} answered with ${type || 'nothing'}, not with an answer in pieces.`,
    );
  try {
    if (type.includes('json')) yield await response.text();
    else yield* eventData(bytesOf(response.body));
  } catch {
    // The connection broke: the reader sees an end before the answer's end.
    signal.throwIfAborted();
  }
}
