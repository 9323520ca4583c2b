/** What servers say when they refuse, in their several ways, as errors with words for people. */
import { type ErrorCode, LabError } from '../../../errors';

/** Of a server's own words, so much is quoted. */
const MOST_QUOTED = 300;

/** `promptFits`: it was too long only together with the answer that was asked for. */
export class Refusal extends LabError {
  constructor(
    code: ErrorCode,
    message: string,
    readonly promptFits = false,
  ) {
    super(code, message);
  }
}

export interface Said {
  readonly message: string;
  readonly kind: string;
  readonly promptTokens: number | null;
  readonly window: number | null;
}

/**
 * An error body: `{error: {message, type, code}}` (vLLM, llama.cpp with `n_prompt_tokens` and `n_ctx`, Ollama),
 * `{error: "…"}` (vLLM on a missing key), `{message}` (older vLLM), `{detail}` (gateways). Null when it is none of these.
 */
export function saidIn(body: unknown): Said | null {
  if (typeof body !== 'object' || body === null) return null;
  const { error, detail } = body as Record<string, unknown>;
  const inner = typeof error === 'object' && error !== null ? (error as Record<string, unknown>) : null;
  const fields = inner ?? (body as Record<string, unknown>);
  // llama.cpp's own event of that name holds the whole body once more.
  if (inner && 'error' in inner) return saidIn(inner);
  const message = [error, fields['message'], detail].find((one) => typeof one === 'string');
  if (message === undefined) return null;
  const count = (name: string) => (typeof fields[name] === 'number' ? fields[name] : null);
  return {
    message,
    kind: [fields['type'], fields['code']].filter((one) => typeof one === 'string').join(' '),
    promptTokens: count('n_prompt_tokens'),
    window: count('n_ctx'),
  };
}

const OVERFLOW =
  /exceed_context_size|context_length_exceeded|maximum context length|(exceeds|longer than) the [^.]*context (length|size)/i;
const WINDOW = [
  /maximum context length (?:is|of) (\d+)/i, // vLLM, SGLang, OpenAI
  /context (?:size|length) \((\d+) tokens\)/i, // llama.cpp, SGLang
];
const PROMPT = [
  /contains (?:at least )?(\d+) input tokens/i, // vLLM since 0.18; “at least” where it stopped counting
  /request has (\d+) input tokens/i, // vLLM since 0.10
  /(\d+) in the messages/i, // vLLM before, OpenAI
  /resulted in (\d+) tokens/i, // OpenAI
  /(\d+) tokens from the input messages/i, // SGLang
  /(?:request|input) \((\d+) tokens\)/i, // llama.cpp, SGLang
];

function found(patterns: readonly RegExp[], text: string): number | null {
  for (const pattern of patterns) {
    const [, digits] = pattern.exec(text) ?? [];
    if (digits !== undefined) return Number(digits);
  }
  return null;
}

/** Null when it speaks of something else. */
function overflow(said: Said, { label, key }: Asked): Refusal | null {
  if (!OVERFLOW.test(`${said.kind} ${said.message}`)) return null;
  const prompt = said.promptTokens ?? found(PROMPT, said.message);
  const window = said.window ?? found(WINDOW, said.message);
  if (prompt === null || window === null)
    return new Refusal(
      'context-overflow',
      `The prompt is longer than the ${label}’s window: “${quoted(said.message, key)}”`,
    );
  const least = /at least \d/.test(said.message) ? 'at least ' : '';
  return new Refusal(
    'context-overflow',
    `The prompt has ${least}${prompt.toLocaleString('en')} tokens; the ${label}’s window holds ${window.toLocaleString('en')}.`,
    prompt < window,
  );
}

function quoted(message: string, key: string | null): string {
  const line = (key === null ? message : message.replaceAll(key, '…')).replace(/\s+/g, ' ').trim();
  return line.length > MOST_QUOTED ? `${line.slice(0, MOST_QUOTED)}…` : line;
}

export interface Asked {
  /** The server, for people. */
  readonly origin: string;
  readonly label: string;
  /** Blotted out wherever the server's words repeat it. */
  readonly key: string | null;
}

/** An answer of another status than 200. `retryAfter` is that header, which a page sees only where the server exposes it. */
export function refusalOf(status: number, said: Said | null, retryAfter: string | null, asked: Asked): Refusal {
  const { origin, label, key } = asked;
  const words = said ? ` It says: “${quoted(said.message, key)}”` : '';
  const answered = (code: ErrorCode, what: string) =>
    new Refusal(code, `${origin} ${what} (answer ${String(status)}).${words}`);
  if (status === 401) return answered('server-refused', key !== null ? 'refused the key' : 'asks for a key');
  if (status === 403) return answered('server-refused', 'does not allow this');
  if (status === 404)
    return said && /model/i.test(said.message)
      ? answered('server-model-unknown', `does not have the model “${label}”`)
      : answered('server-answer', 'has nothing at that address');
  if (status === 429 || status === 503) {
    const wait = retryAfter !== null && /^\d+$/.test(retryAfter) ? ` It asks to wait ${retryAfter} seconds.` : '';
    const busy = answered('server-busy', status === 429 ? 'takes no more requests now' : 'is not ready');
    return new Refusal('server-busy', busy.message + wait);
  }
  return (said && overflow(said, asked)) ?? answered('server-failed', 'refused the request');
}

/** An error that came instead of the next piece of an answer. */
export function refusalInStream(said: Said, asked: Asked): Refusal {
  const { origin, key } = asked;
  return (
    overflow(said, asked) ??
    new Refusal('server-failed', `${origin} broke the answer off. It says: “${quoted(said.message, key)}”`)
  );
}
