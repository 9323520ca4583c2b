import type { DeviceChoice, OnProcessorBecause } from './choice';
import { findGpu } from './gpu';

/** The name of the GPU that a model is to run on, or why it runs on the processor. */
export type Place =
  | { readonly gpu: string; readonly f16: boolean; readonly because: null }
  | {
      readonly gpu: null;
      readonly f16: false;
      readonly because: Extract<OnProcessorBecause, 'chosen' | 'no-gpu' | 'software-gpu'>;
    };

/** A GPU imitated in software is used only where it is asked for. */
export async function findPlace(choice: DeviceChoice, navigator: unknown): Promise<Place> {
  if (choice === 'wasm') return { gpu: null, f16: false, because: 'chosen' };
  const gpu = await findGpu(navigator);
  if (!gpu) return { gpu: null, f16: false, because: 'no-gpu' };
  if (gpu.unfit && choice === 'auto') return { gpu: null, f16: false, because: 'software-gpu' };
  return { gpu: gpu.name, f16: gpu.f16, because: null };
}
