/**
 * The catalogue of rerankers (cross-encoders): all from the hub, so that without network, and until the visitor has
 * fetched one, there is none. Repositories, files and licences as the hub's cards and Transformers.js's
 * documentation name them; looked up in November 2026, not downloaded. Sizes and digests are read when the visitor looks.
 */
import type { ModelSource } from '../inference/source';

export interface RerankerEntry {
  readonly id: string;
  readonly label: string;
  readonly source: ModelSource;
  /** Of question and passage together. */
  readonly contextTokens: number;
  /** What it can judge, for people. */
  readonly reads: string;
  readonly licence: string;
}

/** On WebGPU never 8-bit integers, as of finders. */
function onHub(repo: string, more: { readonly f16?: string }): ModelSource {
  const weights = { wasm: 'onnx/model_quantized.onnx', webgpu: 'onnx/model.onnx', ...more };
  return { kind: 'hub', repo, revision: 'main', weights };
}

const F16 = { f16: 'onnx/model_fp16.onnx' };

export const RERANKERS: readonly RerankerEntry[] = [
  {
    id: 'ms-marco-minilm-l6-v2',
    label: 'ms-marco-MiniLM-L6-v2',
    source: onHub('Xenova/ms-marco-MiniLM-L-6-v2', F16),
    contextTokens: 512,
    reads: 'Judges English.',
    licence: 'Apache-2.0',
  },
  {
    id: 'mxbai-rerank-xsmall-v1',
    label: 'mxbai-rerank-xsmall-v1',
    // Nothing was found out of its activations in 16-bit floats.
    source: onHub('mixedbread-ai/mxbai-rerank-xsmall-v1', {}),
    contextTokens: 512,
    reads: 'Judges English.',
    licence: 'Apache-2.0',
  },
  {
    id: 'bge-reranker-base',
    label: 'bge-reranker-base',
    source: onHub('Xenova/bge-reranker-base', F16),
    contextTokens: 512,
    reads: 'Judges English and Chinese.',
    licence: 'MIT',
  },
];
