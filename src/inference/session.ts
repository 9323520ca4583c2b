/**
 * Inference: one ONNX Runtime for the whole lab, by its WASM build. The only file that names the runtime, so
 * that a second provider has one place to go. Refuses to know: what a model is for.
 */
import * as ort from 'onnxruntime-web/wasm';
import { LabError } from '../errors';

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

export type Feeds = Readonly<Record<string, Tensor>>;

export interface Session extends AsyncDisposable {
  readonly inputNames: readonly string[];
  /** Runs one after the other, whoever asks. Throws `out-of-memory` or `unexpected`. */
  run(feeds: Feeds): Promise<Record<string, FloatTensor>>;
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

/** `external` are the files that the graph asks for by name. Throws `model-corrupt` or `out-of-memory`. */
export async function openSession(
  graph: Uint8Array,
  external: readonly { readonly path: string; readonly data: Uint8Array }[] = [],
): Promise<Session> {
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
  return {
    inputNames: session.inputNames,
    async run(feeds) {
      const tensors = Object.fromEntries(
        Object.entries(feeds).map(([name, { type, data, dims }]) => [name, toOrt(type, data, dims)]),
      );
      try {
        return (await inTurn(() => session.run(tensors))) as unknown as Record<string, FloatTensor>;
      } catch (error) {
        throw told(error, 'unexpected');
      }
    },
    async [Symbol.asyncDispose]() {
      await inTurn(() => session.release());
    },
  };
}

function toOrt(type: Tensor['type'], data: Tensor['data'], dims: readonly number[]): ort.Tensor {
  return data instanceof BigInt64Array ? new ort.Tensor('int64', data, dims) : new ort.Tensor(type, data, dims);
}

/** A model too large for the WASM heap shows as a RangeError, a `bad_alloc` or a bare number from the heap. */
function told(error: unknown, otherwise: 'model-corrupt' | 'unexpected'): LabError {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof RangeError || typeof error === 'number' || /bad_alloc|memory|allocat/i.test(message))
    return new LabError('out-of-memory', 'The model ran out of memory.', { cause: error });
  return new LabError(otherwise, `ONNX Runtime refused: ${message}`, { cause: error });
}
