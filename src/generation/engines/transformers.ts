import type { Adapter, Worn } from '../../adapters/adapter';
import { checkFits } from '../../adapters/fits';
import { type Graft, type GraftOptions, type GraftTarget, graft } from '../../adapters/graft/graft';
import { type Mix, mix } from '../../adapters/mix';
import { LabError, asLabError } from '../../errors';
import { type ModelFiles, fileOf, jsonOf } from '../../inference/files';
import { type Device, type Feeds, type Session, openSession, runsOn } from '../../inference/session';
import { type ReadModel, externalData } from '../../inference/source';
import type { Resident } from '../../inference/tensor';
import { Tokenizer } from '../../inference/tokenizer';
import { gpuTrouble } from '../../inference/unfit';
import type { Job, Progress } from '../../job';
import { type OnnxModel, readModel } from '../../onnx/model';
import { writeModel } from '../../onnx/write';
import { Turns } from '../../turns';
import { Answering } from '../answering';
import { type DecodeRow, decode } from '../decoding';
import type { Completion, Engine, LoadedModel, Message, WriteEvent, WriteRequest } from '../engine';
import { type DecoderShape, decoderShape } from '../decoderShape';
import { prepareGraph } from '../graph';
import type { ReaderEntry } from '../models';
import { picker } from '../sampling';
import { selfTest, steadyTest } from '../selfTest';

/** For a model of which no answer is known. */
const ANY_QUESTION: readonly Message[] = [{ role: 'user', content: 'What is the capital of France?' }];
/** The GPU counts its passes; in WebAssembly the zeros of the grouped form cost 6 to 10% more at rank 32 and save nothing below. */
const FORMS: Readonly<Record<Device, GraftOptions['form'] & string>> = { wasm: 'plain', webgpu: 'grouped' };

/**
 * Runs decoders in the hub's ONNX form, with LoRA grafted into the graph so that adapters come and go without
 * a reload. All requests are decoded in one batch, each with a gate of its own.
 */
export class TransformersEngine implements Engine {
  readonly id = 'transformers';
  readonly can = { adapters: 'runtime', batches: true, seed: true, topP: true, countsTokens: true } as const;

  constructor(
    private readonly read: ReadModel,
    private readonly device: Device = 'wasm',
  ) {}

  /** Besides what `Engine` says, throws `gpu-unfit` where the GPU computes something else than WebAssembly does. */
  async *load(model: ReaderEntry, signal: AbortSignal): Job<Progress, LoadedModel> {
    const read = yield* this.read(model.source, this.device, signal);
    const { files, weights } = read;
    const tokenizer = new Tokenizer(files, model.chat);
    const prepared = prepareGraph(readModel(fileOf(files, weights)), this.device);
    const config = jsonOf(files, 'config.json') as Record<string, unknown>;
    const shape = decoderShape(prepared, config, optionalJson(files, 'generation_config.json'), model.contextTokens);
    const { grafted, refused } = grafting(prepared.model, { form: FORMS[this.device], only: model.adapters ?? 'all' });
    const { graph, external: written } = writeModel(grafted.model);
    const external = [...written, ...externalData(read)];
    signal.throwIfAborted();
    const keeps = shape.parts.map(({ output }) => output);
    try {
      const session = await openSession(graph, { device: this.device, external, keeps });
      const opened = new GraftedModel(model, this.device, session, grafted.targets, refused, tokenizer, shape);
      try {
        signal.throwIfAborted();
        if (this.device === 'webgpu') await opened.test(signal);
      } catch (error) {
        // Nobody else holds the session yet: a load that ends here must free its memory itself.
        await opened[Symbol.asyncDispose]();
        throw error;
      }
      return opened;
    } catch (error) {
      throw this.device === 'webgpu' ? gpuTrouble(error, model.label) : error;
    }
  }
}

/** A model whose linears are not understood still runs, without adapters; `refused` says why. */
function grafting(
  model: OnnxModel,
  options: GraftOptions,
): { grafted: Pick<Graft, 'model' | 'targets'>; refused: string | null } {
  try {
    return { grafted: graft(model, options), refused: null };
  } catch (error) {
    if (!(error instanceof LabError) || error.code !== 'model-unsupported') throw error;
    return { grafted: { model, targets: [] }, refused: error.message };
  }
}

function optionalJson(files: ModelFiles, path: string): Record<string, unknown> {
  return files.has(path) ? (jsonOf(files, path) as Record<string, unknown>) : {};
}

/** Adapters laid side by side, their weights where the session computes. */
interface WornMix {
  readonly mix: Mix;
  readonly weights: Readonly<Record<string, Resident>>;
}

class GraftedModel implements LoadedModel {
  readonly runsOn: string;
  readonly #adapters = new Map<string, Adapter>();
  /** The mixes of the last call, by the adapters in them: lanes of the same adapters, at whatever strengths, share one. */
  #mixes = new Map<string, WornMix>();
  /** Nothing that a call feeds from may be freed under it. */
  readonly #turns = new Turns();
  #away = false;

  constructor(
    readonly model: ReaderEntry,
    device: Device,
    private readonly session: Session,
    readonly targets: readonly GraftTarget[],
    private readonly refused: string | null,
    private readonly tokenizer: Tokenizer,
    private readonly shape: DecoderShape,
  ) {
    this.runsOn = runsOn(device);
  }

