/** Adapters: LoRA weights in PEFT form for one base model. Refuses to know: engines, pages, stores. */

/** The linears of a decoder layer that an adapter may change, as Llama and Phi name them; other names are in `places.ts`. */
export const ATTENTION = ['qkv_proj', 'q_proj', 'k_proj', 'v_proj', 'o_proj'] as const;
const MLP = ['gate_up_proj', 'gate_proj', 'up_proj', 'down_proj'] as const;
/** Of LFM2's layers that convolve in place of attending. */
const CONVOLUTION = ['in_proj', 'out_proj'] as const;
export const BLOCKS = { attention: ATTENTION, mlp: MLP, convolution: CONVOLUTION };
export const PROJECTIONS = [...ATTENTION, ...MLP, ...CONVOLUTION] as const;
export type Projection = (typeof PROJECTIONS)[number];

/** One adapted linear: y += (x A^T) B^T * scale. `a` is [rank, in] and `b` is [out, rank], row-major fp32. */
export interface LoraPair {
  readonly layer: number;
  /** e.g. `q_proj`, `down_proj`. */
  readonly projection: string;
  readonly rank: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly scale: number;
  readonly a: Float32Array;
  readonly b: Float32Array;
}

export interface Adapter {
  readonly id: string;
  readonly label: string;
  /** `base_model_name_or_path` of the PEFT config; null when it names none. */
  readonly baseModel: string | null;
  readonly rank: number;
  readonly alpha: number;
  readonly pairs: readonly LoraPair[];
}

/** An adapter worn at a strength of 0 to 1.5. */
export interface Worn {
  readonly adapterId: string;
  readonly strength: number;
}
