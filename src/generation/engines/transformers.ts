import type { Adapter, Worn } from '../../adapters/adapter';
import { checkFits } from '../../adapters/fits';
import { type Graft, graft } from '../../adapters/graft/graft';
import { type Mix, mix } from '../../adapters/mix';
import { LabError, asLabError, isAbort } from '../../errors';
import { type FileReader, type ModelFiles, fileOf, jsonOf, readModelFiles } from '../../inference/files';
import { type Feeds, type Session, openSession, runsOn } from '../../inference/session';
import { Tokenizer } from '../../inference/tokenizer';
import type { Job, Progress } from '../../job';
import { type DecoderShape, decode } from '../decoding';
import type { Completion, Engine, LoadedModel, WriteEvent, WriteRequest } from '../engine';
import type { ReaderEntry } from '../models';
import { picker } from '../sampling';

const WEIGHTS = /\.onnx$/;

/**
 * Runs decoders in the hub's ONNX form, with LoRA grafted into the graph so that adapters come and go without
 * a reload. Requests are written one after the other, each with a gate of its own.
 */
export class TransformersEngine implements Engine {
  readonly id = 'transformers';
  readonly can = { adapters: 'runtime', batches: false, seed: true, topP: true, countsTokens: true } as const;

  /** `base` is put before the entry's folder. */
  constructor(
    private readonly base: string,
    private readonly read: FileReader,
  ) {}

  async *load(model: ReaderEntry, signal: AbortSignal): Job<Progress, LoadedModel> {
    const files = yield* readModelFiles(this.base + model.folder, model.files, this.read, signal);
    const weights = model.files.find(({ path }) => WEIGHTS.test(path));
    if (!weights) throw new LabError('model-unsupported', `${model.label} has no ONNX file.`);
    const bytes = fileOf(files, weights.path);
    const tokenizer = new Tokenizer(files);
    const shape = shapeOf(files);
    const grafted = graft(bytes);
    signal.throwIfAborted();
    const session = await openSession(grafted.graph, [{ path: grafted.externalName, data: bytes }]);
    // Nobody else holds the session yet: a load stopped while it opened must free its memory itself.
    if (signal.aborted) await session[Symbol.asyncDispose]();
    signal.throwIfAborted();
    return new GraftedModel(model, session, grafted, tokenizer, shape);
  }
}

function shapeOf(files: ModelFiles): DecoderShape {
  const config = jsonOf(files, 'config.json') as Record<string, unknown>;
  const number = (name: string): number => {
    const value = config[name];
    if (typeof value !== 'number') throw new LabError('model-unsupported', `config.json has no number “${name}”.`);
    return value;
  };
  const end = config['eos_token_id'];
  return {
    layers: number('num_hidden_layers'),
    kvHeads: number('num_key_value_heads'),
    headWidth: number('head_dim'),
    endTokens: (Array.isArray(end) ? end : [end]).filter((id): id is number => typeof id === 'number'),
  };
}

class GraftedModel implements LoadedModel {
  readonly runsOn = runsOn();
  readonly #adapters = new Map<string, Adapter>();
  /** The last mix: lanes that wear the same adapters, at whatever strengths, share it. */
  #mixed: { readonly key: string; readonly mix: Mix } | null = null;

  constructor(
    readonly model: ReaderEntry,
    private readonly session: Session,
    private readonly grafted: Graft,
    private readonly tokenizer: Tokenizer,
    private readonly shape: DecoderShape,
  ) {}

  addAdapter(adapter: Adapter): Promise<void> {
    return Promise.resolve().then(() => {
      checkFits(adapter, this.grafted.targets, this.model.baseName);
      this.#adapters.set(adapter.id, adapter);
      this.#mixed = null;
    });
  }

  removeAdapter(adapterId: string): Promise<void> {
    this.#adapters.delete(adapterId);
    this.#mixed = null;
    return Promise.resolve();
  }

  countTokens(texts: readonly string[]): Promise<number[]> {
    return Promise.resolve(texts.map((text) => this.tokenizer.encode(text).length));
  }

  async *write(requests: readonly WriteRequest[], signal: AbortSignal): Job<WriteEvent, Completion[]> {
    const called = performance.now();
    const completions: Completion[] = [];
    for (const [request, one] of requests.entries()) {
      let completion: Completion;
      try {
        completion = yield* this.#writeOne(request, one, called, signal);
      } catch (error) {
        if (isAbort(error)) throw error;
        const { code, message } = asLabError(error);
        completion = { kind: 'failed', code, message };
      }
      completions.push(completion);
      yield { kind: 'done', request, completion };
    }
    return completions;
  }

  async *#writeOne(
    request: number,
    { messages, wears, sampling }: WriteRequest,
    called: number,
    signal: AbortSignal,
  ): Job<WriteEvent, Completion> {
    signal.throwIfAborted();
    const prompt = this.tokenizer.encodeChat(messages);
    const window = this.model.contextTokens;
    if (prompt.length >= window)
      throw new LabError(
        'context-overflow',
        `The prompt has ${prompt.length.toLocaleString('en')} tokens; the ${this.model.label}’s window holds ${window.toLocaleString('en')}.`,
      );
    const extra = this.#lora(wears);
    yield { kind: 'started', request, promptTokens: prompt.length };

    const maxTokens = Math.min(sampling.maxTokens, window - prompt.length);
    const decoding = decode(this.session, this.shape, { prompt, maxTokens, pick: picker(sampling), extra }, signal);
    const tokens: number[] = [];
    let text = '';
    let first: number | null = null;
    let last: number | null = null;
    let step = await decoding.next();
    for (; !step.done; step = await decoding.next()) {
      last = performance.now();
      first ??= last;
      tokens.push(step.value);
      const whole = this.tokenizer.decode(tokens);
      // A character of several bytes can take several tokens: until it is whole its end reads as U+FFFD.
      if (whole.endsWith('\ufffd')) continue;
      yield { kind: 'text', request, text: whole.slice(text.length), ms: performance.now() - called };
      text = whole;
    }
    const usage = {
      promptTokens: prompt.length,
      answerTokens: tokens.length,
      firstTokenMs: (first ?? performance.now()) - called,
      // The pass that found the end wrote nothing and does not count.
      decodeMs: (last ?? 0) - (first ?? 0),
      shared: false,
    };
    return { kind: 'written', text, tokens, stoppedBy: step.value, usage };
  }

  /** At strength 0 an adapter is left out altogether, which is the base model to the bit. */
  #lora(wears: readonly Worn[]): Feeds {
    const worn = wears.filter(({ strength }) => strength !== 0);
    const mixed = this.#mix(worn);
    const gate = mixed.gate([worn]);
    return Object.fromEntries(
      [...mixed.feeds, [this.grafted.gateName, gate] as const].map(([name, { data, dims }]) => [
        name,
        { type: 'float32', data, dims },
      ]),
    );
  }

  #mix(worn: readonly Worn[]): Mix {
    const ids = [...new Set(worn.map(({ adapterId }) => adapterId))].sort();
    const key = JSON.stringify(ids);
    if (this.#mixed?.key === key) return this.#mixed.mix;
    const adapters = ids.map((id) => {
      const adapter = this.#adapters.get(id);
      if (!adapter) throw new LabError('adapter-mismatch', `The adapter “${id}” is not loaded into this model.`);
      return adapter;
    });
    const made = mix(this.grafted.targets, adapters);
    this.#mixed = { key, mix: made };
    return made;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#adapters.clear();
    this.#mixed = null;
    await this.session[Symbol.asyncDispose]();
  }
}
