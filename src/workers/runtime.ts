/** ONNX Runtime's own files, served by the page itself: no other origin is ever asked. */
import mjs from 'onnxruntime-web/ort-wasm-simd-threaded.mjs?url';
import wasm from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import { configureRuntime } from '../inference/session';

export function useOwnRuntime(): void {
  configureRuntime({ mjs: new URL(mjs, import.meta.url).href, wasm: new URL(wasm, import.meta.url).href });
}
