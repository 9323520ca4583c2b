import type { OpenScanKernel, ScanKernel } from '../retrieval/kernels/scan';
import wasm from '../retrieval/kernels/scan.wasm?url';

/** Null where WebAssembly has no SIMD or the file cannot be had: the index then compares row by row. */
export async function fetchScanKernel(): Promise<OpenScanKernel | null> {
  try {
    const response = await fetch(new URL(wasm, import.meta.url));
    const module = await WebAssembly.compile(await response.arrayBuffer());
    return () => new WebAssembly.Instance(module).exports as unknown as ScanKernel;
  } catch {
    return null;
  }
}
