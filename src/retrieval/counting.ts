import type { Chunk } from '../documents/document';
import type { Copies } from '../documents/duplicates';
import type { Allowed, PoolIndex } from './poolIndex';
import { RowSet } from './rowSet';

/** What finds the copies among passages; `changes` tells whether any came or went since. */
export type CopyFinder = Pick<Copies, 'among' | 'hasCopies' | 'changes'>;

interface Counted {
  readonly allowed: Allowed | null;
  /** Rows known then; a vector that came since has one more. */
  readonly rows: number;
  readonly changes: number;
  readonly once: Allowed | null;
}

/**
 * Of the passages that a filter lets through, those that count: of copies only the first, that of the newest document.
 * Worked out within the filter, so that a copy whose twin is not searched is found.
 */
export class Counting {
  /** Questions in a row are mostly asked of the same passages; noise asks of both pools in turn. */
  readonly #last = new WeakMap<PoolIndex, Counted>();

  constructor(private readonly copies: CopyFinder) {}

  /** Null: all. */
  once(index: PoolIndex, allowed: Allowed | null): Allowed | null {
    const { changes } = this.copies;
    const rows = index.rows.size;
    const last = this.#last.get(index);
    if (last?.allowed === allowed && last.rows === rows && last.changes === changes) return last.once;
    const left = this.#leftOut(index, allowed);
    const once = left.size === 0 ? allowed : without(index, allowed, left);
    this.#last.set(index, { allowed, rows, changes, once });
    return once;
  }

  /** Ids of the copies that do not count. */
  #leftOut({ chunks }: PoolIndex, allowed: Allowed | null): ReadonlyMap<string, string> {
    const shared = chunks.filter(
      ({ id }, place) => this.copies.hasCopies(id) && (allowed === null || allowed.places.has(place)),
    );
    // The pool stands in the order its documents were added; the passages of each stay in theirs.
    const documents = new Map<string, Chunk[]>();
    for (const chunk of shared) {
      const those = documents.get(chunk.documentId);
      if (those) those.push(chunk);
      else documents.set(chunk.documentId, [chunk]);
    }
    const newest = [...documents.values()].reverse().flat();
    return this.copies.among(newest.map(({ id }) => id));
  }
}

function without(index: PoolIndex, allowed: Allowed | null, left: ReadonlyMap<string, string>): Allowed {
  const once = { places: new RowSet([], index.chunks.length), rows: new RowSet() };
  for (const [place, { id }] of index.chunks.entries()) {
    if (left.has(id) || (allowed && !allowed.places.has(place))) continue;
    once.places.add(place);
    const row = index.rowAt(place);
    if (row !== null) once.rows.add(row);
  }
  return once;
}
