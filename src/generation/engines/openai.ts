import type { Adapter, Worn } from '../../adapters/adapter';
import { LabError, asLabError } from '../../errors';
import type { Job, Progress } from '../../job';
import type { Completion, Engine, LoadedModel, WriteEvent, WriteRequest } from '../engine';
import type { ReaderEntry } from '../models';
import { Relay } from '../relay';
import { readAnswer } from './openai/answer';
import { type Server, ask, originOf } from './openai/asking';
import { Refusal } from './openai/refusals';
import { type Served, listServed } from './openai/served';

/** Browsers open six connections to one host; some are left for lists and for what is asked next. */
const AT_ONCE = 4;

/**
 * Asks a server that speaks the OpenAI protocol: vLLM, llama.cpp, Ollama and their like. Nothing is downloaded; what is
 * asked leaves the page. An adapter is a model name that the server knows (vLLM: `--enable-lora --lora-modules name=path`).
 */
export class OpenAiEngine implements Engine {
  readonly id = 'openai';
  readonly can = {
    adapters: 'server',
    batches: true,
    seed: true,
    topP: true,
    countsTokens: false,
    jsonSchema: true,
    leavesDevice: true,
  } as const;

  /** `keyOf` gives the key for a base, null where there is none; `pageProtocol` is `location.protocol`. */
  constructor(
    private readonly keyOf: (base: string) => string | null,
    private readonly pageProtocol: string,
  ) {}

  /** Besides `server-*`, throws `model-unsupported` for an entry that names no server. */
  async *load(model: ReaderEntry, signal: AbortSignal): Job<Progress, LoadedModel> {
    const { source } = model;
    if (source.kind !== 'server') throw new LabError('model-unsupported', `${model.label} is on no server.`);
    const server = { base: source.url, key: this.keyOf(source.url), pageProtocol: this.pageProtocol };
    yield { step: 'Asking the server', done: 0, total: 1, unit: 'parts' };
    const served = await listServed(server, signal);
    if (!served.some(({ id }) => id === source.model))
      throw new LabError(
        'server-model-unknown',
        `${originOf(server)} has no model “${source.model}”, but ${String(served.length)} others.`,
      );
    yield { step: 'Asking the server', done: 1, total: 1, unit: 'parts' };
    return new ServedModel(model, source.model, server, served);
  }
}

class ServedModel implements LoadedModel {
  readonly runsOn: string;
  /** Model names by adapter id. */
  readonly #names = new Map<string, string>();
  readonly #closing = new AbortController();

  constructor(
    readonly model: ReaderEntry,
    private readonly name: string,
    private readonly server: Server,
    private readonly served: readonly Served[],
  ) {
    this.runsOn = `server at ${new URL(server.base).host}`;
  }

  /** Looks for the adapter among the names that the server knows: as the entry maps its id, else its id or label. */
  async addAdapter({ id, label }: Adapter): Promise<void> {
    this.#closing.signal.throwIfAborted();
    const names = [this.model.servedAdapters?.[id], id, label];
    const found = this.served.find((one) => one.id !== this.name && names.includes(one.id));
    if (!found)
      throw new LabError(
        'adapter-unsupported',
        `${originOf(this.server)} knows no model “${label}”. A server wears the adapters that it was started with (vLLM: --enable-lora --lora-modules ${label}=PATH).`,
      );
    if (found.adapterOf !== null && found.adapterOf !== this.name)
      throw new LabError(
        'adapter-mismatch',
        `“${found.id}” is an adapter of ${found.adapterOf}, but the model here is ${this.name}.`,
      );
    this.#names.set(id, found.id);
  }

  async removeAdapter(adapterId: string): Promise<void> {
    this.#closing.signal.throwIfAborted();
    this.#names.delete(adapterId);
  }

  async countTokens(): Promise<number[]> {
    this.#closing.signal.throwIfAborted();
    throw new LabError('model-unsupported', `${originOf(this.server)} does not count tokens before it is asked.`);
  }

  async *write(requests: readonly WriteRequest[], signal: AbortSignal): Job<WriteEvent, Completion[]> {
    const called = performance.now();
    const left = new AbortController();
    const stop = AbortSignal.any([signal, this.#closing.signal, left.signal]);
    stop.throwIfAborted();
    const events = new Relay<WriteEvent>();
    const completions = new Array<Completion>(requests.length);
    const waiting = requests.entries();
    const places = Math.min(AT_ONCE, requests.length);
    const place = async () => {
      for (const [request, one] of waiting) {
        events.tell({ kind: 'started', request, promptTokens: null });
        const hear = (text: string, ms: number) => events.tell({ kind: 'text', request, text, ms });
        const completion = await this.#answer(one, called, places > 1, hear, stop);
        completions[request] = completion;
        events.tell({ kind: 'done', request, completion });
      }
    };
    const abort = () => {
      events.fail(stop.reason);
    };
    stop.addEventListener('abort', abort, { once: true });
    Promise.all(Array.from({ length: places }, place)).then(
      () => {
        events.end();
      },
      (error: unknown) => {
        events.fail(error);
      },
    );
    try {
      yield* events;
    } finally {
      stop.removeEventListener('abort', abort);
      // Whoever leaves early, or is stopped, leaves nothing under way at the server.
      left.abort();
    }
    return completions;
  }

  async #answer(
    request: WriteRequest,
    called: number,
    shared: boolean,
    hear: (text: string, ms: number) => void,
    signal: AbortSignal,
  ): Promise<Completion> {
    const { label } = this.model;
    try {
      const body = this.#body(request);
      let response: Response;
      try {
        response = await ask(this.server, '/chat/completions', body, label, signal);
      } catch (error) {
        // vLLM refuses an answer that might not fit; without a limit of ours it gives it the rest of the window.
        if (!(error instanceof Refusal && error.promptFits)) throw error;
        const { max_tokens: _, ...open } = body;
        response = await ask(this.server, '/chat/completions', open, label, signal);
      }
      return await readAnswer(response, this.server, label, called, shared, hear, signal);
    } catch (error) {
      signal.throwIfAborted();
      const { code, message } = asLabError(error);
      return { kind: 'failed', code, message };
    }
  }

  #body({ messages, wears, sampling, schema }: WriteRequest) {
    return {
      model: this.#nameFor(wears.filter(({ strength }) => strength !== 0)),
      messages,
      stream: true,
      stream_options: { include_usage: true },
      temperature: sampling.temperature,
      top_p: sampling.topP,
      max_tokens: sampling.maxTokens,
      seed: sampling.seed,
      ...(schema && {
        response_format: { type: 'json_schema', json_schema: { name: 'answer', schema, strict: true } },
      }),
    };
  }

  #nameFor(wears: readonly Worn[]): string {
    const [worn, second] = wears;
    if (!worn) return this.name;
    if (second)
      throw new LabError(
        'adapter-unsupported',
        `A server wears one adapter at a time; ${String(wears.length)} were asked for.`,
      );
    if (worn.strength !== 1)
      throw new LabError(
        'adapter-unsupported',
        `A server wears an adapter at strength 1 alone; ${String(worn.strength)} was asked for.`,
      );
    const { adapterId } = worn;
    const own = this.served.find(({ id, adapterOf }) => id === adapterId && adapterOf === this.name);
    const name = this.#names.get(adapterId) ?? own?.id;
    if (name === undefined)
      throw new LabError('adapter-mismatch', `The adapter “${adapterId}” is not served with this model.`);
    return name;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new LabError('model-not-loaded', `${this.model.label} was put away.`));
  }
}
