// A planted error: ONNX Runtime may be named in one file only.
import * as ort from 'onnxruntime-web/wasm';

export const planted = ort.env;
