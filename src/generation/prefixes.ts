import type { DecodeRow } from './decoding';
import type { CacheRow, KvCache } from './kvCache';

/** A shorter common beginning costs more to copy than to read. */
const SHORTEST = 16;

/** Prompts' caches, kept for the prompts that begin alike until all have been read. */
export class Prefixes {
  #kept: { readonly row: DecodeRow; readonly cache: KvCache }[] = [];

  /** `whole`: a prompt can only be gone on from at its end. */
  constructor(private readonly whole: boolean) {}

  keep(row: DecodeRow, cache: KvCache): void {
    this.#kept.push({ row, cache });
  }

  holds(cache: KvCache): boolean {
    return this.#kept.some((one) => one.cache === cache);
  }

  /** Returns the caches that were kept. */
  forget(): KvCache[] {
    const caches = this.#kept.map(({ cache }) => cache);
    this.#kept = [];
    return caches;
  }

  /** The longest beginning that was read with the same adapters. */
  longest({ prompt, wearing }: DecodeRow): CacheRow | null {
    let best: CacheRow | null = null;
    for (const { row, cache } of this.#kept) {
      if (row.wearing !== wearing) continue;
      // The last token is read anyway: its logits choose the first one of the answer.
      const length = Math.min(commonLength(row.prompt, prompt), prompt.length - 1);
      if (this.whole && length < row.prompt.length) continue;
      if (length >= (best ? best.length + 1 : SHORTEST)) best = { cache, place: 0, length };
    }
    return best;
  }
}

function commonLength(a: readonly number[], b: readonly number[]): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}
