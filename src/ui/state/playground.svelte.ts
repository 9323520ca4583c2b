import { asLabError, isAbort, type LabError } from '../../errors';
import { finish } from '../../job';
import type { Lab } from '../../lab';
import type { Evidence, Question } from '../../questions/question';
import { holdsEvidence } from '../../retrieval/evidence';
import type { Explained, ExplainedPassage } from '../../retrieval/explain';
import { type LibrarySearch, PLAIN_LIBRARY_SEARCH } from '../../retrieval/settings';
import type { Step, SteppedSearch } from '../../retrieval/steps';
import type { Announcer } from './announcer.svelte';
import type { Catalogue } from './catalogue.svelte';
import type { Library } from './library.svelte';
import { count } from '../words/numbers';

/** Fewer are no picture, more are no longer one. */
const ROWS = { least: 6, most: 10 };
/** How many of the best a reranker reads where nothing else was said. */
export const RERANKED = 20;
/** One step further than one search, as two-hop questions need. */
const STEPS = { rewrites: 2, hops: 1, read: 4 };

/** One search at a time, taken apart. */
export class Playground {
  query = $state('');
  searching = $state(false);
  explained = $state.raw<Explained | null>(null);
  /** What was there to be searched when `explained` was found. */
  private searched = $state.raw<string | null>(null);
  /** Words alone were searched, since not everything was indexed yet. */
  private early = $state(false);
  problem = $state.raw<LabError | null>(null);
  /** What a search in steps has come to so far; null where none was begun. */
  steps = $state.raw<readonly Step[] | null>(null);
  stepped = $state.raw<SteppedSearch | null>(null);
  stepping = $state(false);
  private chosenId = $state<string | null>(null);
  private stopper = new AbortController();

  constructor(
    private readonly lab: Lab,
    private readonly library: Library,
    private readonly catalogue: Catalogue,
    private readonly announcer: Announcer,
    private readonly samples: () => readonly Question[],
    private readonly finder: () => string | undefined,
  ) {}

  get settings(): LibrarySearch {
    return this.library.state.search;
  }

  get changed(): boolean {
    return JSON.stringify(this.settings) !== JSON.stringify(PLAIN_LIBRARY_SEARCH);
  }

  /** Those that are drawn: the hits, and what came next where these are few. */
  get rows(): readonly ExplainedPassage[] {
    const shown = Math.min(ROWS.most, Math.max(ROWS.least, this.settings.limit));
    return this.explained?.passages.slice(0, shown) ?? [];
  }

  get chosen(): ExplainedPassage | null {
    return this.rows.find(({ chunk }) => chunk.id === this.chosenId) ?? this.rows[0] ?? null;
  }

  /** Where the answer to what was searched stands, of the questions whose answer is known. */
  private get evidence(): readonly Evidence[] {
    return this.samples().find(({ text }) => text === this.explained?.query)?.evidence ?? [];
  }

  /** All that the ranks hang on besides the query, as a text to compare. */
  private get searchable(): string {
    const { sources, scope, search, answering } = this.library.state;
    const documents = sources.map(({ documentId, collection, tags, inUse, replacedBy, chunkCount }) => [
      documentId,
      collection,
      tags,
      inUse,
      replacedBy,
      chunkCount,
    ]);
    return JSON.stringify([documents, scope, search, answering, this.finder()]);
  }

  private get indexed(): boolean {
    return this.library.state.indexing === null && !this.library.unindexed;
  }

  /** The ranks are those of a library that has changed since. */
  get outdated(): boolean {
    if (!this.explained || this.searching) return false;
    return this.searched !== this.searchable || (this.early && this.indexed);
  }

  choose(passage: ExplainedPassage): void {
    this.chosenId = passage.chunk.id;
  }

  /** Null where nobody knows. */
  holdsAnswer({ chunk }: ExplainedPassage): boolean | null {
    const { evidence } = this;
    return evidence.length > 0 ? evidence.some((one) => holdsEvidence(chunk, one)) : null;
  }

  /** What is drawn, searched anew in the library as it is now. */
  async searchAgain(): Promise<void> {
    if (!this.explained) return;
    this.query = this.explained.query;
    await this.search();
  }

  async search(): Promise<void> {
    await this.ask('searching', async (query, signal) => {
      const { searchable, indexed } = this;
      const explained = await this.lab.explain(query, this.settings.limit, {}, signal);
      signal.throwIfAborted();
      this.explained = explained;
      this.searched = searchable;
      this.early = !indexed && !explained.stages.includes('dense');
      const hits = explained.passages.filter(({ rank }) => rank !== null).length;
      this.announcer.say(`${count(hits)} ${hits === 1 ? 'passage' : 'passages'} found`);
    });
  }

  async searchInSteps(): Promise<void> {
    await this.ask('stepping', async (query, signal) => {
      let steps: readonly Step[] = [];
      this.steps = steps;
      const job = this.lab.searchInSteps(query, this.settings.limit, STEPS, {}, signal);
      const stepped = await finish(job, (step) => {
        signal.throwIfAborted();
        this.steps = steps = [...steps, step];
      });
      signal.throwIfAborted();
      this.stepped = stepped;
    });
  }

  /** Null: as at first. Lanes search so too. */
  async set(search: LibrarySearch | null): Promise<void> {
    this.problem = null;
    try {
      await this.lab.arrangement.setSearch(search);
    } catch (error) {
      this.problem = asLabError(error);
      return;
    }
    if (this.explained && this.explained.query === this.query.trim()) await this.search();
  }

  /** '' for none. */
  async rerankWith(id: string): Promise<void> {
    this.catalogue.use('reranker', id);
    await this.set({ ...this.settings, rerank: id === '' ? 0 : this.settings.rerank || RERANKED });
  }

  stop(): void {
    this.stopper.abort();
    this.stopper = new AbortController();
    this.searching = false;
    this.stepping = false;
  }

  /** The last one asked for wins. */
  private async ask(
    busy: 'searching' | 'stepping',
    act: (query: string, signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const query = this.query.trim();
    if (query === '') return;
    this.stop();
    this.problem = null;
    this.steps = null;
    this.stepped = null;
    const { signal } = this.stopper;
    this[busy] = true;
    try {
      await act(query, signal);
    } catch (error) {
      if (!isAbort(error)) this.problem = asLabError(error);
    } finally {
      if (signal === this.stopper.signal) this[busy] = false;
    }
  }
}
