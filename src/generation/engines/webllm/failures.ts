/** The library's errors, which it tells apart by name, as errors with words for people. */
import { type ErrorCode, LabError, asLabError } from '../../../errors';

const CODES: Readonly<Record<string, ErrorCode>> = {
  WebGPUNotAvailableError: 'gpu-missing',
  WebGPUNotFoundError: 'gpu-missing',
  ShaderF16SupportError: 'gpu-missing',
  FeatureSupportError: 'gpu-missing',
  // While it loads, the GPU is mostly lost for want of memory; the library says the same.
  DeviceLostError: 'out-of-memory',
  IntegrityError: 'model-corrupt',
  ArtifactManifestError: 'model-corrupt',
  ModelNotFoundError: 'model-unsupported',
  MissingModelWasmError: 'model-unsupported',
  GrammarMatcherInitError: 'model-unsupported',
  InvalidResponseFormatError: 'model-unsupported',
  QuotaExceededError: 'storage-full',
};
const OVERFLOW = /number of prompt tokens: (\d+); context window size: (\d+)/;
const NO_GPU = /compatible GPU|Cannot initialize runtime because of requested/;
/** Chromium, Firefox and WebKit on a broken connection or a refused address, and the library on an empty answer. */
const NOT_FETCHED =
  /Cannot fetch|Failed to fetch|NetworkError|Load failed|fetch failed|Cache\.add\(\)|unable to fetch/i;

/** `label` names the model. */
export function failureOf(error: unknown, label: string): LabError {
  if (error instanceof LabError) return error;
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const [, prompt, window] = OVERFLOW.exec(message) ?? [];
  if (prompt !== undefined)
    return new LabError(
      'context-overflow',
      `The prompt has ${Number(prompt).toLocaleString('en')} tokens; the ${label}’s window holds ${Number(window).toLocaleString('en')}.`,
    );
  // It puts the model away by itself when the GPU is lost.
  if (name === 'ModelNotLoadedError') return new LabError('gpu-lost', `The GPU that ran ${label} was lost.`);
  const code =
    CODES[name] ?? (NO_GPU.test(message) ? 'gpu-missing' : NOT_FETCHED.test(message) ? 'model-missing' : null);
  if (code === null) return asLabError(error);
  const what = code === 'model-missing' ? ' could not be fetched' : '';
  return new LabError(code, `${label}${what}: ${firstSentence(message)}`, { cause: error });
}

/** The library goes on with advice for its own users. */
function firstSentence(message: string): string {
  return /^.*?\.(?=\s|$)/s.exec(message)?.[0] ?? message;
}
