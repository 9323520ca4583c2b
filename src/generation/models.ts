/**
 * The catalogue of readers (language models). An entry is all that is known of one before it is loaded.
 * Sizes and digests were measured on the files themselves; what was not measured is null, shown as "unknown".
 */
import type { GraftReach } from '../adapters/graft/graft';
import type { ChatVariables } from '../inference/chatTemplate';
import type { ModelSource } from '../inference/source';
import type { Message } from './engine';
import { writePrompt } from './prompt';

/** What WebAssembly writes greedily after these messages; another device must choose at least this share of it. */
export interface RecordedAnswer {
  readonly messages: readonly Message[];
  readonly tokens: readonly number[];
  readonly leastShare: number;
}

export interface ReaderEntry {
  readonly id: string;
  readonly engine: string;
  readonly label: string;
  /** The name adapters give as their base model. */
  readonly baseName: string;
  readonly source: ModelSource;
  readonly contextTokens: number;
  /** Values for the variables of its chat template. */
  readonly chat?: ChatVariables;
  /**
   * The linears that adapters may change, all where not given. `attention` is for a model whose adapters change no
   * others (many are trained so): in WebAssembly it costs half, with an adapter worn or without, and such as change
   * more are refused.
   */
  readonly adapters?: GraftReach;
  /** Null where nobody has recorded one: models that the page does not bring. */
  readonly selfTest: RecordedAnswer | null;
  /** What it can read, for people. */
  readonly reads: string;
  readonly licence: string;
  /** Address of its model card, relative to the page; only of those that the page brings. */
  readonly card?: string;
  /**
   * Able to write what a person would else: other wordings of a question, a summary. By its maker's word, an instruction
   * model of 350 million weights or more, or a server's; nothing of it was measured here. Else such help is not offered.
   */
  readonly writes?: true;
  /** The page's smaller reader, by its id, that answers until this one is loaded, which then takes its place. */
  readonly succeeds?: string;
  /** Of engine `openai`: the names that the server gives adapters, by their ids here, where the two differ. */
  readonly servedAdapters?: Readonly<Record<string, string>>;
  /** Of engine `webllm`: what its library says of the model. `contextTokens` may be any up to what the model was made for. */
  readonly compiled?: CompiledModel;
}

export interface CompiledModel {
  /** Address of the compiled code. */
  readonly library: string;
  /** Memory of the GPU at the window that the library sets, as the library gives it; megabytes. */
  readonly megabytes: number;
  /** Features of WebGPU that it cannot run without. */
  readonly features: readonly string[];
  /** It would think aloud before it answers, unless told not to. */
  readonly thinks?: true;
}

const SELF_TEST = writePrompt(
  'How long is the trial period at Keld Trust?',
  [
    { title: 'Keld Trust: Start of work', text: 'The trial period at Keld Trust is 5 months. Please be on time.' },
    { title: 'Orme Hall: Start of work', text: 'The trial period at Orme Hall is 3 weeks. Bring your badge.' },
  ],
  '',
);

const Q4 = 'onnx/model_q4.onnx';
const F16 = { f16: 'onnx/model_q4f16.onnx' };
/** Gemma 3 overflows in 16-bit floats on WebGPU (github.com/microsoft/onnxruntime/issues/26732). */
const F32 = {};

function onHub(repo: string, more: { readonly f16?: string }): ModelSource {
  return { kind: 'hub', repo, revision: 'main', weights: { wasm: Q4, webgpu: Q4, ...more } };
}

/** A model's own window, or as much of it as most devices have memory for: its cache grows with every token. */
function offered(window: number): number {
  return Math.min(window, 8192);
}

