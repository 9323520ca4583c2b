/** Where the visitor wants a model to run; `auto` is the GPU where there is a real one that computes right. */
export type DeviceChoice = 'auto' | 'webgpu' | 'wasm';

/** Why a model runs on the processor. */
export type OnProcessorBecause =
  'chosen' | 'no-gpu' | 'software-gpu' | 'gpu-unfit' | 'gpu-lost' | 'out-of-memory' | 'int8';

export interface RunsOn {
  /** For people: `WebGPU (nvidia ada)`, `WASM, 2 threads`. */
  readonly runsOn: string;
  /** Null on the GPU. */
  readonly because: OnProcessorBecause | null;
}
