import { familyOf } from '../../documents/versions';
import { LabError } from '../../errors';
import type { Filter, LibrarySearch } from '../../retrieval/settings';
import type { Collection, LibraryStore, Source, SourceChange } from '../../storage/library';
import { newId } from '../newSources';
import { OWN } from './adding';
import type { Arrangement, Back } from './arrangement';
import { setSearch } from './searching';

/** Changes how the documents are kept in order, in the store, and has it told. */
export class Arranging implements Arrangement {
  constructor(
    private readonly store: Promise<LibraryStore>,
    private readonly refresh: () => Promise<void>,
  ) {}

  async setTags(sourceId: string, tags: readonly string[]): Promise<void> {
    const trimmed = tags.map((tag) => tag.trim().replace(/\s+/g, ' ')).filter((tag) => tag !== '');
    await this.#change(new Map([[sourceId, { tags: [...new Set(trimmed)] }]]));
  }

  async move(sourceId: string, collectionId: string): Promise<void> {
    await this.#change(new Map([[sourceId, { collection: collectionId }]]));
  }

  async createCollection(name: string): Promise<Collection> {
    const collection = { id: newId(), name: name.trim(), addedAt: Date.now() };
    await (await this.store).putCollection(collection);
    await this.refresh();
    return collection;
  }

  async renameCollection(id: string, name: string): Promise<void> {
    const store = await this.store;
    const before = (await store.collections()).find((one) => one.id === id);
    await store.putCollection({ id, addedAt: before?.addedAt ?? Date.now(), name: name.trim() });
    await this.refresh();
  }

  async removeCollection(id: string): Promise<Back> {
    const store = await this.store;
    const collection = (await store.collections()).find((one) => one.id === id);
    const inside = (await store.sources()).filter((source) => source.collection === id);
    await store.updateAll(new Map(inside.map((source) => [source.id, { collection: OWN }])));
    await store.removeCollection(id);
    await this.refresh();
    return async () => {
      if (collection) await store.putCollection(collection);
      await this.#change(new Map(inside.map((source) => [source.id, { collection: id }])));
    };
  }

  async setScope(scope: Filter | null): Promise<void> {
    await (await this.store).setScope(scope);
    await this.refresh();
  }

  async setSearch(search: LibrarySearch | null): Promise<void> {
    await setSearch(await this.store, search);
    await this.refresh();
  }

  async keepBoth(sourceId: string): Promise<Back> {
    const sources = await (await this.store).sources();
    const source = this.#find(sources, sourceId);
    const family = familyOf(sources, sourceId).filter(({ id }) => id !== sourceId);
    const apartFrom = [...new Set([...(source.apartFrom ?? []), ...family.map(({ id }) => id)])];
    // What it replaced itself is replaced by what replaced it.
    const orphans = family.filter(({ replacedBy }) => replacedBy === sourceId);
    const changes = new Map<string, SourceChange>(orphans.map(({ id }) => [id, { replacedBy: source.replacedBy }]));
    changes.set(sourceId, { replacedBy: null, apartFrom });
    return this.#changeWithBack(sources, changes);
  }

  async makeCurrent(sourceId: string): Promise<Back> {
    const sources = await (await this.store).sources();
    this.#find(sources, sourceId);
    const changes = new Map<string, SourceChange>(
      familyOf(sources, sourceId).map(({ id }) => [id, { replacedBy: id === sourceId ? null : sourceId }]),
    );
    return this.#changeWithBack(sources, changes);
  }

  #find(sources: readonly Source[], id: string): Source {
    const source = sources.find((one) => one.id === id);
    if (!source) throw new LabError('unexpected', 'That document is not here any more.');
    return source;
  }

  async #changeWithBack(sources: readonly Source[], changes: ReadonlyMap<string, SourceChange>): Promise<Back> {
    await this.#change(changes);
    const before = new Map<string, SourceChange>(
      sources
        .filter(({ id }) => changes.has(id))
        .map(({ id, replacedBy, apartFrom = [] }) => [id, { replacedBy, apartFrom }]),
    );
    return () => this.#change(before);
  }

  async #change(changes: ReadonlyMap<string, SourceChange>): Promise<void> {
    await (await this.store).updateAll(changes);
    await this.refresh();
  }
}
