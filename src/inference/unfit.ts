import { LabError, isAbort } from '../errors';

/** Those that say what happened; another device mends the first three. */
const SAID = new Set(['gpu-unfit', 'gpu-lost', 'out-of-memory', 'runtime-missing']);

/**
 * What a model's load on the GPU failed with, as an error to act on: whatever ONNX Runtime or a self-test could not do
 * there, with files that are whole, is `gpu-unfit`.
 */
export function gpuTrouble(error: unknown, label: string): unknown {
  if (isAbort(error) || (error instanceof LabError && SAID.has(error.code))) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new LabError('gpu-unfit', `The ${label} does not run on this GPU: ${message}`, { cause: error });
}
