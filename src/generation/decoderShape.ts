/**
 * What has to be known of a decoder to run it, read from its graph: names, types and shapes of what it is fed and of
 * what it gives back. The config is asked only for what the graph does not say.
 */
import { LabError } from '../errors';
import type { RealType } from '../inference/tensor';
import { FLOAT, FLOAT16, type OnnxModel } from '../onnx/model';
import { shapeOf } from '../onnx/valueInfo';
import type { CacheLayout, DecoderGraph } from './graph';

/** A part of what a decoder remembers: fed as `input`, given back as `output`. */
export interface CachePart {
  readonly input: string;
  readonly output: string;
  readonly type: RealType;
  /**
   * Of one row: [heads, 0, width] where `grows`, a column for every token. Else a state of that size, such as the last
   * inputs of a convolution, which starts at 0 and is what the whole past has made of it.
   */
  readonly dims: readonly number[];
  readonly grows: boolean;
}

export interface DecoderShape {
  readonly parts: readonly CachePart[];
  readonly endTokens: readonly number[];
  readonly layout: CacheLayout;
  /** Whether several rows may run in one pass. */
  readonly batches: boolean;
}

const PAST = /^past/;
const GROWS = /\.(key|value)$/;
/** How many of the last positions logits are wanted of; the name changed with transformers 4.49. */
export const LOGITS_KEPT = ['num_logits_to_keep', 'logits_to_keep'];
const KNOWN = new Set(['input_ids', 'attention_mask', 'position_ids', ...LOGITS_KEPT]);
const TYPES: ReadonlyMap<number, RealType> = new Map([
  [FLOAT, 'float32'],
  [FLOAT16, 'float16'],
]);

/**
 * `config` and `generation` are the model's config.json and, where it has one, generation_config.json; `contextTokens`
 * is its window. Throws `model-unsupported` for a graph that asks for more than is known here, or gives back less.
 */
export function decoderShape(
  { model, layout, batches }: DecoderGraph,
  config: Readonly<Record<string, unknown>>,
  generation: Readonly<Record<string, unknown>>,
  contextTokens: number,
): DecoderShape {
  const unknown = model.inputs.find(({ name }) => !KNOWN.has(name) && !PAST.test(name));
  if (unknown) throw unsupported(`The model’s graph asks for “${unknown.name}”, which is not known here.`);
  const parts = partsOf(model, config);
  if (!parts.some(({ grows }) => grows)) throw unsupported('The model’s graph has no cache of what it read.');
  // Behind padding, a window that counts columns would end too early.
  const exact = layout !== 'behind' || contextTokens <= windowOf(config);
  return { parts, endTokens: endsOf(config, generation), layout, batches: batches && exact };
}

function partsOf(model: OnnxModel, config: Readonly<Record<string, unknown>>): CachePart[] {
  const outputs = new Set(model.outputs.map(({ name }) => name));
  const constants = new Set(model.initializers.map(({ name }) => name));
  return model.inputs
    .filter(({ name }) => PAST.test(name) && !constants.has(name))
    .map((value) => {
      const input = value.name;
      // past_key_values.0.key and present.0.key, past_conv.0 and present_conv.0
      const output = input.replace(/^past(_key_values)?/, 'present');
      const { type: kind, dims } = shapeOf(value);
      const type = TYPES.get(kind);
      const grows = GROWS.test(input);
      if (!outputs.has(output)) throw unsupported(`The model’s graph takes “${input}” and does not give it back.`);
      if (!type) throw unsupported(`“${input}” of the model’s graph is neither in 32-bit nor in 16-bit floats.`);
      if (grows)
        return { input, output, type, grows, dims: [dims[1] ?? headsOf(config), 0, dims[3] ?? widthOf(config)] };
      const state = dims.slice(1).filter((dim) => dim !== null);
      if (dims.length !== 3 || state.length !== 2)
        throw unsupported(`The size of “${input}” is not said in the model’s graph.`);
      return { input, output, type, grows, dims: state };
    });
}

function headsOf(config: Readonly<Record<string, unknown>>): number {
  return optional(config, 'num_key_value_heads') ?? required(config, 'num_attention_heads');
}

function widthOf(config: Readonly<Record<string, unknown>>): number {
  return optional(config, 'head_dim') ?? required(config, 'hidden_size') / required(config, 'num_attention_heads');
}

/** Tokens that a layer sees at most, its own included; without end where all layers see everything. */
function windowOf(config: Readonly<Record<string, unknown>>): number {
  const kinds = config['layer_types'];
  const slides = Array.isArray(kinds) ? kinds.includes('sliding_attention') : config['use_sliding_window'] !== false;
  return (slides ? optional(config, 'sliding_window') : undefined) ?? Infinity;
}

/** Chat models often end a turn with a token that only the second file names. */
function endsOf(...configs: readonly Readonly<Record<string, unknown>>[]): number[] {
  const ids = configs.flatMap(({ eos_token_id: id }) => (Array.isArray(id) ? (id as unknown[]) : [id]));
  return [...new Set(ids.filter((id): id is number => typeof id === 'number'))];
}

function optional(config: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const value = config[name];
  return typeof value === 'number' ? value : undefined;
}

function required(config: Readonly<Record<string, unknown>>, name: string): number {
  const value = optional(config, name);
  if (value === undefined) throw unsupported(`config.json has no number “${name}”.`);
  return value;
}

function unsupported(message: string): LabError {
  return new LabError('model-unsupported', message);
}
