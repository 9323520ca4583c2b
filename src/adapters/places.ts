/**
 * Where a decoder keeps its linears, under the names that models, their exporters and PEFT give them. The names of
 * Llama's linears stand for those that do the same in other families.
 */
import type { Projection } from './adapter';

export interface Place {
  readonly layer: number;
  readonly projection: Projection;
}

const same = <T extends string>(...names: T[]) => Object.fromEntries(names.map((name) => [name, name]));
/** LFM2 calls an attention's output `out_proj`, and gate, up and down `w1`, `w3` and `w2`, as Llama's first code did. */
const ATTENTION_NAMES = { ...same('qkv_proj', 'q_proj', 'k_proj', 'v_proj', 'o_proj'), out_proj: 'o_proj' };
const MLP_NAMES = {
  ...same('gate_up_proj', 'gate_proj', 'up_proj', 'down_proj'),
  ...{ w1: 'gate_proj', w3: 'up_proj', w2: 'down_proj' },
};
const NAMES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  self_attn: ATTENTION_NAMES,
  attn: ATTENTION_NAMES,
  attention: ATTENTION_NAMES,
  mlp: MLP_NAMES,
  feed_forward: MLP_NAMES,
  conv: same('in_proj', 'out_proj'),
};

const LEAVES = [...new Set(Object.values(NAMES).flatMap(Object.keys))];
const PLACE = `layers[./](\\d{1,4})[./](${Object.keys(NAMES).join('|')})[./](${LEAVES.join('|')})`;
const WITHIN = new RegExp(`${PLACE}(?=[./:]|$)`);
const WHOLE = new RegExp(`(?:^|\\.)${PLACE}$`);

/** Of a node or a tensor, whose name goes on behind the linear's: `/model/layers.0/attn/q_proj/MatMul_Q4`. */
export function placeWithin(name: string): Place | null {
  return placeFrom(WITHIN.exec(name));
}

/** Of a module: `model.layers.0.self_attn.q_proj`. */
export function placeOfModule(module: string): Place | null {
  return placeFrom(WHOLE.exec(module));
}

/** Whether a module's last name, such as `q_proj` or `w1`, is that of a linear that can be adapted somewhere. */
export function isLinearName(leaf: string): boolean {
  return LEAVES.includes(leaf);
}

function placeFrom(match: RegExpExecArray | null): Place | null {
  const [, layer, block = '', leaf = ''] = match ?? [];
  const projection = NAMES[block]?.[leaf];
  return layer !== undefined && projection !== undefined
    ? { layer: Number(layer), projection: projection as Projection }
    : null;
}
