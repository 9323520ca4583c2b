import type { Chunk } from '../documents/document';
import { Copies, documentSketch } from '../documents/duplicates';
import { likeness } from '../documents/duplicates/sketch';
import { findInstructions, linesBetween } from '../documents/instructions';
import { type VersionMark, compareVersions, leastLikeness, versionMark } from '../documents/versions';
import type { Job, Progress } from '../job';
import type { Instructions, Source } from '../storage/library';
import type { Tidied } from './jobs';
import type { Shelf } from './shelf';

/** Chunks compared before a search may go between. */
const STRIDE = 256;
/** Characters looked at before a search may go between. */
const PIECE = 100_000;
/** Lines told; how many there are is told too. */
const LINES = 20;

/** Compares what is on the shelf, each document once. */
export class Tidying {
  readonly copies = new Copies();
  /** By document id; of one that was cut anew since, the sketch is out of date. */
  readonly #sketches = new Map<string, { readonly of: readonly Chunk[]; readonly sketch: Uint32Array }>();

  constructor(
    private readonly shelf: Shelf,
    private readonly breathe: () => Promise<void>,
  ) {}

  forget(chunks: readonly { readonly id: string; readonly documentId: string }[]): void {
    this.copies.remove(chunks.map(({ id }) => id));
    for (const { documentId } of chunks) this.#sketches.delete(documentId);
  }

  /** Newest document first. One that goes meanwhile is left out. */
  async *run(signal: AbortSignal): Job<Progress, Tidied> {
    const fresh = this.shelf.documents().filter((id) => this.#sketches.get(id)?.of !== this.shelf.of(id));
    for (const [done, id] of fresh.entries()) {
      yield { step: 'Comparing', done, total: fresh.length, unit: 'files' };
      await this.#add(id, signal);
    }
    return { copies: this.#copied(), versions: this.#versions() };
  }

  async #add(documentId: string, signal: AbortSignal): Promise<void> {
    const sketches: Uint32Array[] = [];
    const chunks = this.shelf.of(documentId);
    for (const [i, chunk] of chunks.entries()) {
      if (i % STRIDE === 0) {
        await this.breathe();
        signal.throwIfAborted();
        if (this.shelf.of(documentId) !== chunks) {
          this.copies.remove(chunks.map(({ id }) => id));
          return;
        }
      }
      sketches.push(this.copies.add(chunk));
    }
    this.#sketches.set(documentId, { of: chunks, sketch: documentSketch(sketches) });
  }

  #copied(): Tidied['copies'] {
    const current = this.shelf.newestFirst().filter(({ inUse, replacedBy }) => inUse && replacedBy === null);
    const first = new Map<string, string>();
    const found: Record<string, { count: number; of: string }> = {};
    for (const { id, documentId, chunkCount } of current) {
      const same = first.get(documentId);
      if (same === undefined) first.set(documentId, id);
      else if (chunkCount > 0) found[id] = { count: chunkCount, of: same };
    }
    const shared = [...first.keys()].flatMap((id) => this.shelf.of(id)).filter(({ id }) => this.copies.hasCopies(id));
    const documentOf = new Map(shared.map(({ id, documentId }) => [id, documentId]));
    const counts = new Map<string, Map<string, number>>();
    for (const [copy, kept] of this.copies.among(documentOf.keys())) {
      const [from, to] = [documentOf.get(copy) ?? '', documentOf.get(kept) ?? ''];
      // A text that repeats itself is no copy of another.
      if (from === to) continue;
      const by = counts.get(from) ?? new Map<string, number>();
      counts.set(from, by.set(to, (by.get(to) ?? 0) + 1));
    }
    for (const [documentId, by] of counts) {
      const count = [...by.values()].reduce((sum, one) => sum + one, 0);
      const [most] = [...by].reduce((best, one) => (one[1] > best[1] ? one : best));
      found[first.get(documentId) ?? ''] = { count, of: first.get(most) ?? '' };
    }
    return found;
  }

  /** Each with the newest it is like. */
  #versions(): Tidied['versions'] {
    const named = this.shelf.sources.map((source) => ({ source, mark: this.#markOf(source), changed: dateOf(source) }));
    const sorted = named.sort((a, b) => compareVersions(b, a));
    const families = new Map<string, typeof named>();
    for (const one of sorted)
      for (const stem of one.mark.stems) {
        const key = `${one.source.collection}\n${stem}`;
        families.set(key, [...(families.get(key) ?? []), one]);
      }
    const versions = new Map<string, string>();
    for (const family of families.values())
      for (const [i, older] of family.entries()) {
        const newer = family.slice(0, i).find((one) => this.#isVersion(older, one));
        if (newer && !versions.has(older.source.id)) versions.set(older.source.id, newer.source.id);
      }
    return [...versions].map(([older, newer]) => ({ older, newer }));
  }

  #isVersion(a: { source: Source; mark: VersionMark }, b: { source: Source; mark: VersionMark }): boolean {
    const least = leastLikeness(a.mark, b.mark);
    const [one, other] = [this.#sketches.get(a.source.documentId), this.#sketches.get(b.source.documentId)];
    if (least === null || !one || !other || a.source.documentId === b.source.documentId) return false;
    return likeness(one.sketch, other.sketch) >= least;
  }

  #markOf({ name, title, documentId }: Source): VersionMark {
    return versionMark({ name, title, head: this.shelf.of(documentId)[0]?.text ?? '' });
  }
}

/** In pieces that end with a line, so that a long text holds up no search. */
export async function lookAt(text: string, breathe: () => Promise<void>, signal: AbortSignal): Promise<Instructions> {
  const lines: number[] = [];
  let [count, line] = [0, 1];
  for (let from = 0; from < text.length;) {
    const cut = text.indexOf('\n', from + PIECE);
    const to = cut === -1 || cut > from + 2 * PIECE ? Math.min(text.length, from + 2 * PIECE) : cut + 1;
    const piece = text.slice(from, to);
    let counted = 0;
    for (const { start } of findInstructions(piece)) {
      line += linesBetween(piece, counted, start);
      counted = start;
      count++;
      if (lines.length < LINES && lines.at(-1) !== line) lines.push(line);
    }
    line += linesBetween(piece, counted, piece.length);
    from = to;
    await breathe();
    signal.throwIfAborted();
  }
  return { count, lines };
}

function dateOf({ lastModified, addedAt }: Source): number {
  return lastModified ?? addedAt;
}
