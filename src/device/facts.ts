import { findGpu } from './gpu';

/** What the visitor's device has, as far as the browser tells. Bytes; null is unknown. */
export interface DeviceFacts {
  /** A real GPU's name; null where there is none, or only an imitation in software. */
  readonly gpu: string | null;
  readonly f16: boolean;
  /** What one tensor on the GPU may have at most. */
  readonly largestBuffer: number | null;
  /** The machine's memory, an estimate: browsers round it to a power of two and say 8 GB for all that is more; some say nothing. */
  readonly memory: number | null;
  readonly threads: number;
  readonly simd: boolean;
  /** The connection is paid by volume, or the visitor asked to save data, as far as the browser tells. */
  readonly metered: boolean;
  /** `kept`: whether the browser promised not to clear it by itself. */
  readonly storage: { readonly used: number | null; readonly quota: number | null; readonly kept: boolean | null };
}

/** As much of the browser as is asked; most of it is missing somewhere. */
interface AskedNavigator {
  readonly deviceMemory?: number;
  readonly hardwareConcurrency?: number;
  readonly connection?: {
    readonly saveData?: boolean;
    readonly type?: string;
    addEventListener?(type: 'change', heard: () => void): void;
  };
  readonly storage?: {
    estimate?(): Promise<{ usage?: number; quota?: number }>;
    persisted?(): Promise<boolean>;
    persist?(): Promise<boolean>;
  };
}

const GIB = 1024 ** 3;
/** A module whose one function ends with a SIMD instruction. */
const SIMD = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
]);

/** Asks the browser of the page or of a worker. `threads` is how many the models run on. */
export async function readDevice(navigator: unknown, threads: number): Promise<DeviceFacts> {
  const asked = navigator as AskedNavigator;
  const gpu = await findGpu(navigator);
  const real = gpu?.unfit === null ? gpu : null;
  // Rooms above are compiled without the page's types, and so is this one.
  const { WebAssembly: wasm } = globalThis as unknown as { WebAssembly: { validate(bytes: Uint8Array): boolean } };
  return {
    gpu: real?.name ?? null,
    f16: real?.f16 ?? false,
    largestBuffer: real?.largestBuffer ?? null,
    memory: asked.deviceMemory === undefined ? null : asked.deviceMemory * GIB,
    threads,
    simd: wasm.validate(SIMD),
    metered: isMetered(navigator),
    storage: await readStorage(navigator),
  };
}

export function isMetered(navigator: unknown): boolean {
  const { connection } = navigator as AskedNavigator;
  return connection?.saveData === true || connection?.type === 'cellular';
}

/** `changed` is called whenever the connection becomes another; never where the browser does not tell. */
export function watchConnection(navigator: unknown, changed: () => void): void {
  (navigator as AskedNavigator).connection?.addEventListener?.('change', changed);
}

export async function readStorage(navigator: unknown): Promise<DeviceFacts['storage']> {
  const { storage } = navigator as AskedNavigator;
  const estimate = await storage?.estimate?.().catch(() => null);
  const kept = await storage?.persisted?.().catch(() => null);
  return { used: estimate?.usage ?? null, quota: estimate?.quota ?? null, kept: kept ?? null };
}

/** Asks the browser not to clear by itself what is kept; it may ask the visitor. */
export async function askToPersist(navigator: unknown): Promise<void> {
  const { storage } = navigator as AskedNavigator;
  await storage?.persist?.().catch(() => false);
}