  async test(signal: AbortSignal): Promise<void> {
    const { label, selfTest: expected } = this.model;
    const none = new Map<string, WornMix>();
    const lora = (of: readonly number[]) =>
      this.#lora(
        of.map(() => []),
        none,
      );
    const decoding = (rows: readonly DecodeRow[]) => decode(this.session, this.shape, { rows, lora }, signal);
    if (!expected) {
      const wrong = await steadyTest(this.tokenizer.encodeChat(ANY_QUESTION), decoding);
      if (wrong !== null) throw new LabError('gpu-unfit', `On this GPU the ${label} ${wrong}.`);
      return;
    }
    const share = await selfTest(this.tokenizer.encodeChat(expected.messages), expected.tokens, decoding);
    if (share < expected.leastShare)
      throw new LabError(
        'gpu-unfit',
        `On this GPU the ${label} chose ${String(Math.round(100 * share))}% of ${String(expected.tokens.length)} known tokens right.`,
      );
  }

  addAdapter(adapter: Adapter): Promise<void> {
    return this.#inTurn(() => {
      if (this.refused !== null)
        throw new LabError('adapter-unsupported', `The ${this.model.label} takes no adapters. ${this.refused}`);
      checkFits(adapter, this.targets, this.model.baseName);
      this.#adapters.set(adapter.id, adapter);
      this.#forgetMixes();
    });
  }

  removeAdapter(adapterId: string): Promise<void> {
    return this.#inTurn(() => {
      this.#adapters.delete(adapterId);
      this.#forgetMixes();
    });
  }

  async #inTurn(work: () => void): Promise<void> {
    const end = await this.#turns.take();
    try {
      this.#mustBeHere();
      work();
    } finally {
      end();
    }
  }

  #forgetMixes(keep: ReadonlyMap<string, WornMix> = new Map()): void {
    for (const [key, { weights }] of this.#mixes)
      if (!keep.has(key)) for (const resident of Object.values(weights)) resident.release();
    this.#mixes = new Map(keep);
  }

  async countTokens(texts: readonly string[]): Promise<number[]> {
    this.#mustBeHere();
    return texts.map((text) => this.tokenizer.encode(text).length);
  }

  #mustBeHere(): void {
    if (this.#away) throw new LabError('model-not-loaded', `The ${this.model.label} was put away.`);
  }

  async *write(requests: readonly WriteRequest[], signal: AbortSignal): Job<WriteEvent, Completion[]> {
    const called = performance.now();
    const end = await this.#turns.take();
    try {
      this.#mustBeHere();
      return yield* this.#write(requests, called, signal);
    } finally {
      end();
    }
  }

  async *#write(requests: readonly WriteRequest[], called: number, signal: AbortSignal): Job<WriteEvent, Completion[]> {
    const completions = new Array<Completion>(requests.length);
    const answers: Answering[] = [];
    const worn: Worn[][] = [];
    for (const [request, one] of requests.entries()) {
      try {
        // At strength 0 an adapter is left out altogether, which is the base model to the bit.
        const wears = one.wears.filter(({ strength }) => strength !== 0);
        const row = this.#rowOf({ ...one, wears });
        answers.push(new Answering(request, row, called, this.tokenizer));
        worn.push(wears);
        yield { kind: 'started', request, promptTokens: row.prompt.length };
      } catch (error) {
        const { code, message } = asLabError(error);
        completions[request] = { kind: 'failed', code, message };
        yield { kind: 'done', request, completion: completions[request] };
      }
    }
    const mixes = new Map<string, WornMix>();
    // The same rows are asked for token after token.
    const fed = new Map<string, Feeds>();
    const lora = (rows: readonly number[]) => {
      const key = rows.join();
      const feeds =
        fed.get(key) ??
        this.#lora(
          rows.map((row) => worn[row] ?? []),
          mixes,
        );
      fed.set(key, feeds);
      return feeds;
    };
    const decoding = decode(this.session, this.shape, { rows: answers.map(({ row }) => row), lora }, signal);
    for await (const event of decoding) {
      const answer = answers[event.row];
      if (!answer) continue;
      const { request } = answer;
      if (event.kind === 'token') {
        const text = answer.take(event.token, event.ms);
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
    this.#forgetMixes(mixes);
    return completions;
  }

  #rowOf({ messages, wears, sampling, schema }: WriteRequest): DecodeRow {
    if (schema) throw new LabError('model-unsupported', `The ${this.model.label} cannot be held to a form of JSON.`);
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
      wearing: JSON.stringify(wears.toSorted((a, b) => (a.adapterId < b.adapterId ? -1 : 1))),
    };
  }

  #lora(rows: readonly (readonly Worn[])[], mixes: Map<string, WornMix>): Feeds {
    const { mix: mixed, weights } = this.#mix(
      [...new Set(rows.flat().map(({ adapterId }) => adapterId))].sort(),
      mixes,
    );
    const gates = [...mixed.gates(rows)].map(([name, gate]) => [name, { type: 'float32', ...gate }] as const);
    return { ...weights, ...Object.fromEntries(gates) };
  }

  #mix(ids: readonly string[], mixes: Map<string, WornMix>): WornMix {
    const key = JSON.stringify(ids);
    const worn = mixes.get(key) ?? this.#mixes.get(key) ?? this.#newMix(ids);
    mixes.set(key, worn);
    this.#mixes.set(key, worn);
    return worn;
  }

  #newMix(ids: readonly string[]): WornMix {
    const adapters = ids.map((id) => {
      const adapter = this.#adapters.get(id);
      if (!adapter) throw new LabError('adapter-mismatch', `The adapter “${id}” is not loaded into this model.`);
      return adapter;
    });
    const made = mix(this.targets, adapters);
    const weights = [...made.feeds].map(
      ([name, feed]) => [name, this.session.keep({ type: 'float32', ...feed })] as const,
    );
    return { mix: made, weights: Object.fromEntries(weights) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#away) return;
    this.#away = true;
    this.#adapters.clear();
    this.#forgetMixes();
    await this.session[Symbol.asyncDispose]();
  }
}
