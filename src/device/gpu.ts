/** Device: what this machine can do. Refuses to know: models, and what is done with them. */

/** Why the lab would not compute on the GPU here; null where it would. `software` adapters are slower than WebAssembly. */
export interface Gpu {
  readonly name: string;
  readonly unfit: 'software' | null;
  /** Whether it computes with 16-bit floats (`shader-f16`). */
  readonly f16: boolean;
  /** Bytes that one tensor may have at most; null where it was not told. */
  readonly largestBuffer: number | null;
}

/** As much of WebGPU as is asked; undefined in browsers and contexts without it. */
interface GpuNavigator {
  readonly gpu?: {
    requestAdapter(options?: object): Promise<{
      readonly features?: ReadonlySet<string>;
      readonly limits?: { readonly maxBufferSize?: number; readonly maxStorageBufferBindingSize?: number };
      readonly info?: {
        readonly vendor?: string;
        readonly architecture?: string;
        readonly description?: string;
        readonly isFallbackAdapter?: boolean;
      };
    } | null>;
  };
}

const SOFTWARE = /swiftshader|llvmpipe|lavapipe|basic render/i;

/** Null where there is no WebGPU or no adapter. */
export async function findGpu(navigator: unknown): Promise<Gpu | null> {
  const { gpu } = navigator as GpuNavigator;
  const adapter = await gpu?.requestAdapter({ powerPreference: 'high-performance' }).catch(() => null);
  if (!adapter) return null;
  const { vendor = '', architecture = '', description = '', isFallbackAdapter = false } = adapter.info ?? {};
  const name = description || [vendor, architecture].filter((part) => part !== '').join(' ') || 'name unknown';
  const software = isFallbackAdapter || SOFTWARE.test(`${architecture} ${description}`);
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits ?? {};
  return {
    name,
    unfit: software ? 'software' : null,
    f16: adapter.features?.has('shader-f16') ?? false,
    largestBuffer:
      maxBufferSize === undefined || maxStorageBufferBindingSize === undefined
        ? null
        : Math.min(maxBufferSize, maxStorageBufferBindingSize),
  };
}

/** What the adapter that WebGPU gives can do, by WebGPU's own names; null without one. */
export async function gpuFeatures(navigator: unknown): Promise<ReadonlySet<string> | null> {
  const { gpu } = navigator as GpuNavigator;
  const adapter = await gpu?.requestAdapter({ powerPreference: 'high-performance' }).catch(() => null);
  return adapter ? (adapter.features ?? new Set()) : null;
}
