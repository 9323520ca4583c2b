import type { ChatCompletionChunk, ChatCompletionRequestStreaming, MLCEngineInterface } from '@mlc-ai/web-llm';
import { LabError } from '../../errors';
import type { Job, Progress } from '../../job';
import { Turns } from '../../turns';
import type { Completion, Engine, LoadedModel, WriteEvent, WriteRequest } from '../engine';
import type { CompiledModel, ReaderEntry } from '../models';
import { Relay } from '../relay';
import { failureOf } from './webllm/failures';
import { progressIn } from './webllm/progress';

/** Told not to think, a model begins with an empty thought; the library counts it to the limit and into the text. */
const EMPTY_THOUGHT = /^<think>\s*<\/think>\s*/;
const EMPTY_THOUGHT_TOKENS = 4;

/** The library, fetched only when it is needed. Computes in the thread that calls it: never the page's own. */
async function openLibrary(): Promise<MLCEngineInterface> {
  try {
    const { MLCEngine } = await import('@mlc-ai/web-llm');
    return new MLCEngine();
  } catch (error) {
    throw new LabError('runtime-missing', 'WebLLM could not be fetched.', { cause: error });
  }
}

/**
 * Runs WebLLM's compiled models on WebGPU (MLC, https://github.com/mlc-ai/web-llm). Requests are answered in turns, each
 * from an empty cache, so that their figures compare. It fetches and keeps the files itself (`webllm/kept.ts`) and
 * wears no adapters.
 */
export class WebllmEngine implements Engine {
  readonly id = 'webllm';
  readonly can = {
    adapters: 'none',
    batches: false,
    seed: true,
    topP: true,
    countsTokens: false,
    jsonSchema: true,
  } as const;

  /** `gpuFeatures`: of the adapter that WebGPU gives, null without one. `open` makes an engine of the library. */
  constructor(
    private readonly gpuFeatures: () => Promise<ReadonlySet<string> | null>,
    private readonly open: () => Promise<MLCEngineInterface> = openLibrary,
  ) {}

  /** Throws `gpu-missing`, `out-of-memory`, `model-missing`, `model-corrupt`, `storage-full`, `runtime-missing`. */
  async *load(model: ReaderEntry, signal: AbortSignal): Job<Progress, LoadedModel> {
    const { source, compiled, label, contextTokens } = model;
    if (source.kind !== 'webllm' || !compiled)
      throw new LabError('model-unsupported', `${label} is none of WebLLM’s models.`);
    this.#mustRun(label, compiled, await this.gpuFeatures());
    const engine = await this.open();
    signal.throwIfAborted();
    const told = new Relay<Progress>();
    const stop = () => {
      told.fail(signal.reason);
    };
    signal.addEventListener('abort', stop, { once: true });
    engine.setInitProgressCallback((report) => {
      const progress = progressIn(report);
      if (progress) told.tell(progress);
    });
    // It comes to its end also where the library gave the model up, stopped or without a GPU.
    const loading = engine
      .reload(source.record, { context_window_size: contextTokens })
      .then(() => engine.getMessage());
    loading.then(
      () => {
        told.end();
      },
      (error: unknown) => {
        told.fail(error);
      },
    );
    let loaded = false;
    try {
      yield* told;
      loaded = true;
    } catch (error) {
      signal.throwIfAborted();
      const failure = failureOf(error, label);
      throw failure.code === 'gpu-lost'
        ? new LabError('out-of-memory', `The GPU was lost while ${label} was loading.`, { cause: error })
        : failure;
    } finally {
      signal.removeEventListener('abort', stop);
      if (!loaded) void giveUp(engine, loading);
    }
    return new CompiledReader(model, compiled, engine);
  }

  #mustRun(label: string, { features }: CompiledModel, offered: ReadonlySet<string> | null): void {
    if (!offered) throw new LabError('gpu-missing', `${label} needs WebGPU, which this browser does not offer here.`);
    const missing = features.find((feature) => !offered.has(feature));
    if (missing !== undefined)
      throw new LabError('gpu-missing', `${label} needs ${missing}, which this GPU does not offer.`);
  }
}

/** Ends the downloads of a load; what is past them goes on to its end and is then freed. */
async function giveUp(engine: MLCEngineInterface, loading: Promise<unknown>): Promise<void> {
  const unload = () => engine.unload().catch(() => undefined);
  await unload();
  await loading.catch(() => undefined);
  await unload();
}

class CompiledReader implements LoadedModel {
  readonly runsOn = 'WebGPU, by WebLLM';
  readonly #turns = new Turns();
  readonly #closing = new AbortController();
  /** Settled when the library has let go of the last request. */
  #letGo: Promise<unknown> = Promise.resolve();

  constructor(
    readonly model: ReaderEntry,
    private readonly compiled: CompiledModel,
    private readonly engine: MLCEngineInterface,
  ) {}

  async addAdapter(): Promise<void> {
    this.#closing.signal.throwIfAborted();
    throw this.#noAdapters();
  }

  async removeAdapter(): Promise<void> {
    this.#closing.signal.throwIfAborted();
  }

