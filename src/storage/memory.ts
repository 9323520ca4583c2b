/** The library's port in memory: for Node, for tests, and for browsers that refuse to keep anything. */
import type { Chunk, Document } from '../documents/document';
import type { Filter } from '../retrieval/settings';
import {
  type Collection,
  type LibraryStore,
  type Source,
  type SourceChange,
  type StoredAdapter,
  type VectorKey,
  cutAs,
} from './library';

export class MemoryStore implements LibraryStore {
  readonly lasting = false;
  readonly #sources = new Map<string, Source>();
  readonly #contents = new Map<
    string,
    { document: Document; chunks: readonly Chunk[]; summaries?: Readonly<Record<string, string>> }
  >();
  readonly #vectors = new Map<VectorKey, Float32Array>();
  readonly #adapters = new Map<string, StoredAdapter>();
  readonly #remembered = new Set<string>();
  readonly #collections = new Map<string, Collection>();
  #scope: Filter | null = null;
  readonly #settings = new Map<string, unknown>();

  async sources(): Promise<Source[]> {
    return [...this.#sources.values()].sort((a, b) => a.addedAt - b.addedAt);
  }

  async add(source: Source, document: Document, chunks: readonly Chunk[]): Promise<void> {
    const before = this.#sources.get(source.id);
    const sibling = [...this.#sources.values()].find(({ documentId }) => documentId === document.id);
    const known = sibling && this.#contents.has(document.id);
    this.#sources.set(source.id, known ? cutAs(source, sibling) : source);
    if (!known) this.#contents.set(document.id, { document, chunks: [...chunks] });
    if (before) this.#release(before.documentId);
  }

  async recut(documentId: string, chunks: readonly Chunk[], cut: string): Promise<void> {
    const content = this.#contents.get(documentId);
    if (!content) return;
    this.#contents.set(documentId, { ...content, chunks: [...chunks] });
    for (const [id, source] of this.#sources)
      if (source.documentId === documentId) this.#sources.set(id, { ...source, chunkCount: chunks.length, cut });
  }

  async summary(documentId: string, writer: string): Promise<string | null> {
    return this.#contents.get(documentId)?.summaries?.[writer] ?? null;
  }

  async addSummary(documentId: string, writer: string, text: string): Promise<void> {
    const content = this.#contents.get(documentId);
    if (content) this.#contents.set(documentId, { ...content, summaries: { ...content.summaries, [writer]: text } });
  }

  update(id: string, change: SourceChange): Promise<void> {
    return this.updateAll(new Map([[id, change]]));
  }

  async updateAll(changes: ReadonlyMap<string, SourceChange>): Promise<void> {
    for (const [id, change] of changes) {
      const source = this.#sources.get(id);
      if (source) this.#sources.set(id, { ...source, ...change });
    }
  }

  async collections(): Promise<Collection[]> {
    return [...this.#collections.values()].sort((a, b) => a.addedAt - b.addedAt);
  }

  async putCollection(collection: Collection): Promise<void> {
    this.#collections.set(collection.id, collection);
  }

  async removeCollection(id: string): Promise<void> {
    this.#collections.delete(id);
  }

  async scope(): Promise<Filter | null> {
    return this.#scope;
  }

  async setScope(scope: Filter | null): Promise<void> {
    this.#scope = scope;
  }

  async remove(id: string): Promise<void> {
    const source = this.#sources.get(id);
    if (!source) return;
    this.#sources.delete(id);
    this.#release(source.documentId);
  }

  #release(documentId: string): void {
    for (const source of this.#sources.values()) if (source.documentId === documentId) return;
    this.#contents.delete(documentId);
  }

  async document(documentId: string): Promise<Document | null> {
    return this.#contents.get(documentId)?.document ?? null;
  }

  async chunks(documentId: string): Promise<Chunk[]> {
    return [...(this.#contents.get(documentId)?.chunks ?? [])];
  }

  async vectors(keys: readonly VectorKey[]): Promise<Map<VectorKey, Float32Array>> {
    const found = new Map<VectorKey, Float32Array>();
    for (const key of keys) {
      const vector = this.#vectors.get(key);
      if (vector) found.set(key, vector);
    }
    return found;
  }

  async addVectors(keys: readonly VectorKey[], dimensions: number, rows: Float32Array): Promise<void> {
    for (const [i, key] of keys.entries()) this.#vectors.set(key, rows.slice(i * dimensions, (i + 1) * dimensions));
  }

  async vectorBytes(): Promise<number> {
    return [...this.#vectors.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  async sweep(live: ReadonlySet<VectorKey>): Promise<void> {
    for (const key of this.#vectors.keys()) if (!live.has(key)) this.#vectors.delete(key);
  }

  async adapters(): Promise<StoredAdapter[]> {
    return [...this.#adapters.values()].sort((a, b) => (a.origin.addedAt ?? 0) - (b.origin.addedAt ?? 0));
  }

  async addAdapter(adapter: StoredAdapter): Promise<void> {
    this.#adapters.set(adapter.id, adapter);
  }

  async removeAdapter(id: string): Promise<void> {
    this.#adapters.delete(id);
  }

  async remembers(name: string): Promise<boolean> {
    return this.#remembered.has(name);
  }

  async remember(name: string): Promise<void> {
    this.#remembered.add(name);
  }

  async setting(name: string): Promise<unknown> {
    return this.#settings.get(name);
  }

  async setSetting(name: string, value: unknown): Promise<void> {
    this.#settings.set(name, structuredClone(value));
  }

  async deleteEverything(): Promise<void> {
    for (const kept of [this.#sources, this.#contents, this.#vectors, this.#adapters]) kept.clear();
    for (const kept of [this.#remembered, this.#collections, this.#settings]) kept.clear();
    this.#scope = null;
  }

  close(): void {
    // Nothing is held open.
  }
}
