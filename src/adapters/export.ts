/**
 * A mix of adapters as one PEFT adapter. For every module the ranks are laid one after the other,
 *
 *     A = [A1 ; A2 ; ...]     B = [s1 B1 | s2 B2 | ...]     s = strength * scale
 *
 * so that B A is the sum that is worn: nothing is approximated but the rounding of s B to 32 bits. With everything
 * in B the new scale is 1, alpha being the rank, also for readers that know no patterns.
 */
import { LabError } from '../errors';
import { sameBase } from './fits';
import type { PeftAdapter, PeftPair } from './peft';
import { writeSafetensors } from './safetensors/write';
import type { Tensor } from './safetensors';

export interface ToMix {
  readonly adapter: PeftAdapter;
  readonly strength: number;
  /** As its maker names it; null where unknown. */
  readonly licence: string | null;
}

export interface MixedFiles {
  readonly config: string;
  readonly weights: Uint8Array<ArrayBuffer>;
  readonly readme: string;
}

/** Throws `adapter-mismatch` where they were trained for different models, `adapter-unsupported` where nothing is worn. */
export function exportMix(worn: readonly ToMix[]): MixedFiles {
  const parts = worn.filter(({ strength }) => strength !== 0);
  if (parts.length === 0)
    throw new LabError('adapter-unsupported', 'At strength 0 there is nothing to export: it is the base model itself.');
  const baseModel = commonBase(parts);
  const modules = new Map<string, { pair: PeftPair; strength: number }[]>();
  for (const { adapter, strength } of parts)
    for (const pair of adapter.pairs) {
      const others = modules.get(pair.module) ?? [];
      refuseOtherShape(others[0]?.pair, pair);
      modules.set(pair.module, [...others, { pair, strength }]);
    }
  const mixed = [...modules.values()].map(mixPairs);
  return { config: configOf(mixed, baseModel), weights: weightsOf(mixed), readme: readmeOf(parts, baseModel) };
}

function commonBase(parts: readonly ToMix[]): string | null {
  const names = parts.flatMap(({ adapter: { label, baseModel } }) =>
    baseModel === null ? [] : [{ label, baseModel }],
  );
  const [first] = names;
  const other = names.find(({ baseModel }) => !sameBase(baseModel, first?.baseModel ?? ''));
  if (first && other)
    throw new LabError(
      'adapter-mismatch',
      `“${first.label}” was trained for ${first.baseModel} and “${other.label}” for ${other.baseModel}: they make no adapter together.`,
    );
  return first?.baseModel ?? null;
}

function refuseOtherShape(known: PeftPair | undefined, pair: PeftPair): void {
  if (!known || (known.inputs === pair.inputs && known.outputs === pair.outputs)) return;
  throw new LabError(
    'adapter-mismatch',
    `The adapters give ${pair.module} two shapes: ${String(known.inputs)} × ${String(known.outputs)} and ${String(pair.inputs)} × ${String(pair.outputs)}.`,
  );
}

function mixPairs(parts: readonly { pair: PeftPair; strength: number }[]): PeftPair {
  const [first] = parts;
  if (!first) throw new RangeError('A module without pairs.');
  const { inputs, outputs } = first.pair;
  const rank = parts.reduce((sum, { pair }) => sum + pair.rank, 0);
  const a = new Float32Array(rank * inputs);
  const b = new Float32Array(outputs * rank);
  let at = 0;
  for (const { pair, strength } of parts) {
    a.set(pair.a, at * inputs);
    for (let o = 0; o < outputs; o++)
      for (let r = 0; r < pair.rank; r++)
        b[o * rank + at + r] = (pair.b[o * pair.rank + r] ?? 0) * pair.scale * strength;
    at += pair.rank;
  }
  return { ...first.pair, rank, scale: 1, a, b };
}

/** A and B of each module under the names that PEFT gives them. */
export function weightsOf(pairs: readonly PeftPair[]): Uint8Array<ArrayBuffer> {
  const tensors = new Map<string, Tensor>();
  for (const { module, rank, inputs, outputs, a, b } of pairs) {
    tensors.set(`base_model.model.${module}.lora_A.weight`, { shape: [rank, inputs], data: a });
    tensors.set(`base_model.model.${module}.lora_B.weight`, { shape: [outputs, rank], data: b });
  }
  return writeSafetensors(tensors);
}

function configOf(pairs: readonly PeftPair[], baseModel: string | null): string {
  const rank = Math.max(...pairs.map((pair) => pair.rank));
  const others = Object.fromEntries(pairs.flatMap((pair) => (pair.rank === rank ? [] : [[pair.module, pair.rank]])));
  const config = {
    alpha_pattern: others,
    base_model_name_or_path: baseModel,
    bias: 'none',
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    lora_alpha: rank,
    lora_dropout: 0,
    modules_to_save: null,
    peft_type: 'LORA',
    r: rank,
    rank_pattern: others,
    // Full names: a bare `q_proj` would also mean the layers that none of the adapters changes.
    target_modules: pairs.map(({ module }) => module),
    task_type: 'CAUSAL_LM',
    use_dora: false,
    use_rslora: false,
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

function readmeOf(parts: readonly ToMix[], baseModel: string | null): string {
  const licences = new Set(parts.map(({ licence }) => licence));
  const [licence] = licences;
  const front = [
    ...(baseModel === null ? [] : [`base_model: ${JSON.stringify(baseModel)}`]),
    'library_name: peft',
    ...(licences.size === 1 && licence ? [`license: ${JSON.stringify(licence)}`] : []),
    'tags: [lora]',
  ];
  const rows = parts.map(
    (part) =>
      `| ${part.adapter.label.replaceAll('|', '\\|')} | ${String(part.strength)} | ${part.licence ?? 'unknown'} |`,
  );
  const text = [
    'This adapter is a sum of others, each at the strength given. Their scales and strengths are in the weights: it is worn at strength 1.',
    '',
    '| Adapter | Strength | Licence |',
    '| --- | --- | --- |',
    ...rows,
  ];
  return ['---', ...front, '---', '', ...text, ''].join('\n');
}
