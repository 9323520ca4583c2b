import type { DeviceChoice, OnProcessorBecause } from '../../lab';

/** Why a model runs on the processor, after a colon. */
export const BECAUSE: Readonly<Record<OnProcessorBecause, string>> = {
  chosen: 'so you chose',
  'no-gpu': 'this browser gives pages no GPU',
  'software-gpu': 'the only GPU here is imitated in software, which is slower',
  'gpu-unfit': 'the GPU failed the self-test',
  'gpu-lost': 'the GPU was taken away twice',
  'out-of-memory': 'the GPU has too little memory',
  int8: 'its 8-bit weights are not made for the GPU',
};

export const DEVICE_CHOICES: readonly { readonly choice: DeviceChoice; readonly label: string }[] = [
  { choice: 'auto', label: 'Automatic' },
  { choice: 'webgpu', label: 'GPU' },
  { choice: 'wasm', label: 'Processor' },
];
