/** LoRA adapters as PEFT saves them: `adapter_config.json` and `adapter_model.safetensors`. */
import { LabError } from '../errors';
import { type Adapter, type LoraPair, PROJECTIONS } from './adapter';
import { type PeftConfig, readPeftConfig } from './peftConfig';
import { placeOfModule } from './places';
import { type Tensor, readSafetensors } from './safetensors';

const TENSOR = /^(?:base_model\.model\.)?(.{1,120})\.lora_([AB])(?:\.default)?\.weight$/;

interface Halves {
  readonly layer: number;
  readonly projection: string;
  a?: Tensor;
  b?: Tensor;
}

/**
 * Throws `adapter-damaged` (no JSON, a cut file, half a pair, shapes that disagree with the config, values
 * that are not finite) or `adapter-unsupported` (names what is).
 */
export function readPeft(id: string, label: string, configJson: string, weights: Uint8Array): Adapter {
  const config = readPeftConfig(configJson);
  const modules = new Map<string, Halves>();
  for (const [name, tensor] of readSafetensors(weights)) {
    const [, module = '', half] = TENSOR.exec(name) ?? [];
    const place = placeOfModule(module);
    if (!place || tensor.shape.length !== 2)
      throw new LabError(
        'adapter-unsupported',
        `This kind of adapter cannot be worn: ${name} is no LoRA weight of a decoder projection.`,
      );
    const halves: Halves = modules.get(module) ?? { ...place };
    const key = half === 'A' ? 'a' : 'b';
    if (halves[key]) throw damaged(`${module} has two lora_${key.toUpperCase()} weights`);
    halves[key] = tensor;
    modules.set(module, halves);
  }
  if (modules.size === 0) throw damaged('it holds no weights');
  const pairs = [...modules].map(([module, halves]) => readPair(module, halves, config));
  refuseTwins(pairs);
  pairs.sort(
    (x, y) =>
      x.layer - y.layer ||
      PROJECTIONS.findIndex((p) => p === x.projection) - PROJECTIONS.findIndex((p) => p === y.projection),
  );
  return { id, label, baseModel: config.baseModel, rank: config.rank, alpha: config.alpha, pairs };
}

function readPair(module: string, { layer, projection, a, b }: Halves, config: PeftConfig): LoraPair {
  if (!a || !b) throw damaged(`${module} has no lora_${a ? 'B' : 'A'} weight`);
  const { rank, scale } = config.of(module);
  const [rankA = 0, inputs = 0] = a.shape;
  const [outputs = 0, rankB = 0] = b.shape;
  if (rankA !== rank || rankB !== rank)
    throw damaged(
      `the config gives ${module} rank ${String(rank)}, its weights have ${String(rankA)} and ${String(rankB)}`,
    );
  for (const [half, { data }] of [
    ['A', a],
    ['B', b],
  ] as const)
    if (!data.every(Number.isFinite))
      throw damaged(`the lora_${half} weight of ${module} holds values that are no numbers`);
  return { layer, projection, rank, inputs, outputs, scale, a: a.data, b: b.data };
}

function refuseTwins(pairs: readonly LoraPair[]): void {
  const seen = new Set<string>();
  for (const { layer, projection } of pairs) {
    const place = `layer ${String(layer)}, ${projection}`;
    if (seen.has(place)) throw damaged(`two of its modules are ${place}`);
    seen.add(place);
  }
}

function damaged(what: string): LabError {
  return new LabError('adapter-damaged', `The adapter is damaged: ${what}.`);
}
