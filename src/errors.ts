/** Every way the lab can fail that a person can do something about. */
export const ERROR_CODES = [
  'model-missing',
  'model-cut',
  'model-corrupt',
  'model-unsupported',
  'model-not-fetched',
  'model-incomplete',
  'hub-unreachable',
  'hub-busy',
  'hub-gated',
  'hub-lacks',
  'address-refused',
  'model-not-loaded',
  'runtime-missing',
  'adapter-mismatch',
  'adapter-damaged',
  'adapter-unsupported',
  'adapter-incomplete',
  'adapter-not-fetched',
  'adapter-unknown',
  'context-overflow',
  'no-evidence',
  'empty-document',
  'not-text',
  'unknown-format',
  'document-too-large',
  'too-many-files',
  'document-unreadable',
  'document-locked',
  'address-unreadable',
  'part-not-fetched',
  'password-needed',
  'password-wrong',
  'storage-full',
  'storage-refused',
  'out-of-memory',
  'gpu-lost',
  'gpu-unfit',
  'gpu-missing',
  'worker-lost',
  'server-address',
  'server-mixed',
  'server-unreachable',
  'server-refused',
  'server-model-unknown',
  'server-busy',
  'server-failed',
  'server-answer',
  'server-cut',
  'bad-questions',
  'unexpected',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

/** `message` is a plain sentence that names the bad value; titles and remedies for people are in `ui`. */
export class LabError extends Error {
  override readonly name = 'LabError';
  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Stopping is not an error: callers let it pass. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

/** The error as a `LabError`, so that anything thrown can be told to a person. */
export function asLabError(error: unknown): LabError {
  if (error instanceof LabError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (/out of memory|bad_alloc|allocation failed|memory access out of bounds/i.test(message))
    return new LabError('out-of-memory', message, { cause: error });
  return new LabError('unexpected', message, { cause: error });
}
