import type { Adapter, Worn } from '../../adapters/adapter';
import { checkFits } from '../../adapters/fits';
import { type Graft, graft } from '../../adapters/graft/graft';
import { type Mix, mix } from '../../adapters/mix';
import { LabError, asLabError } from '../../errors';
import { type FileReader, type ModelFiles, fileOf, jsonOf, readModelFiles } from '../../inference/files';
import { type Feeds, type Session, openSession, runsOn } from '../../inference/session';
import { Tokenizer } from '../../inference/tokenizer';
import type { Job, Progress } from '../../job';
import { readModel } from '../../onnx/model';
import { writeModel } from '../../onnx/write';
import { type DecodeRow, type DecoderShape, cacheNames, decode } from '../decoding';
import type { Completion, Engine, LoadedModel, WriteEvent, WriteRequest } from '../engine';
import { type DecoderGraph, prepareGraph } from '../graph';
import type { ReaderEntry } from '../models';
import { picker } from '../sampling';

const WEIGHTS = /\.onnx$/;

/**
 * Runs decoders in the hub's ONNX form, with LoRA grafted into the graph so that adapters come and go without
 * a reload. All requests are decoded in one batch, each with a gate of its own.
 */
export class TransformersEngine implements Engine {
  readonly id = 'transformers';
  readonly can = { adapters: 'runtime', batches: true, seed: true, topP: true, countsTokens: true } as const;

  /** `base` is put before the entry's folder. */
  constructor(
    private readonly base: string,
    private readonly read: FileReader,
  ) {}

  async *load(model: ReaderEntry, signal: AbortSignal): Job<Progress, LoadedModel> {
    const files = yield* readModelFiles(this.base + model.folder, model.files, this.read, signal);
    const weights = model.files.find(({ path }) => WEIGHTS.test(path));
    if (!weights) throw new LabError('model-unsupported', `${model.label} has no ONNX file.`);
    const tokenizer = new Tokenizer(files);
    const prepared = prepareGraph(readModel(fileOf(files, weights.path)), 'wasm');
    const shape = shapeOf(files, prepared);
    const grafted = graft(prepared.model);
    const { graph, external } = writeModel(grafted.model);
    signal.throwIfAborted();
    const keeps = cacheNames(shape.layers).map((name) => `present.${name}`);
    const session = await openSession(graph, { external, keeps });
    // Nobody else holds the session yet: a load stopped while it opened must free its memory itself.
    if (signal.aborted) await session[Symbol.asyncDispose]();
    signal.throwIfAborted();
    return new GraftedModel(model, session, grafted, tokenizer, shape);
  }
}

function shapeOf(files: ModelFiles, { layout, batches }: DecoderGraph): DecoderShape {
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
    layout,
    batches,
  };
}

class GraftedModel implements LoadedModel {
  readonly runsOn = runsOn();
  readonly #adapters = new Map<string, Adapter>();
  /** The mixes of the last call, by the adapters in them: lanes of the same adapters, at whatever strengths, share one. */
  #mixes = new Map<string, Mix>();

  constructor(
    readonly model: ReaderEntry,
    private readonly session: Session,
    private readonly grafted: Pick<Graft, 'gateName' | 'targets'>,
    private readonly tokenizer: Tokenizer,
    private readonly shape: DecoderShape,
  ) {}

  addAdapter(adapter: Adapter): Promise<void> {
    return Promise.resolve().then(() => {
      checkFits(adapter, this.grafted.targets, this.model.baseName);
      this.#adapters.set(adapter.id, adapter);
      this.#mixes.clear();
    });
  }

  removeAdapter(adapterId: string): Promise<void> {
    this.#adapters.delete(adapterId);
    this.#mixes.clear();
    return Promise.resolve();
  }

  countTokens(texts: readonly string[]): Promise<number[]> {
    return Promise.resolve(texts.map((text) => this.tokenizer.encode(text).length));
  }

