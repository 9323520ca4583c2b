/**
 * Inference: one ONNX Runtime for the whole lab, by its WASM build or by one with WebGPU. The only file that names
 * the runtime, so that a second provider has one place to go. Refuses to know: what a model is for.
 */
import type * as Ort from 'onnxruntime-web';
import { LabError } from '../errors';
import { type GpuDevice, GpuMemory } from './gpu';
import { type RowOf, appendColumns, joinRows } from './rows';
import type { FloatTensor, Resident, Tensor } from './tensor';

export type Device = 'wasm' | 'webgpu';

/** Where a build's own two files lie, as absolute URLs. */
export interface BuildFiles {
  readonly wasm: string;
  readonly mjs: string;
}

export type Feeds = Readonly<Record<string, Tensor | Resident>>;

export interface Outputs {
  readonly read: Readonly<Record<string, FloatTensor>>;
  /** Those that the session was opened to keep. */
  readonly kept: Readonly<Record<string, Resident>>;
}

export interface Session extends AsyncDisposable {
  readonly inputNames: readonly string[];
  /** Runs one after the other, whoever asks. Throws `out-of-memory`, `gpu-lost` or `unexpected`. */
  run(feeds: Feeds): Promise<Outputs>;
  keep(tensor: FloatTensor): Resident;
  /** Rows of kept tensors [rows, heads, columns, width] as a new one; the old ones stay. Throws `out-of-memory`. */
  join(rows: readonly RowOf<Resident>[], columns: number): Resident;
  /** Writes kept columns `fresh` into `into`, row r at column `at[r]`, in place. */
  append(into: Resident, fresh: Resident, at: readonly number[]): void;
}

export interface SessionOptions {
  readonly device?: Device;
  /** The files that the graph asks for by name. */
  readonly external?: readonly { readonly path: string; readonly data: Uint8Array }[];
  /** Outputs that are only ever fed back. */
  readonly keeps?: readonly string[];
}

const MAX_THREADS = 4;

/** Builds by what they can; Node finds its own files. */
const BUILDS = {
  wasm: () => import('onnxruntime-web/wasm'),
  /** Stops inside WebAssembly by the browser's own means: smaller and faster, where a browser has it. */
  jspi: () => import('onnxruntime-web/jspi'),
  asyncify: () => import('onnxruntime-web/webgpu'),
};
export type Build = keyof typeof BUILDS;

let files: Partial<Record<Build, BuildFiles>> = {};
let runtime: { readonly build: Build; readonly loaded: Promise<typeof Ort> } | null = null;

export function configureRuntime(given: Record<Build, BuildFiles>): void {
  files = given;
}

/** The first session of a worker decides its build: two builds in one worker would share nothing but memory. */
function load(device: Device): Promise<typeof Ort> {
  // Rooms are compiled without the page's types.
  const { WebAssembly: wasm } = globalThis as unknown as { WebAssembly: object };
  const build: Build = device === 'wasm' ? 'wasm' : 'Suspending' in wasm ? 'jspi' : 'asyncify';
  runtime ??= {
    build,
    loaded: BUILDS[build]()
      .catch((error: unknown) => {
        throw runtimeMissing(error);
      })
      .then((ort: typeof Ort) => {
        ort.env.logLevel = 'error';
        ort.env.wasm.numThreads = threads();
        const own = files[build];
        if (own) ort.env.wasm.wasmPaths = own;
        return ort;
      }),
  };
  if (device === 'webgpu' && runtime.build === 'wasm')
    throw new Error('This worker has the runtime without WebGPU already.');
  return runtime.loaded;
}

function runtimeMissing(cause: unknown): LabError {
  return new LabError('runtime-missing', 'The runtime for models did not arrive.', { cause });
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

/** For people: `WebGPU`, or `WASM, 2 threads`. */
export function runsOn(device: Device): string {
  const count = threads();
  return device === 'webgpu' ? 'WebGPU' : `WASM, ${String(count)} ${count === 1 ? 'thread' : 'threads'}`;
}

/** Runs are serialised: no build is re-entrant. */
let last: Promise<unknown> = Promise.resolve();
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const turn = last.then(work, work);
  last = turn.catch(() => undefined);
  return turn;
}

/** Throws `model-corrupt`, `out-of-memory` or `gpu-lost`. */
export async function openSession(graph: Uint8Array, options: SessionOptions = {}): Promise<Session> {
  const { device = 'wasm', external = [], keeps = [] } = options;
  const ort = await load(device);
  let session: Ort.InferenceSession;
  try {
    session = await inTurn(() =>
      ort.InferenceSession.create(graph, {
        executionProviders: [device],
        // Shape arithmetic runs on the processor on purpose; ONNX Runtime warns of it.
        logSeverityLevel: 3,
        externalData: external.map(({ path, data }) => ({ path, data })),
        ...(device === 'webgpu' && {
          preferredOutputLocation: Object.fromEntries(keeps.map((name) => [name, 'gpu-buffer' as const])),
        }),
      }),
    );
  } catch (error) {
    throw told(error, 'model-corrupt');
  }
  if (device === 'wasm') return new OrtSession(ort, session, keeps, new PageMemory(ort));
  const gpu = (await ort.env.webgpu.device) as unknown as GpuDevice;
  const wrap = (buffer: object, dims: readonly number[], dispose: () => void) =>
    ort.Tensor.fromGpuBuffer(buffer as Ort.Tensor.GpuBufferType, { dataType: 'float32', dims, dispose });
  return new OrtSession(ort, session, keeps, new GpuMemory(gpu, wrap));
}

