export const NOISE_KINDS = ['stale version', 'look-alike', 'random'] as const;
export type NoiseKind = (typeof NOISE_KINDS)[number];
