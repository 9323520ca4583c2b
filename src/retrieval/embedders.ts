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
  /** Weight in the fusion against 1 for BM25; measured on texts held out of training (models/choose_weight.py). */
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
          bytes: 551683,
          sha256: '37d7229eccafee724509ea1428e621cb124db2af5483a58c0b3305f06fce963c',
        },
        {
          path: 'tokenizer_config.json',
          bytes: 1162,
          sha256: '51e8242d0f75f96f128b78acf35a330a3e56d8f2f826cc2b53a11915b79a560b',
        },
        {
          path: 'onnx/model_quantized.onnx',
          bytes: 4127115,
          sha256: 'fce68731f0ee4d1368cdb1d30e2420d36899a606e6990c700de1f72e05303fdd',
        },
      ],
    },
    dimensions: 256,
    contextTokens: 384,
    pooling: 'mean',
    prefixes: AS_IT_IS,
    reads: 'Finds rules in handbook English; in ordinary English word search finds more.',
    licence: 'MIT',
    card: 'models/embedder-tiny/MODEL_CARD.md',
    fusionWeight: 0.4,
    selfTest: {
      texts: [
        'How long is the trial period?',
        '(Keld Trust: Start of work) The trial period at Keld Trust is 5 months. Please be on time, and bring your badge to the front desk on your first day.',
        '(Boats) Rowing boats are kept in the shed behind the harbour; ask the warden for a key. They may be used from May to September, in daylight only, by people who can swim, and at most four go out at once. Life jackets hang beside the door.',
        'Osmere 1974',
      ],
      vectors: [
        'E9UeHds1656l+NQLIvcG6AvyK+E2+Mz/wO8o60DpISzzBfzusAEOF/gh9MreKSg09qAA4Qcl/wgFAQT/Ff//KvAAAQH/Bg6/Jsr7AgsHFAD5Dgb98RsJCQ8DF+7DItsg7/wA/+EO7yQMAOoMcQIpegnzAABS9TfWUxj2G/cp7QLZ3xnMDOUA/ez8DwkP/Af2INDNAv3tHjQT8+0NAwrEouMr9ANY3ew1+wv5/zYJ5L0iCfvzCfYGzMj2BSW/kUz0/P0AEcnw+22B+wAf8yjUABEFTB4A8f9H4xAA0QMt/vABAAARJNgqHgQnC1QGCfX+AMcEwQwF9APV4+e44AUMEA==',
        'FwcKEsIG6M/K1v4pCgIR0Pks6d0WM+n4H/8I0n/lDhIH4OAnAAEu5BEi+PncJuEhGNcA1fvvHRIE/gvyIwAB/TkACQAEAwL66vXgATn4AQD34dT3Df7uCgDOSMfqBQcUAQYAAhgR6RrN7ig3GgMpUhbsAAAj4BPPG0D/DUQYCAPmH/kCD+sABj3oFfYLBike+P4K9/P7COwl++ofEfkl1AHm9uUn4wbsD/XuAAgI4uv/BQcNAtEK8ArV6dro5SHrAAAOGBTdCkUBAADm/dsPAP0pCusAAvwf7/cA1PkdABQAAAACCvz8BgIS+S0BH8TsAOD/uvbo1ffuBQfH4wfWCg==',
        'JerYAQ0R6kQ1/ic45+UKCrFB/xAG0ObNTRULFSIC/vLX+wpH+gESIvQb2+/fH/3xABgAIwfV8gz8/gYGKtYB2UAA8AEEBPct9+AHAfP4BwDXETIHBAgkGQsF8BwZHchDCvIA+Rj+D9nD8fD/0c75+e0PAAATEvk4AxrF4SHuFwMS4ePYCh0A2vrvFvP//SggEe8T7RNC+wId8ejl8+gcFgfaAfsO4SXH8hMHAB3zo/fbAAMCCIECdwHMLezPGPL3B//17ufi9ey6DQA4KAT4AOn1+PwA5wIN9AgAFv44/9MBAAD8Ev8LCuv5F+YiDS0RARwB1vf7FQjw8A0F9f4l/Q==',
        'xihWAwkL89LpLPyaIzDv5xxxJDOP3ewHzunizCzqGzgmGe/EWAGqIeoVId8ptAfn1P4A9h1qAvrzC/AR8fQDBYH+QAMC7hf80qwU9NsWAwDc7vTq+eI42QjV6xWzLk21XCIABBQ8KgD4+ezmxUklF+vAAAAO/2XzGD/267flUf5Y6q++IvEAQxUNUvo2+Sr2CUkWCAbM8+fX8OYHvzU+4rwx7w4BR+nvBO7oAM/7Af1N2AfS3ufTIdgGwwoCEGf19QLTEFfJ8fzjFQBa3BvzAPYuuNsAFQH7yuUAIwUI/7cAAQDzL5Uh9BOnJQXf6AH9ACH7GS0X8CAQEPfPHxr5AA==',
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
