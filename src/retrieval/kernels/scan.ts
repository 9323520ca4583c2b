/**
 * What scan.c exports. Composition roots compile `scan.wasm` and hand the room a way to open it: each index has an
 * instance, and so a memory, of its own. Opening throws where memory is refused.
 */
export type OpenScanKernel = () => ScanKernel;

export interface ScanKernel {
  /** Growing detaches the buffer and gives another. Pages of 64 KiB; throws a RangeError where they are refused. */
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  /** The first free byte. */
  readonly __heap_base: { readonly value: number };
  /** Addresses are byte offsets into `memory`. Returns how many places it wrote. See scan.c for the layout. */
  scan(
    block: number,
    width: number,
    query: number,
    allowed: number,
    best: number,
    limit: number,
    offset: number,
    scale: number,
    onResidual: number,
    onNorm: number,
  ): number;
}
