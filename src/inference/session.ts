/**
 * Inference: one ONNX Runtime for the whole lab, by its WASM build. The only file that names the runtime, so
 * that a second provider has one place to go. Refuses to know: what a model is for.
 */
import * as ort from 'onnxruntime-web/wasm';
import { LabError } from '../errors';
import { type RowOf, joinRows } from './rows';

/** Where the runtime's own two files lie, as absolute URLs. Node finds them by itself and needs no call. */
export interface RuntimeFiles {
  readonly wasm: string;
  readonly mjs: string;
}

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

/** Values that stay where the session computes, so that they need not travel on every run. */
export interface Resident {
  readonly dims: readonly number[];
  /** Frees them; must not be fed to anything afterwards. */
  release(): void;
}

export type Feeds = Readonly<Record<string, Tensor | Resident>>;

export interface Outputs {
  readonly read: Readonly<Record<string, FloatTensor>>;
  /** Those that the session was opened to keep. */
  readonly kept: Readonly<Record<string, Resident>>;
}

export interface Session extends AsyncDisposable {
  readonly inputNames: readonly string[];
  /** Runs one after the other, whoever asks. Throws `out-of-memory` or `unexpected`. */
  run(feeds: Feeds): Promise<Outputs>;
  keep(tensor: FloatTensor): Resident;
  /** Rows of kept tensors [rows, heads, columns, width] as a new one; the old ones stay. Throws `out-of-memory`. */
  join(rows: readonly RowOf<Resident>[], columns: number): Resident;
}

const MAX_THREADS = 4;

ort.env.logLevel = 'error';
ort.env.wasm.numThreads = threads();

export function configureRuntime({ wasm, mjs }: RuntimeFiles): void {
  ort.env.wasm.wasmPaths = { wasm, mjs };
}

/** Asks for the feature itself: WebKit reports isolation and has no SharedArrayBuffer. */
function threads(): number {
  const { crossOriginIsolated, navigator } = globalThis as {
    crossOriginIsolated?: boolean;
    navigator?: { hardwareConcurrency?: number };
  };
  if (!crossOriginIsolated || typeof SharedArrayBuffer === 'undefined') return 1;
  return Math.max(1, Math.min(MAX_THREADS, navigator?.hardwareConcurrency ?? 1));
}

/** For people: `WASM, 2 threads`. */
export function runsOn(): string {
  const count = ort.env.wasm.numThreads ?? 1;
  return `WASM, ${String(count)} ${count === 1 ? 'thread' : 'threads'}`;
}

/** Runs are serialised: the WASM build is not re-entrant. */
let last: Promise<unknown> = Promise.resolve();
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const turn = last.then(work, work);
  last = turn.catch(() => undefined);
  return turn;
}

export interface SessionOptions {
  /** The files that the graph asks for by name. */
  readonly external?: readonly { readonly path: string; readonly data: Uint8Array }[];
  /** Outputs that are only ever fed back. */
  readonly keeps?: readonly string[];
}

/** Throws `model-corrupt` or `out-of-memory`. */
export async function openSession(graph: Uint8Array, options: SessionOptions = {}): Promise<Session> {
  const { external = [], keeps = [] } = options;
  let session: ort.InferenceSession;
  try {
    session = await inTurn(() =>
      ort.InferenceSession.create(graph, {
        executionProviders: ['wasm'],
        externalData: external.map(({ path, data }) => ({ path, data })),
      }),
    );
  } catch (error) {
    throw told(error, 'model-corrupt');
  }
  const kept = new Set(keeps);
  return {
    inputNames: session.inputNames,
    async run(feeds) {
      const tensors = Object.fromEntries(Object.entries(feeds).map(([name, feed]) => [name, toOrt(feed)]));
      let outputs: [string, FloatTensor][];
      try {
        outputs = Object.entries((await inTurn(() => session.run(tensors))) as unknown as Record<string, FloatTensor>);
      } catch (error) {
        throw told(error, 'unexpected');
      }
      return {
        read: Object.fromEntries(outputs.filter(([name]) => !kept.has(name))),
        kept: Object.fromEntries(
          outputs.filter(([name]) => kept.has(name)).map(([name, tensor]) => [name, new InMemory(tensor)]),
        ),
      };
    },
    keep: (tensor) => new InMemory(tensor),
    join(rows, columns) {
      try {
        return new InMemory(
          joinRows(
            rows.map((row) => ({ ...row, tensor: InMemory.of(row.tensor) })),
            columns,
          ),
        );
      } catch (error) {
        throw told(error, 'unexpected');
      }
    },
    async [Symbol.asyncDispose]() {
      await inTurn(() => session.release());
    },
  };
}

/** The WASM build keeps nothing between runs: what stays, stays in the page's memory. */
class InMemory implements Resident {
  readonly dims: readonly number[];

  constructor(readonly tensor: FloatTensor) {
    this.dims = tensor.dims;
  }

  static of(resident: Resident): FloatTensor {
    if (!(resident instanceof InMemory)) throw new TypeError('The tensor was kept by another session.');
    return resident.tensor;
  }

  release(): void {
    // The garbage collector's work.
  }
}

function toOrt(feed: Tensor | Resident): ort.Tensor {
  const { type, data, dims } = 'release' in feed ? InMemory.of(feed) : feed;
  return data instanceof BigInt64Array ? new ort.Tensor('int64', data, dims) : new ort.Tensor(type, data, dims);
}

/** A model too large for the WASM heap shows as a RangeError, a `bad_alloc` or a bare number from the heap. */
function told(error: unknown, otherwise: 'model-corrupt' | 'unexpected'): LabError {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof RangeError || typeof error === 'number' || /bad_alloc|memory|allocat/i.test(message))
    return new LabError('out-of-memory', 'The model ran out of memory.', { cause: error });
  return new LabError(otherwise, `ONNX Runtime refused: ${message}`, { cause: error });
}
