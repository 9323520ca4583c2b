import type { Chunk } from '../documents/document';
import type { Labels } from '../retrieval/settings';
import type { Source } from '../storage/library';
import type { Indexed } from './jobs';

/**
 * What is on the shelf, and which of its chunks have their vectors. A large library is asked after every batch,
 * so that what costs a look at every chunk is done when the shelf changes and not when it is asked.
 */
export class Shelf {
  #sources: readonly Source[] = [];
  /** By document id. */
  readonly #contents = new Map<string, readonly Chunk[]>();
  /** Ids of chunks that have their vector. */
  readonly #embedded = new Set<string>();
  /** How many they are, by document id. */
  readonly #counts = new Map<string, number>();
  #total = 0;
  /** Newest source first; all before `#next` have their vectors. Null until it is asked for. */
  #queue: readonly Chunk[] | null = null;
  #next = 0;
  /** How often the shelf was changed. */
  changes = 0;

  /** Puts new documents (chunks by id) on the shelf and returns the chunks of those that no source holds any more. */
  put(sources: readonly Source[], fresh: Readonly<Record<string, readonly Chunk[]>>): Chunk[] {
    this.#sources = sources;
    for (const [id, chunks] of Object.entries(fresh)) this.#contents.set(id, chunks);
    const wanted = new Set(sources.map(({ documentId }) => documentId));
    const gone = [...this.#contents].filter(([id]) => !wanted.has(id));
    for (const [id, chunks] of gone) {
      this.#contents.delete(id);
      this.#counts.delete(id);
      for (const chunk of chunks) this.#embedded.delete(chunk.id);
    }
    this.#total = [...this.#contents.values()].reduce((sum, chunks) => sum + chunks.length, 0);
    this.#queue = null;
    this.changes++;
    return gone.flatMap(([, chunks]) => chunks);
  }

  /** Chunks in use, in the order of their sources. */
  pool(stale: boolean): Chunk[] {
    return this.#sources
      .filter(({ inUse, replacedBy }) => inUse && (replacedBy !== null) === stale)
      .flatMap(({ documentId }) => this.#contents.get(documentId) ?? []);
  }

  /** By document, what a filter can ask of those of its sources that are in use. */
  labels(stale: boolean): Map<string, Labels[]> {
    const found = new Map<string, Labels[]>();
    for (const { inUse, replacedBy, documentId, collection, tags = [] } of this.#sources)
      if (inUse && (replacedBy !== null) === stale)
        found.set(documentId, [...(found.get(documentId) ?? []), { collection, tags }]);
    return found;
  }

  get sources(): readonly Source[] {
    return this.#sources;
  }

  of(documentId: string): readonly Chunk[] {
    return this.#contents.get(documentId) ?? [];
  }

  /** Chunks of all sources, newest source first, each once. */
  chunks(): Chunk[] {
    const newest = [...this.#sources].sort((a, b) => b.addedAt - a.addedAt);
    const documents = new Set(newest.map(({ documentId }) => documentId));
    return [...documents].flatMap((id) => this.#contents.get(id) ?? []);
  }

  /** Of these chunks of the shelf, each has its vector from now on. */
  embedded(chunks: readonly Chunk[]): void {
    for (const { id, documentId } of chunks) {
      if (this.#embedded.has(id) || !this.#contents.has(documentId)) continue;
      this.#embedded.add(id);
      this.#counts.set(documentId, (this.#counts.get(documentId) ?? 0) + 1);
    }
  }

  /** The first `count` chunks without a vector, newest source first. */
  missing(count = Infinity): Chunk[] {
    if (!this.#queue) {
      this.#queue = this.chunks().filter(({ id }) => !this.#embedded.has(id));
      this.#next = 0;
    }
    const found: Chunk[] = [];
    for (let at = this.#next; at < this.#queue.length && found.length < count; at++) {
      const chunk = this.#queue[at];
      if (chunk && !this.#embedded.has(chunk.id)) found.push(chunk);
      else if (found.length === 0) this.#next = at + 1;
    }
    return found;
  }

  progress(): Indexed {
    const indexed = Object.fromEntries(
      this.#sources.map(({ id, documentId }) => [id, this.#counts.get(documentId) ?? 0]),
    );
    const done = this.#embedded.size;
    return { indexed, progress: { step: 'Indexing', done, total: this.#total, unit: 'chunks' } };
  }
}