  #noAdapters(): LabError {
    return new LabError(
      'adapter-unsupported',
      `${this.model.label} runs on WebLLM, and adapters are not on this engine yet.`,
    );
  }

  async countTokens(): Promise<number[]> {
    this.#closing.signal.throwIfAborted();
    throw new LabError('model-unsupported', 'WebLLM does not count tokens before it is asked.');
  }

  async *write(requests: readonly WriteRequest[], signal: AbortSignal): Job<WriteEvent, Completion[]> {
    const called = performance.now();
    const stop = AbortSignal.any([signal, this.#closing.signal]);
    stop.throwIfAborted();
    const end = await this.#turns.take();
    const completions: Completion[] = [];
    try {
      for (const [request, one] of requests.entries()) {
        stop.throwIfAborted();
        const completion = yield* this.#answer(request, one, called, stop);
        completions.push(completion);
        yield { kind: 'done', request, completion };
      }
    } finally {
      void this.#letGo.then(end);
    }
    return completions;
  }

  async *#answer(
    request: number,
    one: WriteRequest,
    called: number,
    signal: AbortSignal,
  ): AsyncGenerator<WriteEvent, Completion, void> {
    const { label } = this.model;
    try {
      if (one.wears.some(({ strength }) => strength !== 0)) throw this.#noAdapters();
      yield { kind: 'started', request, promptTokens: null };
      let text = '';
      let firstMs: number | null = null;
      let finish: string | null = null;
      let usage: ChatCompletionChunk['usage'];
      for await (const chunk of this.#chunks(one, signal)) {
        usage = chunk.usage ?? usage;
        const [choice] = chunk.choices;
        if (!choice) continue;
        const ms = performance.now() - called;
        firstMs ??= ms;
        finish = choice.finish_reason ?? finish;
        const delta = choice.delta.content ?? '';
        const shown = text === '' && this.compiled.thinks ? delta.replace(EMPTY_THOUGHT, '') : delta;
        if (shown === '') continue;
        text += shown;
        yield { kind: 'text', request, text: shown, ms };
      }
      if (finish === 'abort') throw new LabError('unexpected', `${label} was interrupted.`);
      return {
        kind: 'written',
        text,
        tokens: null,
        stoppedBy: finish === 'length' ? 'length' : 'end',
        usage: {
          promptTokens: usage?.prompt_tokens ?? null,
          answerTokens: usage?.completion_tokens ?? null,
          firstTokenMs: firstMs ?? performance.now() - called,
          decodeMs: usage ? usage.extra.time_per_output_token_s * (usage.completion_tokens - 1) * 1000 : null,
          shared: false,
        },
      };
    } catch (error) {
      signal.throwIfAborted();
      // A lost GPU shows as whatever was under way; the library has then put the model away.
      const state = await this.engine.getMessage().then(
        () => error,
        (gone: unknown) => gone,
      );
      const { code, message } = failureOf(state, label);
      return { kind: 'failed', code, message };
    }
  }

  /** Ends at once when the signal says so, and lets the library end in its own time. */
  async *#chunks(request: WriteRequest, signal: AbortSignal): AsyncGenerator<ChatCompletionChunk, void, void> {
    await this.engine.resetChat();
    const chunks = (await this.engine.chatCompletion(this.#body(request)))[Symbol.asyncIterator]();
    let stop: () => void = () => undefined;
    const stopped = new Promise<never>((_, reject) => {
      stop = () => {
        reject(signal.reason as Error);
      };
    });
    stopped.catch(() => undefined);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    let ended = false;
    try {
      for (;;) {
        const next = await Promise.race([chunks.next(), stopped]);
        ended = next.done === true;
        if (next.done) return;
        yield next.value;
      }
    } finally {
      signal.removeEventListener('abort', stop);
      if (!ended) {
        // Before its first token the library forgets that it was interrupted; then `return` ends it after that one.
        this.engine.interruptGenerate();
        this.#letGo = Promise.resolve(chunks.return?.()).catch(() => undefined);
      }
    }
  }

  #body({ messages, sampling, schema }: WriteRequest): ChatCompletionRequestStreaming {
    const { temperature, topP, maxTokens, seed } = sampling;
    return {
      messages: messages.map((message) => ({ ...message })),
      stream: true,
      stream_options: { include_usage: true },
      temperature,
      // The library takes no 0, which at temperature 0 would do nothing.
      top_p: temperature === 0 ? 1 : topP,
      max_tokens: maxTokens + (this.compiled.thinks ? EMPTY_THOUGHT_TOKENS : 0),
      seed,
      // Else those of the model's own settings hold, and lanes of two models differ in more than the model.
      repetition_penalty: 1,
      frequency_penalty: 0,
      presence_penalty: 0,
      ...(schema && { response_format: { type: 'json_object', schema: JSON.stringify(schema) } }),
      ...(this.compiled.thinks && { extra_body: { enable_thinking: false } }),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(new LabError('model-not-loaded', `${this.model.label} was put away.`));
    const end = await this.#turns.take();
    await this.engine.unload().finally(end);
  }
}
