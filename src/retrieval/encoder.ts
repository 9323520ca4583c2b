/** What embedders and rerankers, both encoders, ask of `inference`, and how they feed it. */
import { gpuTrouble } from '../inference/unfit';

/** Feeds are row-major int64 of shape `dims`. */
export interface EncoderSession extends AsyncDisposable {
  readonly inputNames: readonly string[];
  run(
    feeds: Readonly<Record<string, IntegerTensor>>,
  ): Promise<{ readonly read: Readonly<Record<string, FloatTensor>> }>;
}

interface IntegerTensor {
  readonly type: 'int64';
  readonly data: BigInt64Array<ArrayBuffer>;
  readonly dims: readonly number[];
}

interface FloatTensor {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/** Tokens of one row; without `types` all are of type 0. */
export interface EncoderRow {
  readonly ids: readonly number[];
  readonly types?: readonly number[];
}

/** Rows side by side, the shorter ones padded on the right and masked there. `dims` is [rows, longest]. */
export function encoderFeeds(
  rows: readonly EncoderRow[],
  inputNames: readonly string[],
): { readonly feeds: Record<string, IntegerTensor>; readonly dims: readonly [number, number] } {
  const length = Math.max(...rows.map(({ ids }) => ids.length));
  const dims = [rows.length, length] as const;
  const tensor = (value: (row: EncoderRow, at: number) => number): IntegerTensor => {
    const data = new BigInt64Array(rows.length * length);
    for (const [i, row] of rows.entries())
      for (let at = 0; at < row.ids.length; at++) data[i * length + at] = BigInt(value(row, at));
    return { type: 'int64', data, dims };
  };
  const feeds: Record<string, IntegerTensor> = {
    input_ids: tensor(({ ids }, at) => ids[at] ?? 0),
    attention_mask: tensor(() => 1),
  };
  if (inputNames.includes('token_type_ids')) feeds['token_type_ids'] = tensor(({ types }, at) => types?.[at] ?? 0);
  return { feeds, dims };
}

/** Opens a model on the GPU; `check` throws where the GPU does not compute it right. Throws `gpu-unfit` and what else says what happened. */
export async function openOnGpu<T extends AsyncDisposable>(
  label: string,
  open: () => Promise<T>,
  check: (opened: T) => Promise<void>,
): Promise<T> {
  try {
    const opened = await open();
    try {
      await check(opened);
    } catch (error) {
      // Nobody else holds the session yet.
      await opened[Symbol.asyncDispose]();
      throw error;
    }
    return opened;
  } catch (error) {
    throw gpuTrouble(error, label);
  }
}
