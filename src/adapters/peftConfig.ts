/** `adapter_config.json` as PEFT writes it: https://huggingface.co/docs/peft/package_reference/lora */
import * as v from 'valibot';
import { LabError } from '../errors';
import { isLinearName } from './places';

const modules = v.nullish(v.union([v.string(), v.array(v.string())]));
const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));
const rank = v.pipe(positive, v.safeInteger());

const kindSchema = v.looseObject({ peft_type: v.string() });
const configSchema = v.looseObject({
  base_model_name_or_path: v.nullish(v.string()),
  r: rank,
  lora_alpha: positive,
  use_rslora: v.nullish(v.boolean()),
  target_modules: modules,
  rank_pattern: v.nullish(v.record(v.string(), rank)),
  alpha_pattern: v.nullish(v.record(v.string(), positive)),
  bias: v.nullish(v.string()),
  init_lora_weights: v.nullish(v.union([v.boolean(), v.string()])),
  peft_version: v.nullish(v.string()),
});
type Config = v.InferOutput<typeof configSchema>;

export interface PeftConfig {
  readonly baseModel: string | null;
  readonly rank: number;
  readonly alpha: number;
  /** Of the library that wrote it; older ones did not say. */
  readonly peftVersion: string | null;
  /** Rank and scale of one module, by its full name such as `model.layers.0.self_attn.q_proj`. */
  readonly of: (module: string) => { readonly rank: number; readonly scale: number };
}

/** Throws `adapter-damaged` for what is no PEFT config, `adapter-unsupported` for kinds that cannot be run. */
export function readPeftConfig(json: string): PeftConfig {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch (cause) {
    throw new LabError('adapter-damaged', 'adapter_config.json is not valid JSON.', { cause });
  }
  const kind = check(kindSchema, parsed);
  if (kind.peft_type !== 'LORA') throw unsupported(`its kind is ${kind.peft_type}; only LORA can be worn`);
  const config = check(configSchema, parsed);
  refuse(config);
  const ranks = patterns(config.rank_pattern);
  const alphas = patterns(config.alpha_pattern);
  return {
    baseModel: config.base_model_name_or_path?.trim() || null,
    rank: config.r,
    alpha: config.lora_alpha,
    peftVersion: config.peft_version ?? null,
    of: (module) => {
      const r = ranks(module) ?? config.r;
      const alpha = alphas(module) ?? config.lora_alpha;
      // alpha / sqrt(r): Kalajdzievski 2023, https://arxiv.org/abs/2312.03732
      return { rank: r, scale: alpha / (config.use_rslora ? Math.sqrt(r) : r) };
    },
  };
}

function check<S extends v.GenericSchema>(schema: S, value: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const path = v.getDotPath(result.issues[0]) ?? 'the whole';
  throw new LabError('adapter-damaged', `adapter_config.json is not a PEFT config: ${path} is missing or wrong.`);
}

/**
 * Fields that must be absent, null, false or empty, with what each one asks for. `fan_in_fan_out` is none of them: it
 * says how the base keeps its weights, and A and B are the same either way.
 */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  use_dora: 'it uses DoRA (use_dora), which rescales the base weights',
  use_qalora: 'it uses QALoRA (use_qalora)',
  use_bdlora: 'it is split into blocks (use_bdlora)',
  kasa_config: 'it uses KaSA (kasa_config), which changes the base weights',
  arrow_config: 'it chooses among other adapters (arrow_config)',
  monteclora_config: 'it samples its weights (monteclora_config)',
  lora_bias: 'it trains biases (lora_bias)',
  modules_to_save: 'it replaces whole modules (modules_to_save)',
  layer_replication: 'it repeats layers of its base (layer_replication)',
  trainable_token_indices: 'it trains token embeddings (trainable_token_indices)',
  target_parameters: 'it changes bare parameters (target_parameters)',
  alora_invocation_tokens: 'it switches on in mid-prompt (alora_invocation_tokens)',
};
/** Starting points that also change the base weights, so that the adapter alone is not the whole change. */
const CHANGES_BASE = /^(pissa|olora|corda|loftq|lora_ga)/i;

function refuse(config: Config): void {
  for (const [field, reason] of Object.entries(UNSUPPORTED)) {
    const value = config[field];
    if (Array.isArray(value) ? value.length > 0 : Boolean(value) && !isEmptyObject(value)) throw unsupported(reason);
  }
  if (config.bias && config.bias !== 'none') throw unsupported(`it trains biases (bias: ${config.bias})`);
  const init = config.init_lora_weights;
  if (typeof init === 'string' && CHANGES_BASE.test(init))
    throw unsupported(`it needs a base changed by ${init} (init_lora_weights)`);
  // A string is a pattern over module names; the tensors then tell which modules it meant.
  const targets = Array.isArray(config.target_modules) ? config.target_modules : [];
  const unknown = targets.find((name) => !isLinearName(name.split('.').at(-1) ?? ''));
  if (unknown !== undefined) throw unsupported(`it changes ${unknown} (target_modules)`);
}

function isEmptyObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/**
 * PEFT matches a pattern against the end of a module's name, from a dot on: `(.*\.)?(pattern)$`.
 * Patterns are regular expressions from a file that anyone may have written: a repeated group could take
 * exponential time, so such patterns are refused.
 */
function patterns(table: Readonly<Record<string, number>> | null | undefined): (module: string) => number | undefined {
  const rules = Object.entries(table ?? {}).map(([pattern, value]) => {
    const repeats = pattern.match(/[*+?{]/g)?.length ?? 0;
    if (pattern.length > 200 || repeats > 3 || /\)[*+?{]/.test(pattern))
      throw unsupported(`the pattern ${pattern.slice(0, 80)} is too intricate`);
    try {
      return { matches: new RegExp(`^(?:.*\\.)?(?:${pattern})$`), value };
    } catch (cause) {
      throw new LabError(
        'adapter-damaged',
        `adapter_config.json holds a pattern that cannot be read: ${pattern.slice(0, 80)}.`,
        { cause },
      );
    }
  });
  return (module) => rules.find(({ matches }) => matches.test(module))?.value;
}

function unsupported(reason: string): LabError {
  return new LabError('adapter-unsupported', `This kind of adapter cannot be worn: ${reason}.`);
}
