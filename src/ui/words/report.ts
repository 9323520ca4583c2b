import type { CatalogueModel, DeviceFacts, ModelInfo } from '../../lab';
import { BECAUSE } from './devices';
import { bytes } from './numbers';

/** What somebody who helps would ask for: the device, what runs on it, and how the self-tests went. No text of the visitor's. */
export function report(
  device: DeviceFacts | null,
  tested: readonly CatalogueModel[],
  reader: ModelInfo | null,
): string {
  const size = (value: number | null) => (value === null ? 'unknown' : bytes(value));
  const state = reader?.state;
  const runs =
    state?.kind === 'ready' ? `${state.runsOn}${state.because ? ` (${BECAUSE[state.because]})` : ''}` : 'not running';
  return [
    'Openbook report',
    `Browser: ${navigator.userAgent}`,
    ...(device
      ? [
          `Graphics: ${device.gpu ?? 'no WebGPU'}, f16 ${device.f16 ? 'yes' : 'no'}, largest buffer ${size(device.largestBuffer)}`,
          `Memory: ${size(device.memory)} (estimated)`,
          `Processor: WASM${device.simd ? ' SIMD' : ''}, threads ${String(device.threads)}`,
          `Storage: ${size(device.storage.used)} of ${size(device.storage.quota)}`,
        ]
      : ['Device: unknown']),
    `Reader runs on: ${runs}`,
    ...tested.map(
      ({ id, selfTest }) =>
        `Self-test of ${id}: ${selfTest.kind}, ${selfTest.kind === 'untested' ? selfTest.why : selfTest.said}`,
    ),
  ].join('\n');
}
