/** The catalogue of finders (embedding models). Sizes and digests were measured on the files. */
import type { ModelSource } from '../inference/source';
import type { EmbeddingRole } from './embedder';
import type { KnownVectors } from './selfTest';

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
  /** Address of its model card, relative to the page; only of those that the page brings. */
  readonly card?: string;
  /** Weight in the fusion against 1 for BM25; measured on the reading set (public/models/embedder-tiny/MODEL_CARD.md, "Figures"). */
  readonly fusionWeight: number;
  /** Null where none were recorded: another device is then held to giving numbers that do not change. */
  readonly selfTest: KnownVectors | null;
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
    card: 'models/embedder-tiny/MODEL_CARD.md',
    fusionWeight: 0.25,
    selfTest: {
      texts: [
        'How long is the trial period?',
        '(Keld Trust: Start of work) The trial period at Keld Trust is 5 months. Please be on time, and bring your badge to the front desk on your first day.',
        '(Boats) Rowing boats are kept in the shed behind the harbour; ask the warden for a key. They may be used from May to September, in daylight only, by people who can swim, and at most four go out at once. Life jackets hang beside the door.',
        'Osmere 1974',
      ],
      vectors: [
        'gd05J9PZ5w491dcc4rYyzPgwoa32Bv4RGdUqMtcx/ebc+cwes8UVN2lMWuvID8xlMBsILuTYGfJL//n1xQAsQfUKSNQYIwsLMEIWVQ7d1zb+LM9I+PUS60kB2SIIJcgWHg/P8vsJ1vkV1jIA2t74QRoF2wUg0vIuFB0g8AQzFAjyJAsYyMsZqwuumeAq5rcQ3Ozk2OQHAOcxMCXn6tAgB/4T5Pp84y4Iz9keDgsE++f4EM7yR8H2Dx/P/1DuD879HSUhQA8f0CoW+S0E9ufvAczED+XwGwCv/jGs0RK2GewR3PUDQTTe4czr6AHhFQQTpBDs+/1V5CEEEQTK9hYULQ==',
        'mAhRRc7VuToYEcPx+YFsIwsr7NM+vNzqJQwNT84R5vAT9/jlmpDoCzc1MPzq96Ro/RhFQvPp79Zl2wL9Etkn+yUVN+4jGwa6KV5JZibTzy0R6a8M9A8P7y7YuyAj/v0nDHW+IPwXwQsDvzMl7tz2bAQCKhJI4Ovl9zhW8fBv7AH4HzgAxdXs0hLZx73+IO4MCSj5FiEoENJDFwhABNg8FtUN6c1hAC0pyPgU3znAEP0EEYrRJ8iuPy7pyxzqDtbnO1ABexgk4isqjhTw8OrjtpnGCOffHiSWvkT14gTGQb322+HKGRsLGdfbDL8L88/w1RHm3ck06hIc5v8AwhAFIw==',
        'gbgQK/rVGB8yMALVsKM19PAC2xkYzgvJEyMXQ/UoLrYpAbjw3Svy3SYRFecH3OIYGgn2+EId+zTb0TS1A+/q7c31Mxn5DkwkPQEbHf8V7R4R39X3Tv7e3PQ4DAj9Nusz817B3vED++POpekuM9u7SyUENMESCBcMEDw33/ACFDIV7yrk+fED6RDu2L7SAv7u1Qn3/b4S59Q1AyAXDeb7LQoLK/srwR/vyuxHHQnKG/MkC7z0/ennz+HRziIxBe/8Dh+0JA40vBvpjikGL//96d4v5JjDCwc4vzALBeoELggO/b/+xUfhDC8yFf7r+PUH5RX/LvMK1Ds1Nu/8Chs9BQ==',
        'lJoRH/AL7zUVAt75/v/wtbkfyROuf9wt+sP+8Or9Au3a7zAb/x4DJW8PAv/ZGz7uLgP8/wG+CBjNFPntz9r7KNcAOxkB+QBgaNThRQfFOhtHM+NNFdMYCjMAIOkM8fDgHAsZ//UQ//P/+RcR51D7LQMY8+QGCeEhBvke3tb08vUBJPPiptE03fbr3d3T+0rx8frx8Pjm8d0AHzTf8xDoHtsoHgsZw9Tl48zeAMwb2fb1AvfwSdv0IfXq4jj4AtcG+rvoE0INzwEFLPn+Gd0RFAEQAiEBLv3k4EvGWgfh79re9f8cVM/i/y8v9xLmEBAY3efuPgssFx/oAxPZH/fvBA==',
      ],
      // Floats had 0.9998 or more with the 8-bit graph; a GPU that computes something else is far below.
      leastCosine: 0.999,
    },
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
    selfTest: null,
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
    selfTest: null,
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
    selfTest: null,
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
    selfTest: null,
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
    selfTest: null,
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
    selfTest: null,
  },
];
