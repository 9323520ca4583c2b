import type { Lab, LibraryState } from '../../lab';
import type { Filter } from '../../retrieval/settings';
import type { Announcer } from './announcer.svelte';
import type { Library, Source } from './library.svelte';
import type { Undo } from './undo.svelte';

export type Collection = LibraryState['collections'][number];

/** What the lab adds to by itself; they can be renamed, not removed. */
const BUILT_IN: Readonly<Record<string, string>> = { own: 'Your documents', sample: 'Sample handbook' };

/** Which rows of the table are shown. */
export type Shown =
  | { readonly kind: 'all' }
  | { readonly kind: 'noted' }
  | { readonly kind: 'collection' | 'tag'; readonly name: string };

/** How the documents are kept in order, and which of them are shown. */
export class Shelves {
  /** Part of a title, a name or a tag. */
  wanted = $state('');
  shown = $state.raw<Shown>({ kind: 'all' });

  constructor(
    private readonly lab: Lab,
    private readonly library: Library,
    private readonly undo: Undo,
    private readonly announcer: Announcer,
  ) {}

  /** Those that were made or hold a document, the visitor's own first. */
  readonly collections: readonly Collection[] = $derived.by(() => {
    const { sources, collections } = this.library.state;
    const named = new Map(collections.map((one) => [one.id, one]));
    const ids = new Set(['own', ...sources.map(({ collection }) => collection), ...named.keys()]);
    return [...ids].map((id) => named.get(id) ?? { id, name: BUILT_IN[id] ?? id, addedAt: 0 });
  });

  readonly tags: readonly string[] = $derived.by(() =>
    [...new Set(this.library.sources.flatMap(({ tags }) => tags ?? []))].sort((a, b) => a.localeCompare(b)),
  );

  /** By collection, as shown; a collection without rows is left out unless it was made and nothing is looked for. */
  readonly groups: readonly { readonly collection: Collection; readonly sources: readonly Source[] }[] = $derived.by(
    () => {
      const looking = this.wanted.trim() !== '' || this.shown.kind !== 'all';
      return this.collections
        .map((collection) => ({
          collection,
          sources: this.library.sources.filter((one) => this.isShown(one, collection)),
        }))
        .filter(({ collection, sources }) => sources.length > 0 || (!looking && !this.isBuiltIn(collection)));
    },
  );

  get scope(): Filter | null {
    return this.library.state.scope;
  }

  isBuiltIn({ id }: Collection): boolean {
    return id in BUILT_IN;
  }

  /** Of a collection, or of a document by its hash; a scope may name either. */
  nameOf(id: string): string {
    const collection = this.collections.find((one) => one.id === id);
    return collection?.name ?? this.library.sources.find(({ documentId }) => documentId === id)?.title ?? id;
  }

  private isShown(source: Source, { id }: Collection): boolean {
    if (source.collection !== id) return false;
    const { shown } = this;
    if (shown.kind === 'noted' && !this.library.isNoted(source)) return false;
    if (shown.kind === 'collection' && shown.name !== id) return false;
    if (shown.kind === 'tag' && !(source.tags ?? []).includes(shown.name)) return false;
    const wanted = this.wanted.trim().toLowerCase();
    return [source.title, source.name, ...(source.tags ?? [])].some((text) => text.toLowerCase().includes(wanted));
  }

  async tag(source: Source, written: string): Promise<void> {
    await this.library.attempt(() => this.lab.arrangement.setTags(source.id, written.split(',')));
  }

  async move(source: Source, collection: string): Promise<void> {
    const moved = await this.library.attempt(() => this.lab.arrangement.move(source.id, collection));
    if (moved) this.announcer.say(`${source.title} is in ${this.nameOf(collection)} now`);
  }

  async create(name: string): Promise<void> {
    await this.library.attempt(async () => {
      await this.lab.arrangement.createCollection(name);
      this.announcer.say(`${name} was made`);
    });
  }

  async rename({ id }: Collection, name: string): Promise<void> {
    if (name.trim() !== '') await this.library.attempt(() => this.lab.arrangement.renameCollection(id, name));
  }

  /** Its documents stay. */
  async remove({ id, name }: Collection): Promise<void> {
    await this.withUndo(`Removed the collection ${name}`, () => this.lab.arrangement.removeCollection(id));
  }

  async keepBoth(source: Source): Promise<void> {
    await this.withUndo(`${source.title} is searched too`, () => this.lab.arrangement.keepBoth(source.id));
  }

  async makeCurrent(source: Source): Promise<void> {
    await this.withUndo(`${source.title} is the current version`, () => this.lab.arrangement.makeCurrent(source.id));
  }

  /** Adds one to what is searched, or takes it out; with nothing left all is searched. */
  async search(kind: 'collections' | 'tags', name: string, on: boolean): Promise<void> {
    await this.setScope(withName(this.scope, kind, name, on));
  }

  async setScope(scope: Filter | null): Promise<void> {
    await this.library.attempt(() => this.lab.arrangement.setScope(scope));
  }

  private async withUndo(words: string, act: () => Promise<() => Promise<void>>): Promise<void> {
    await this.library.attempt(async () => {
      const back = await act();
      this.announcer.say(words);
      this.undo.set(`${words}.`, { back: () => this.library.attempt(back) });
    });
  }
}

/** The scope with one name more or less; null when it asks for nothing any more. */
export function withName(scope: Filter | null, kind: 'collections' | 'tags', name: string, on: boolean): Filter | null {
  const before = (scope?.[kind] ?? []).filter((one) => one !== name);
  const names = on ? [...before, name] : before;
  const { [kind]: _replaced, ...rest } = scope ?? {};
  const next: Filter = names.length > 0 ? { ...rest, [kind]: names } : rest;
  return Object.keys(next).length > 0 ? next : null;
}
