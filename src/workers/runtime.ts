/** ONNX Runtime's own files, served by the page itself: no other origin is ever asked. */
import asyncifyMjs from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url';
import asyncifyWasm from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url';
import jspiMjs from 'onnxruntime-web/ort-wasm-simd-threaded.jspi.mjs?url';
import jspiWasm from 'onnxruntime-web/ort-wasm-simd-threaded.jspi.wasm?url';
import plainMjs from 'onnxruntime-web/ort-wasm-simd-threaded.mjs?url';
import plainWasm from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import { configureRuntime } from '../inference/session';

export function useOwnRuntime(): void {
  const files = (mjs: string, wasm: string) => ({
    mjs: new URL(mjs, import.meta.url).href,
    wasm: new URL(wasm, import.meta.url).href,
  });
  configureRuntime({
    wasm: files(plainMjs, plainWasm),
    jspi: files(jspiMjs, jspiWasm),
    asyncify: files(asyncifyMjs, asyncifyWasm),
  });
}
