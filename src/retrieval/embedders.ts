/** The catalogue of finders (embedding models). Sizes and digests were measured on the files. */
import type { ModelSource } from '../inference/source';

export interface FinderEntry {
  readonly id: string;
  readonly label: string;
  readonly source: ModelSource;
  readonly dimensions: number;
  readonly contextTokens: number;
  readonly pooling: 'mean';
  readonly dtype: string;
  /** Weight in the fusion against 1 for BM25; measured on the reading set (public/models/MODEL_CARD.md, limits). */
  readonly fusionWeight: number;
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
    dtype: 'int8',
    fusionWeight: 0.25,
  },
];