  async *write(requests: readonly WriteRequest[], signal: AbortSignal): Job<WriteEvent, Completion[]> {
    const called = performance.now();
    const completions = new Array<Completion>(requests.length);
    const answers: Answering[] = [];
    const worn: Worn[][] = [];
    for (const [request, one] of requests.entries()) {
      try {
        const row = this.#rowOf(one);
        answers.push(new Answering(request, row, called, this.tokenizer));
        // At strength 0 an adapter is left out altogether, which is the base model to the bit.
        worn.push(one.wears.filter(({ strength }) => strength !== 0));
        yield { kind: 'started', request, promptTokens: row.prompt.length };
      } catch (error) {
        const { code, message } = asLabError(error);
        completions[request] = { kind: 'failed', code, message };
        yield { kind: 'done', request, completion: completions[request] };
      }
    }
    const mixes = new Map<string, Mix>();
    const lora = (rows: readonly number[]) =>
      this.#lora(
        rows.map((row) => worn[row] ?? []),
        mixes,
      );
    const decoding = decode(this.session, this.shape, { rows: answers.map(({ row }) => row), lora }, signal);
    for await (const event of decoding) {
      const answer = answers[event.row];
      if (!answer) continue;
      const { request } = answer;
      if (event.kind === 'token') {
        const text = answer.take(event.token);
        if (text !== null) yield { kind: 'text', request, text, ms: performance.now() - called };
        continue;
      }
      const completion: Completion =
        event.kind === 'end'
          ? answer.completion(event.stoppedBy, event.shared)
          : { kind: 'failed', code: event.error.code, message: event.error.message };
      completions[request] = completion;
      yield { kind: 'done', request, completion };
    }
    this.#mixes = mixes;
    return completions;
  }

  #rowOf({ messages, wears, sampling }: WriteRequest): DecodeRow {
    const prompt = this.tokenizer.encodeChat(messages);
    const window = this.model.contextTokens;
    if (prompt.length >= window)
      throw new LabError(
        'context-overflow',
        `The prompt has ${prompt.length.toLocaleString('en')} tokens; the ${this.model.label}’s window holds ${window.toLocaleString('en')}.`,
      );
    return {
      prompt,
      maxTokens: Math.min(sampling.maxTokens, window - prompt.length),
      pick: picker(sampling),
      wearing: JSON.stringify(
        wears.filter(({ strength }) => strength !== 0).sort((a, b) => (a.adapterId < b.adapterId ? -1 : 1)),
      ),
    };
  }

  #lora(rows: readonly (readonly Worn[])[], mixes: Map<string, Mix>): Feeds {
    const mixed = this.#mix([...new Set(rows.flat().map(({ adapterId }) => adapterId))].sort(), mixes);
    return Object.fromEntries(
      [...mixed.feeds, [this.grafted.gateName, mixed.gate(rows)] as const].map(([name, { data, dims }]) => [
        name,
        { type: 'float32', data, dims },
      ]),
    );
  }

  #mix(ids: readonly string[], mixes: Map<string, Mix>): Mix {
    const key = JSON.stringify(ids);
    const known = mixes.get(key) ?? this.#mixes.get(key);
    const mixed =
      known ??
      mix(
        this.grafted.targets,
        ids.map((id) => {
          const adapter = this.#adapters.get(id);
          if (!adapter) throw new LabError('adapter-mismatch', `The adapter “${id}” is not loaded into this model.`);
          return adapter;
        }),
      );
    mixes.set(key, mixed);
    return mixed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#adapters.clear();
    this.#mixes.clear();
    await this.session[Symbol.asyncDispose]();
  }
}

/** One answer as its tokens come. */
class Answering {
  readonly #tokens: number[] = [];
  #text = '';
  #first: number | null = null;
  #last = 0;

  constructor(
    readonly request: number,
    readonly row: DecodeRow,
    private readonly called: number,
    private readonly tokenizer: Tokenizer,
  ) {}

  /** The text that the token adds; null while a character of several bytes is not whole, whose end reads as U+FFFD. */
  take(token: number): string | null {
    this.#last = performance.now();
    this.#first ??= this.#last;
    this.#tokens.push(token);
    const whole = this.tokenizer.decode(this.#tokens);
    if (whole.endsWith('\ufffd')) return null;
    const added = whole.slice(this.#text.length);
    this.#text = whole;
    return added;
  }

  completion(stoppedBy: 'end' | 'length', shared: boolean): Completion {
    const usage = {
      promptTokens: this.row.prompt.length,
      answerTokens: this.#tokens.length,
      firstTokenMs: (this.#first ?? performance.now()) - this.called,
      // The pass that found the end wrote nothing and does not count.
      decodeMs: this.#last - (this.#first ?? 0),
      shared,
    };
    return { kind: 'written', text: this.#text, tokens: this.#tokens, stoppedBy, usage };
  }
}
