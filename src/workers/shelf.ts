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
  /** By document id: what is searched. */
  readonly #contents = new Map<string, readonly Chunk[]>();
  /** By document id: what is searched instead once all of it has its vectors. Until then the chunks before answer. */
  readonly #next = new Map<string, readonly Chunk[]>();
  /** Ids of chunks that have their vector. */
  readonly #embedded = new Set<string>();
  /** How many they are of those that a document is to have, by document id. */
  readonly #counts = new Map<string, number>();
  #total = 0;
  #done = 0;
  /** Newest source first; all before `#at` have their vectors. Null until it is asked for. */
  #queue: readonly Chunk[] | null = null;
  #at = 0;
  /** How often the shelf was changed. */
  changes = 0;

  /**
   * Puts documents (chunks by id) on the shelf, new ones and such as were cut anew, and returns the chunks that nothing
   * needs any more.
   */
  put(sources: readonly Source[], fresh: Readonly<Record<string, readonly Chunk[]>>): Chunk[] {
    this.#sources = sources;
    const gone: Chunk[] = [];
    for (const [id, chunks] of Object.entries(fresh)) {
      const before = this.#all(id);
      if (this.#answers(id) && !chunks.every((chunk) => this.#embedded.has(chunk.id))) this.#next.set(id, chunks);
      else this.#answerWith(id, chunks);
      gone.push(...this.#without(id, before));
    }
    const wanted = new Set(sources.map(({ documentId }) => documentId));
    for (const id of [...this.#contents.keys()].filter((one) => !wanted.has(one))) {
      const before = this.#all(id);
      this.#contents.delete(id);
      this.#next.delete(id);
      this.#counts.delete(id);
      gone.push(...this.#without(id, before));
    }
    for (const { id } of gone) this.#embedded.delete(id);
    this.#count();
    this.changes++;
    return gone;
  }

  /** Lets answer what was cut anew and has all its vectors; null where that is nothing, else the chunks it replaces. */
  swap(): Chunk[] | null {
    const ready = [...this.#next].filter(([id, chunks]) => this.#counts.get(id) === chunks.length);
    if (ready.length === 0) return null;
    const gone = ready.flatMap(([id, chunks]) => {
      const before = this.#contents.get(id) ?? [];
      this.#answerWith(id, chunks);
      return this.#without(id, before);
    });
    for (const { id } of gone) this.#embedded.delete(id);
    return gone;
  }

  /** Whether the document can be searched by meaning as it is. */
  #answers(id: string): boolean {
    const chunks = this.#contents.get(id) ?? [];
    return chunks.length > 0 && chunks.every((chunk) => this.#embedded.has(chunk.id));
  }

  #answerWith(id: string, chunks: readonly Chunk[]): void {
    this.#contents.set(id, chunks);
    this.#next.delete(id);
  }

  /** Of these chunks of a document, those that it has no more, each once. */
  #without(id: string, before: readonly Chunk[]): Chunk[] {
    const stay = new Set(this.#all(id).map((chunk) => chunk.id));
    return [...new Map(before.map((chunk) => [chunk.id, chunk])).values()].filter((chunk) => !stay.has(chunk.id));
  }

  /** What answers, and what is to answer. */
  #all(id: string): Chunk[] {
    return [...(this.#contents.get(id) ?? []), ...(this.#next.get(id) ?? [])];
  }

  #target(id: string): readonly Chunk[] {
    return this.#next.get(id) ?? this.#contents.get(id) ?? [];
  }

  #count(): void {
    this.#total = 0;
    this.#done = 0;
    for (const id of this.#contents.keys()) {
      const chunks = this.#target(id);
      const count = chunks.reduce((sum, chunk) => sum + (this.#embedded.has(chunk.id) ? 1 : 0), 0);
      this.#counts.set(id, count);
      this.#total += chunks.length;
      this.#done += count;
    }
    this.#queue = null;
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

  /** Chunks of all sources, newest source first, each once; of a document cut anew those that answer too. */
  chunks(): Chunk[] {
    return this.documents().flatMap((id) => this.#all(id));
  }

  newestFirst(): Source[] {
    return [...this.#sources].sort((a, b) => b.addedAt - a.addedAt);
  }

  /** Ids of the documents of all sources, newest source first. */
  documents(): string[] {
    return [...new Set(this.newestFirst().map(({ documentId }) => documentId))];
  }

  /** Of these chunks of the shelf, each has its vector from now on. */
  embedded(chunks: readonly Chunk[]): void {
    for (const { id, documentId, ordinal } of chunks) {
      // Cut anew meanwhile, or removed.
      if (this.#embedded.has(id) || this.#target(documentId)[ordinal]?.id !== id) continue;
      this.#embedded.add(id);
      this.#counts.set(documentId, (this.#counts.get(documentId) ?? 0) + 1);
      this.#done++;
    }
  }

  /** The first `count` chunks without a vector, newest source first. */
  missing(count = Infinity): Chunk[] {
    if (!this.#queue) {
      this.#queue = this.documents()
        .flatMap((id) => this.#target(id))
        .filter(({ id }) => !this.#embedded.has(id));
      this.#at = 0;
    }
    const found: Chunk[] = [];
    for (let at = this.#at; at < this.#queue.length && found.length < count; at++) {
      const chunk = this.#queue[at];
      if (chunk && !this.#embedded.has(chunk.id)) found.push(chunk);
      else if (found.length === 0) this.#at = at + 1;
    }
    return found;
  }

  progress(): Indexed {
    const indexed = Object.fromEntries(
      this.#sources.map(({ id, documentId }) => [id, this.#counts.get(documentId) ?? 0]),
    );
    return { indexed, progress: { step: 'Indexing', done: this.#done, total: this.#total, unit: 'chunks' } };
  }
}
