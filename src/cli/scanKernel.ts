import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OpenScanKernel, ScanKernel } from '../retrieval/kernels/scan';

/** The committed kernel, from disk. */
export async function readScanKernel(): Promise<OpenScanKernel> {
  const module = await WebAssembly.compile(await readFile(join(import.meta.dirname, '../retrieval/kernels/scan.wasm')));
  return () => new WebAssembly.Instance(module).exports as unknown as ScanKernel;
}
