const MAX_THREADS = 4;

/** How many threads WebAssembly runs on here. Asks for the feature itself: WebKit reports isolation and has no SharedArrayBuffer. */
export function threads(): number {
  const { crossOriginIsolated, navigator } = globalThis as {
    crossOriginIsolated?: boolean;
    navigator?: { hardwareConcurrency?: number };
  };
  if (!crossOriginIsolated || typeof SharedArrayBuffer === 'undefined') return 1;
  return Math.max(1, Math.min(MAX_THREADS, navigator?.hardwareConcurrency ?? 1));
}
