/** Row-major. 16-bit floats are their bits. */
export type Tensor = FloatTensor | HalfTensor | IntegerTensor;

export interface FloatTensor {
  readonly type: 'float32';
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

interface HalfTensor {
  readonly type: 'float16';
  readonly data: Uint16Array;
  readonly dims: readonly number[];
}

interface IntegerTensor {
  readonly type: 'int64';
  readonly data: BigInt64Array;
  readonly dims: readonly number[];
}

/** What a graph computes with. */
export type RealTensor = FloatTensor | HalfTensor;
export type RealType = RealTensor['type'];

/** Values that stay where a session computes, so that they need not travel on every run. */
export interface Resident {
  readonly dims: readonly number[];
  /** Frees them; must not be fed to anything afterwards. */
  release(): void;
}
