/** Row-major. */
export interface Tensor {
  readonly type: 'float32' | 'int64';
  readonly data: Float32Array | BigInt64Array;
  readonly dims: readonly number[];
}

export interface FloatTensor extends Tensor {
  readonly type: 'float32';
  readonly data: Float32Array;
}

/** Values that stay where a session computes, so that they need not travel on every run. */
export interface Resident {
  readonly dims: readonly number[];
  /** Frees them; must not be fed to anything afterwards. */
  release(): void;
}
