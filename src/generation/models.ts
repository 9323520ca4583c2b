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
}

const SELF_TEST = writePrompt(
  'How long is the trial period at Keld Trust?',
  [
    { title: 'Keld Trust: Start of work', text: 'The trial period at Keld Trust is 5 months. Please be on time.' },
    { title: 'Orme Hall: Start of work', text: 'The trial period at Orme Hall is 3 weeks. Bring your badge.' },
  ],
  '',
);

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
  },
];
