/** Tensors that stay in the page's memory: the WASM build keeps nothing between runs. */
import { type RowOf, appendColumns, joinRows } from './rows';
import type { RealTensor, RealType, Resident } from './tensor';

/** The runtime's tensor. Its 16-bit floats are a Float16Array where the browser has that, else their bits. */
export interface PageTensor {
  readonly type: string;
  readonly data: unknown;
  readonly dims: readonly number[];
}

export class PageMemory<T extends PageTensor> {
  readonly lost = null;
  readonly full = false;

  constructor(private readonly wrap: (tensor: RealTensor) => T) {}

  heard(): Promise<void> {
    return Promise.resolve();
  }

  take(output: T): PageResident<T> {
    return new PageResident(realTensor(output));
  }

  /** Made once for each: making the tensors of a hundred adapter inputs anew for every token would be felt. */
  feed(resident: PageResident<T>): T {
    return (resident.fed ??= this.wrap(resident.tensor));
  }

  keep(tensor: RealTensor): PageResident<T> {
    return new PageResident(tensor);
  }

  join(rows: readonly RowOf<PageResident<T>>[], columns: number): PageResident<T> {
    return new PageResident(
      joinRows(
        rows.map((row) => ({ ...row, tensor: row.tensor.tensor })),
        columns,
      ),
    );
  }

  append(into: PageResident<T>, fresh: PageResident<T>, at: readonly number[], columns: number): void {
    appendColumns(into.tensor, fresh.tensor, at, columns);
  }
}

class PageResident<T> implements Resident {
  readonly dims: readonly number[];
  fed: T | null = null;

  constructor(readonly tensor: RealTensor) {
    this.dims = tensor.dims;
  }

  release(): void {
    // The garbage collector's work.
  }
}

/** Of one that holds real numbers. */
export function realTensor({ type, data, dims }: PageTensor): RealTensor {
  if ((type as RealType) !== 'float16') return { type: 'float32', data: data as Float32Array, dims };
  const { buffer, byteOffset, length } = data as Uint16Array;
  return { type: 'float16', data: new Uint16Array(buffer, byteOffset, length), dims };
}
