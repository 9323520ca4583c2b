/** Rows that are written in one pass. */
import { type LabError, asLabError } from '../../errors';
import type { DecodeRow } from '../decoding';
import type { CacheRow, KvCache } from '../kvCache';

/** A row in its batch: how many columns of the cache are its own, and the token that it reads next. */
export interface Writing {
  readonly index: number;
  readonly row: DecodeRow;
  length: number;
  token: number;
  written: number;
  shared: boolean;
}

export interface Batch {
  readonly rows: readonly Writing[];
  readonly cache: KvCache;
}

/** A row and where it stands in a batch. */
export interface Placed extends CacheRow {
  readonly writing: Writing;
}

export function placed({ rows, cache }: Batch): Placed[] {
  return rows.map((writing, place) => ({ cache, place, length: writing.length, writing }));
}

export function failed(row: number, error: unknown): { kind: 'failed'; row: number; error: LabError } {
  return { kind: 'failed', row, error: asLabError(error) };
}
