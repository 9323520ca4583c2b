/**
 * A dozen of WebLLM's own catalogue (`prebuiltAppConfig` of 0.2.86), copied so that choosing one loads nothing; a test
 * holds the copy against the library. Its records mostly leave out that code with f16 in its name needs `shader-f16`.
 */
import type { ReaderEntry } from '../../models';

const CODE = 'https://raw.githubusercontent.com/mlc-ai/binary-mlc-llm-libs/main/web-llm-models/v0_2_86/base/';

interface Row {
  /** Its `model_id` without `-MLC`. */
  readonly record: string;
  readonly label: string;
  readonly baseName: string;
  readonly megabytes: number;
  readonly licence: string;
  /** Name of the compiled code where it is not the record's own. */
  readonly code?: string;
  readonly thinks?: true;
}

const ROWS: readonly Row[] = [
  {
    record: 'SmolLM2-135M-Instruct-q0f16',
    label: 'SmolLM2 135M (f16)',
    baseName: 'HuggingFaceTB/SmolLM2-135M-Instruct',
    megabytes: 359.69,
    licence: 'Apache-2.0',
  },
  {
    record: 'SmolLM2-360M-Instruct-q4f16_1',
    label: 'SmolLM2 360M (4 bit, f16)',
    baseName: 'HuggingFaceTB/SmolLM2-360M-Instruct',
    megabytes: 376.06,
    licence: 'Apache-2.0',
  },
  {
    record: 'SmolLM2-360M-Instruct-q4f32_1',
    label: 'SmolLM2 360M (4 bit, f32)',
    baseName: 'HuggingFaceTB/SmolLM2-360M-Instruct',
    megabytes: 579.61,
    licence: 'Apache-2.0',
  },
  {
    record: 'gemma3-1b-it-q4f16_1',
    label: 'Gemma 3 1B (4 bit, f16)',
    baseName: 'google/gemma-3-1b-it',
    megabytes: 711.07,
    licence: 'Gemma',
  },
  {
    record: 'Llama-3.2-1B-Instruct-q4f16_1',
    label: 'Llama 3.2 1B (4 bit, f16)',
    baseName: 'meta-llama/Llama-3.2-1B-Instruct',
    megabytes: 879.04,
    licence: 'Llama 3.2 Community',
  },
  {
    record: 'Llama-3.2-1B-Instruct-q4f32_1',
    label: 'Llama 3.2 1B (4 bit, f32)',
    baseName: 'meta-llama/Llama-3.2-1B-Instruct',
    megabytes: 1128.82,
    licence: 'Llama 3.2 Community',
  },
  {
    record: 'Qwen2.5-0.5B-Instruct-q4f16_1',
    label: 'Qwen2.5 0.5B (4 bit, f16)',
    baseName: 'Qwen/Qwen2.5-0.5B-Instruct',
    megabytes: 944.62,
    licence: 'Apache-2.0',
    code: 'Qwen2-0.5B-Instruct-q4f16_1',
  },
  {
    record: 'Qwen3-0.6B-q4f16_1',
    label: 'Qwen3 0.6B (4 bit, f16)',
    baseName: 'Qwen/Qwen3-0.6B',
    megabytes: 1403.34,
    licence: 'Apache-2.0',
    thinks: true,
  },
  {
    record: 'Qwen2.5-1.5B-Instruct-q4f16_1',
    label: 'Qwen2.5 1.5B (4 bit, f16)',
    baseName: 'Qwen/Qwen2.5-1.5B-Instruct',
    megabytes: 1629.75,
    licence: 'Apache-2.0',
    code: 'Qwen2-1.5B-Instruct-q4f16_1',
  },
  {
    record: 'SmolLM2-1.7B-Instruct-q4f16_1',
    label: 'SmolLM2 1.7B (4 bit, f16)',
    baseName: 'HuggingFaceTB/SmolLM2-1.7B-Instruct',
    megabytes: 1774.19,
    licence: 'Apache-2.0',
  },
  {
    record: 'Qwen3-1.7B-q4f16_1',
    label: 'Qwen3 1.7B (4 bit, f16)',
    baseName: 'Qwen/Qwen3-1.7B',
    megabytes: 2036.66,
    licence: 'Apache-2.0',
    thinks: true,
  },
  {
    record: 'Llama-3.2-3B-Instruct-q4f16_1',
    label: 'Llama 3.2 3B (4 bit, f16)',
    baseName: 'meta-llama/Llama-3.2-3B-Instruct',
    megabytes: 2263.69,
    licence: 'Llama 3.2 Community',
  },
];

export const WEBLLM_READERS: readonly ReaderEntry[] = ROWS.map(
  ({ record, label, baseName, megabytes, licence, code = record, thinks }) => ({
    id: `webllm ${record}`,
    engine: 'webllm',
    label,
    baseName,
    source: { kind: 'webllm', record: `${record}-MLC` },
    contextTokens: 4096,
    selfTest: null,
    reads: 'General text, as its makers describe it.',
    licence,
    ...(!record.startsWith('SmolLM2-135M') && { writes: true as const }),
    compiled: {
      library: `${CODE}${code}_cs1k-webgpu.wasm`,
      megabytes,
      features: record.includes('f16') ? ['shader-f16'] : [],
      ...(thinks && { thinks }),
    },
  }),
);
