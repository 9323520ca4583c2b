/** The catalogue of finders (embedding models). Sizes and digests were measured on the files. */
import type { ModelSource } from '../inference/source';
import type { EmbeddingRole } from './embedder';

/**
 * How the tokens' vectors become one: their mean, that of the first token, or `own`: the graph gives it as
 * `sentence_embedding`.
 */
export type Pooling = 'mean' | 'cls' | 'own';

export interface FinderEntry {
  readonly id: string;
  readonly label: string;
  readonly source: ModelSource;
  readonly dimensions: number;
  readonly contextTokens: number;
  readonly pooling: Pooling;
  /** What the model was trained to see before a text, by what the text is. */
  readonly prefixes: Readonly<Record<EmbeddingRole, string>>;
  /** What it can find, for people. */
  readonly reads: string;
  readonly licence: string;
  /** Weight in the fusion against 1 for BM25; measured on the reading set (public/models/MODEL_CARD.md, limits). */
  readonly fusionWeight: number;
}

const AS_IT_IS = { query: '', passage: '' };
/** Of bge and arctic-embed: a question is announced, a passage is not. */
const ASKED = { query: 'Represent this sentence for searching relevant passages: ', passage: '' };
/** On WebGPU never 8-bit integers, which can be silently wrong there (github.com/huggingface/transformers.js/issues/1512). */
const INT8 = 'onnx/model_quantized.onnx';
const F32 = 'onnx/model.onnx';
const F16 = { f16: 'onnx/model_fp16.onnx' };

function onHub(repo: string, more: { readonly f16?: string } = F16): ModelSource {
  return { kind: 'hub', repo, revision: 'main', weights: { wasm: INT8, webgpu: F32, ...more } };
}

export const FINDERS: readonly FinderEntry[] = [
  {
    id: 'embedder-tiny',
    label: 'Tiny finder',
    source: {
      kind: 'page',
      folder: 'models/embedder-tiny/',
      files: [
        { path: 'config.json', bytes: 349, sha256: 'b53abf136a5e1e8794ebad62541beb8b6acf7e0d9e02e25685be557b58375b7f' },
        {
          path: 'tokenizer.json',
          bytes: 552707,
          sha256: '42e3750838a0246f0ebfb408734fec0f64d0825f2cfb7ae3f6f5e9fc3a5e3474',
        },
        {
          path: 'tokenizer_config.json',
          bytes: 1162,
          sha256: '51e8242d0f75f96f128b78acf35a330a3e56d8f2f826cc2b53a11915b79a560b',
        },
        {
          path: 'onnx/model_quantized.onnx',
          bytes: 4126944,
          sha256: '2b52b7ab061fa0172a61e91cf9966782e6545cc9d066aa835b655936cda92252',
        },
      ],
    },
    dimensions: 256,
    contextTokens: 384,
    pooling: 'mean',
    prefixes: AS_IT_IS,
    reads: 'Finds short, simple handbook English and little else.',
    licence: 'MIT',
    fusionWeight: 0.25,
  },
  // Repositories, pooling and prefixes as the models' cards name them; looked up in November 2026, not downloaded. Their
  // weight in the fusion is that of BM25 until it is measured.
  {
    id: 'all-minilm-l6-v2',
    label: 'all-MiniLM-L6-v2',
    source: onHub('Xenova/all-MiniLM-L6-v2'),
    dimensions: 384,
    // Of the 512 that it has room for; its card says so.
    contextTokens: 256,
    pooling: 'mean',
    prefixes: AS_IT_IS,
    reads: 'Finds English.',
    licence: 'Apache-2.0',
    fusionWeight: 1,
  },
  {
    id: 'bge-small-en-v1.5',
    label: 'bge-small-en-v1.5',
    source: onHub('Xenova/bge-small-en-v1.5'),
    dimensions: 384,
    contextTokens: 512,
    pooling: 'cls',
    prefixes: ASKED,
    reads: 'Finds English.',
    licence: 'MIT',
    fusionWeight: 1,
  },
  {
    id: 'snowflake-arctic-embed-xs',
    label: 'arctic-embed-xs',
    source: onHub('Snowflake/snowflake-arctic-embed-xs'),
    dimensions: 384,
    contextTokens: 512,
    pooling: 'cls',
    prefixes: ASKED,
    reads: 'Finds English.',
    licence: 'Apache-2.0',
    fusionWeight: 1,
  },
  {
    id: 'snowflake-arctic-embed-s',
    label: 'arctic-embed-s',
    source: onHub('Snowflake/snowflake-arctic-embed-s'),
    dimensions: 384,
    contextTokens: 512,
    pooling: 'cls',
    prefixes: ASKED,
    reads: 'Finds English.',
    licence: 'Apache-2.0',
    fusionWeight: 1,
  },
  {
    id: 'multilingual-e5-small',
    label: 'multilingual-e5-small',
    source: onHub('Xenova/multilingual-e5-small'),
    dimensions: 384,
    contextTokens: 512,
    pooling: 'mean',
    prefixes: { query: 'query: ', passage: 'passage: ' },
    reads: 'Finds about 100 languages, and one in another.',
    licence: 'MIT',
    fusionWeight: 1,
  },
  {
    id: 'embeddinggemma-300m',
    label: 'EmbeddingGemma 300M',
    // Its activations overflow in 16-bit floats.
    source: onHub('onnx-community/embeddinggemma-300m-ONNX', {}),
    dimensions: 768,
    contextTokens: 2048,
    pooling: 'own',
    prefixes: { query: 'task: search result | query: ', passage: 'title: none | text: ' },
    reads: 'Finds more than 100 languages, and one in another.',
    licence: 'Gemma Terms of Use',
    fusionWeight: 1,
  },
];