/** Where a session's kept tensors live. Residents never leave their session, so each memory knows its own. */
interface Memory<R extends Resident> {
  /** Null, or why nothing can be computed here any more. */
  readonly lost: string | null;
  /** Whether a buffer could not be had; what is computed with it is not to be trusted. */
  readonly full: boolean;
  /** Resolves when a loss that has just made a run fail would be known. */
  heard(): Promise<void>;
  take(output: Ort.Tensor): R;
  feed(resident: R): Ort.Tensor;
  keep(tensor: FloatTensor): R;
  join(rows: readonly RowOf<R>[], columns: number): R;
  append(into: R, fresh: R, at: readonly number[]): void;
}

class OrtSession<R extends Resident> implements Session {
  readonly inputNames: readonly string[];
  readonly #kept: ReadonlySet<string>;

  constructor(
    private readonly ort: typeof Ort,
    private readonly session: Ort.InferenceSession,
    keeps: readonly string[],
    private readonly memory: Memory<R>,
  ) {
    this.inputNames = session.inputNames;
    this.#kept = new Set(keeps);
  }

  async run(feeds: Feeds): Promise<Outputs> {
    const tensors: Record<string, Ort.Tensor> = {};
    for (const name in feeds) {
      const feed = feeds[name];
      if (feed) tensors[name] = this.#fed(feed);
    }
    let outputs: [string, Ort.Tensor][];
    try {
      outputs = Object.entries(await inTurn(() => this.session.run(tensors)));
    } catch (error) {
      await this.memory.heard();
      throw this.#told(error);
    }
    if (this.memory.lost !== null) throw this.#told(null);
    if (this.memory.full) throw outOfMemory(null);
    const kept = outputs.filter(([name]) => this.#kept.has(name));
    const read = outputs.filter(([name]) => !this.#kept.has(name)) as unknown as [string, FloatTensor][];
    return {
      read: Object.fromEntries(read),
      kept: Object.fromEntries(kept.map(([name, tensor]) => [name, this.memory.take(tensor)])),
    };
  }

  keep(tensor: FloatTensor): Resident {
    try {
      return this.memory.keep(tensor);
    } catch (error) {
      throw this.#told(error);
    }
  }

  join(rows: readonly RowOf<Resident>[], columns: number): Resident {
    try {
      return this.memory.join(rows as readonly RowOf<R>[], columns);
    } catch (error) {
      throw this.#told(error);
    }
  }

  append(into: Resident, fresh: Resident, at: readonly number[]): void {
    this.memory.append(into as R, fresh as R, at);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await inTurn(() => this.session.release());
  }

  #fed(feed: Tensor | Resident): Ort.Tensor {
    if ('release' in feed) return this.memory.feed(feed as R);
    const { type, data, dims } = feed;
    return data instanceof BigInt64Array
      ? new this.ort.Tensor('int64', data, dims)
      : new this.ort.Tensor(type, data, dims);
  }

  #told(error: unknown): LabError {
    const { lost } = this.memory;
    return lost === null
      ? told(error, 'unexpected')
      : new LabError('gpu-lost', `The GPU was lost (${lost}).`, { cause: error });
  }
}

/** The WASM build keeps nothing between runs: what stays, stays in the page's memory. */
class PageMemory implements Memory<PageResident> {
  readonly lost = null;
  readonly full = false;

  constructor(private readonly ort: typeof Ort) {}

  heard(): Promise<void> {
    return Promise.resolve();
  }

  take(output: Ort.Tensor): PageResident {
    return new PageResident(output as unknown as FloatTensor);
  }

  /** Made once for each: making the tensors of a hundred adapter inputs anew for every token would be felt. */
  feed(resident: PageResident): Ort.Tensor {
    const { tensor } = resident;
    return (resident.fed ??= new this.ort.Tensor('float32', tensor.data, tensor.dims));
  }

  keep(tensor: FloatTensor): PageResident {
    return new PageResident(tensor);
  }

  join(rows: readonly RowOf<PageResident>[], columns: number): PageResident {
    return new PageResident(
      joinRows(
        rows.map((row) => ({ ...row, tensor: row.tensor.tensor })),
        columns,
      ),
    );
  }

  append(into: PageResident, fresh: PageResident, at: readonly number[]): void {
    appendColumns(into.tensor, fresh.tensor, at);
  }
}

class PageResident implements Resident {
  readonly dims: readonly number[];
  fed: Ort.Tensor | null = null;

  constructor(readonly tensor: FloatTensor) {
    this.dims = tensor.dims;
  }

  release(): void {
    // The garbage collector's work.
  }
}

function outOfMemory(cause: unknown): LabError {
  return new LabError('out-of-memory', 'The model ran out of memory.', { cause });
}

/** A model too large for the heap or the GPU shows as a RangeError, a `bad_alloc` or a bare number from the heap. */
function told(error: unknown, otherwise: 'model-corrupt' | 'unexpected'): LabError {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof RangeError || typeof error === 'number' || /bad_alloc|memory|allocat/i.test(message))
    return outOfMemory(error);
  // So it says when its own WebAssembly file could not be fetched.
  if (/no available backend found/i.test(message)) return runtimeMissing(error);
  return new LabError(otherwise, `ONNX Runtime refused: ${message}`, { cause: error });
}