export const READERS: readonly ReaderEntry[] = [
  {
    id: 'reader-tiny',
    engine: 'transformers',
    label: 'Tiny reader',
    baseName: 'openbook/reader-tiny',
    source: {
      kind: 'page',
      folder: 'models/reader-tiny/',
      files: [
        { path: 'config.json', bytes: 578, sha256: 'd6cd8d6584069661ecbf7bf78c9d662a702450d7c641912729b577c0f8cb33b1' },
        {
          path: 'generation_config.json',
          bytes: 86,
          sha256: '2e785f0de8989eeddf96174871dc6b499d1bbecd202e3b562a7c8e76fb16e140',
        },
        {
          path: 'tokenizer.json',
          bytes: 262565,
          sha256: 'a055bc770298ad1e48e9a018a5c7d8be8ac4378fa9b636338b5ab11d8b4d42ca',
        },
        {
          path: 'tokenizer_config.json',
          bytes: 1338,
          sha256: '047f9e56e9ab73d5d97d1c80e41cc3f96489dfa3ab38caba4aafcfdf52fbae3f',
        },
        {
          path: 'onnx/model_q4.onnx',
          bytes: 3852805,
          sha256: 'a4906daa2d4dce1bf7a4ce80e88f1fdfe49eaf6ee3ef2bd8b44f9a90a2fd5f4b',
        },
      ],
    },
    contextTokens: 1024,
    selfTest: {
      messages: SELF_TEST.messages,
      tokens: [292, 983, 553, 281, 442, 1028, 937, 280, 226, 24, 515, 275, 23, 291],
      leastShare: 0.9,
    },
    reads: 'Reads short, simple handbook English and little else.',
    licence: 'MIT',
    card: 'models/reader-tiny/MODEL_CARD.md',
  },
  {
    id: 'reader-small',
    engine: 'transformers',
    label: 'Small reader',
    baseName: 'openbook/reader-small',
    source: {
      kind: 'page',
      folder: 'models/reader-small/',
      files: [
        { path: 'config.json', bytes: 579, sha256: '2554c3dc9783129235a8ede0482d4308bd513d0f017b7a23d9d5c868b15e42b2' },
        {
          path: 'generation_config.json',
          bytes: 86,
          sha256: '2e785f0de8989eeddf96174871dc6b499d1bbecd202e3b562a7c8e76fb16e140',
        },
        {
          path: 'tokenizer.json',
          bytes: 551683,
          sha256: '37d7229eccafee724509ea1428e621cb124db2af5483a58c0b3305f06fce963c',
        },
        {
          path: 'tokenizer_config.json',
          bytes: 1338,
          sha256: '047f9e56e9ab73d5d97d1c80e41cc3f96489dfa3ab38caba4aafcfdf52fbae3f',
        },
        {
          path: 'onnx/model_q4.onnx',
          bytes: 10164619,
          sha256: 'b87150b1b216b8facd8ded1ce8ec226a04bfb13c2ce96f2abfefc48772ea3ce7',
        },
      ],
    },
    contextTokens: 1024,
    selfTest: {
      messages: SELF_TEST.messages,
      tokens: [359, 2127, 1034, 325, 507, 962, 1972, 301, 226, 26, 888, 362, 22, 421],
      leastShare: 0.9,
    },
    reads: 'Reads ordinary English in short passages, and is right in fewer than half of its answers there.',
    licence: 'MIT',
    card: 'models/reader-small/MODEL_CARD.md',
    succeeds: 'reader-tiny',
  },
  // Repositories and files as the models' cards and Transformers.js's documentation name them; looked up in November
  // 2026, not downloaded. Sizes and digests are read from the hub when the visitor looks.
  {
    id: 'smollm2-135m-instruct',
    engine: 'transformers',
    label: 'SmolLM2 135M',
    baseName: 'HuggingFaceTB/SmolLM2-135M-Instruct',
    source: onHub('HuggingFaceTB/SmolLM2-135M-Instruct', F16),
    contextTokens: offered(8192),
    selfTest: null,
    reads: 'Reads English.',
    licence: 'Apache-2.0',
  },
  {
    id: 'smollm2-360m-instruct',
    engine: 'transformers',
    label: 'SmolLM2 360M',
    baseName: 'HuggingFaceTB/SmolLM2-360M-Instruct',
    source: onHub('HuggingFaceTB/SmolLM2-360M-Instruct', F16),
    contextTokens: offered(8192),
    selfTest: null,
    reads: 'Reads English.',
    licence: 'Apache-2.0',
    writes: true,
  },
  {
    id: 'qwen2.5-0.5b-instruct',
    engine: 'transformers',
    label: 'Qwen2.5 0.5B',
    baseName: 'Qwen/Qwen2.5-0.5B-Instruct',
    source: onHub('onnx-community/Qwen2.5-0.5B-Instruct', F16),
    contextTokens: offered(32_768),
    selfTest: null,
    reads: 'Reads English, Chinese and more than 27 other languages.',
    licence: 'Apache-2.0',
    writes: true,
  },
  {
    id: 'qwen3-0.6b',
    engine: 'transformers',
    label: 'Qwen3 0.6B',
    baseName: 'Qwen/Qwen3-0.6B',
    source: onHub('onnx-community/Qwen3-0.6B-ONNX', F16),
    contextTokens: offered(32_768),
    // Else it thinks aloud before it answers, for longer than most answers are.
    chat: { enable_thinking: false },
    selfTest: null,
    reads: 'Reads more than 100 languages. Answers without thinking aloud first.',
    licence: 'Apache-2.0',
    writes: true,
  },
  {
    id: 'gemma-3-270m-it',
    engine: 'transformers',
    label: 'Gemma 3 270M',
    baseName: 'google/gemma-3-270m-it',
    source: onHub('onnx-community/gemma-3-270m-it-ONNX', F32),
    contextTokens: offered(32_768),
    selfTest: null,
    reads: 'Reads English and many other languages.',
    licence: 'Gemma Terms of Use',
  },
  {
    id: 'gemma-3-1b-it',
    engine: 'transformers',
    label: 'Gemma 3 1B',
    baseName: 'google/gemma-3-1b-it',
    // The export with GroupQueryAttention: only there rows of different lengths can share a pass.
    source: onHub('onnx-community/gemma-3-1b-it-ONNX-GQA', F32),
    contextTokens: offered(32_768),
    selfTest: null,
    reads: 'Reads English and many other languages.',
    licence: 'Gemma Terms of Use',
    writes: true,
  },
  {
    id: 'llama-3.2-1b-instruct',
    engine: 'transformers',
    label: 'Llama 3.2 1B',
    baseName: 'meta-llama/Llama-3.2-1B-Instruct',
    source: onHub('onnx-community/Llama-3.2-1B-Instruct-ONNX', F16),
    contextTokens: offered(131_072),
    // Its template names the day, else today: the same prompt would be answered otherwise tomorrow.
    chat: { date_string: '26 Jul 2024' },
    selfTest: null,
    reads: 'Reads English, German, French, Italian, Portuguese, Hindi, Spanish and Thai.',
    licence: 'Llama 3.2 Community License',
    writes: true,
  },
  {
    id: 'lfm2-350m',
    engine: 'transformers',
    label: 'LFM2 350M',
    baseName: 'LiquidAI/LFM2-350M',
    source: onHub('onnx-community/LFM2-350M-ONNX', F16),
    contextTokens: offered(32_768),
    selfTest: null,
    reads: 'Reads English, Arabic, Chinese, French, German, Japanese, Korean and Spanish.',
    licence: 'LFM Open License v1.0',
    writes: true,
  },
];
