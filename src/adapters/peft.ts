/** LoRA adapters as PEFT saves them: `adapter_config.json` and `adapter_model.safetensors`. */
import { LabError } from '../errors';
import { type Adapter, type LoraPair, PROJECTIONS } from './adapter';
import { type PeftConfig, readPeftConfig } from './peftConfig';
import { placeOfModule } from './places';
import { type Tensor, type TensorHead, readHeads, readSafetensors } from './safetensors';

const TENSOR = /^(?:base_model\.model\.)?(.{1,120})\.lora_([AB])(?:\.default)?\.weight$/;
/** Their layers are named like the decoder's. */
const OTHER_TOWER = /(?:^|\.)(?:vision|visual|audio|speech|encoder)[^.]*\./;

/** Tensors that tell what an adapter is, where its config is silent. */
const REFUSED: readonly (readonly [RegExp, string])[] = [
  [/\.lora_magnitude_vector/, 'it uses DoRA, which rescales the base weights'],
  [/\.lora_embedding_[AB]/, 'it changes the token embeddings'],
  [/\.lora_[AB](?:\.default)?\.bias$|\.bias$/, 'it trains biases'],
  [/\.lora_diag/, 'it uses KaSA, which changes the base weights'],
  [/modules_to_save|norm\.weight$/, 'it replaces whole modules'],
];

/** A pair with its module's full name in the base, such as `model.layers.0.self_attn.q_proj`. */
export interface PeftPair extends LoraPair {
  readonly module: string;
}

export interface PeftAdapter extends Adapter {
  readonly pairs: readonly PeftPair[];
  readonly peftVersion: string | null;
}

/** An adapted linear without its values. */
export type LinearShape = Pick<PeftPair, 'module' | 'layer' | 'projection' | 'rank' | 'inputs' | 'outputs' | 'scale'>;

export interface PeftShape extends Pick<PeftAdapter, 'baseModel' | 'rank' | 'alpha' | 'peftVersion'> {
  readonly pairs: readonly LinearShape[];
}

/**
 * Throws `adapter-damaged` (no JSON, a cut file, half a pair, shapes that disagree with the config, values
 * that are not finite) or `adapter-unsupported` (names what is).
 */
export function readPeft(id: string, label: string, configJson: string, weights: Uint8Array): PeftAdapter {
  const config = readPeftConfig(configJson);
  const pairs = pairsOf(config, readSafetensors(weights)).map(({ a, b, ...shape }) => {
    for (const [half, { data }] of [
      ['A', a],
      ['B', b],
    ] as const)
      if (!data.every(Number.isFinite))
        throw damaged(`the lora_${half} weight of ${shape.module} holds values that are no numbers`);
    return { ...shape, a: a.data, b: b.data };
  });
  return { id, label, ...headOf(config), pairs };
}

/** What the files say of themselves, without reading the values: throws as `readPeft` does, but for values that are not finite. */
export function readPeftShape(configJson: string, weights: Uint8Array): PeftShape {
  const config = readPeftConfig(configJson);
  const pairs = pairsOf(config, readHeads(weights)).map(({ a: _a, b: _b, ...shape }) => shape);
  return { ...headOf(config), pairs };
}

function headOf({ baseModel, rank, alpha, peftVersion }: PeftConfig): Omit<PeftShape, 'pairs'> {
  return { baseModel, rank, alpha, peftVersion };
}

interface Halves<T> {
  readonly layer: number;
  readonly projection: string;
  a?: T;
  b?: T;
}

type Shaped = Pick<Tensor | TensorHead, 'shape'>;

/** By layer, then in the order of `PROJECTIONS`. */
function pairsOf<T extends Shaped>(
  config: PeftConfig,
  tensors: ReadonlyMap<string, T>,
): (LinearShape & { readonly a: T; readonly b: T })[] {
  const modules = new Map<string, Halves<T>>();
  for (const [name, tensor] of tensors) {
    const [, module = '', half] = TENSOR.exec(name) ?? [];
    const place = OTHER_TOWER.test(module) ? null : placeOfModule(module);
    if (!place || tensor.shape.length !== 2) throw unsupported(name);
    const halves: Halves<T> = modules.get(module) ?? { ...place };
    const key = half === 'A' ? 'a' : 'b';
    if (halves[key]) throw damaged(`${module} has two lora_${key.toUpperCase()} weights`);
    halves[key] = tensor;
    modules.set(module, halves);
  }
  if (modules.size === 0) throw damaged('it holds no weights');
  const pairs = [...modules].map(([module, halves]) => pairOf(module, halves, config));
  refuseTwins(pairs);
  return pairs.sort(
    (x, y) =>
      x.layer - y.layer ||
      PROJECTIONS.findIndex((p) => p === x.projection) - PROJECTIONS.findIndex((p) => p === y.projection),
  );
}

function pairOf<T extends Shaped>(module: string, { layer, projection, a, b }: Halves<T>, config: PeftConfig) {
  if (!a || !b) throw damaged(`${module} has no lora_${a ? 'B' : 'A'} weight`);
  const { rank, scale } = config.of(module);
  const [rankA = 0, inputs = 0] = a.shape;
  const [outputs = 0, rankB = 0] = b.shape;
  if (rankA !== rank || rankB !== rank)
    throw damaged(
      `the config gives ${module} rank ${String(rank)}, its weights have ${String(rankA)} and ${String(rankB)}`,
    );
  return { module, layer, projection, rank, inputs, outputs, scale, a, b };
}

function refuseTwins(pairs: readonly LinearShape[]): void {
  const seen = new Set<string>();
  for (const { layer, projection } of pairs) {
    const place = `layer ${String(layer)}, ${projection}`;
    if (seen.has(place)) throw damaged(`two of its modules are ${place}`);
    seen.add(place);
  }
}

function unsupported(name: string): LabError {
  const reason = REFUSED.find(([pattern]) => pattern.test(name))?.[1];
  return new LabError(
    'adapter-unsupported',
    reason === undefined
      ? `This kind of adapter cannot be worn: ${name} is no LoRA weight of a decoder projection.`
      : `This kind of adapter cannot be worn: ${reason} (${name}).`,
  );
}

function damaged(what: string): LabError {
  return new LabError('adapter-damaged', `The adapter is damaged: ${what}.`);
}
