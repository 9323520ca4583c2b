import type { LabError } from '../../errors';
import { asLabError, isAbort } from '../../errors';
import { finish, type Progress } from '../../job';
import type { AddedFile, Lab, LibraryState } from '../../lab';
import { type Note, notesOf } from '../words/notes';
import { PLAIN_LIBRARY_SEARCH } from '../../retrieval/settings';
import { percent } from '../words/numbers';
import type { Announcer } from './announcer.svelte';
import { Pace } from './pace';
import type { Undo } from './undo.svelte';

/** What the visitor added: one row of the documents table. */
export type Source = LibraryState['sources'][number];

/** The collection that the lab adds its sample to, as named in `samples/handbook/sample.json`. */
const SAMPLE_COLLECTION = 'sample';

export interface FailedFile {
  /** With the folders it came in. */
  readonly name: string;
  readonly file: File;
  readonly error: LabError;
}

/** It can still be added, with its password. */
export function isLocked({ error }: FailedFile): boolean {
  return error.code === 'password-needed' || error.code === 'password-wrong';
}

/** The documents, and what is being done to them. */
export class Library {
  state = $state.raw<LibraryState>({
    sources: [],
    collections: [],
    scope: null,
    search: PLAIN_LIBRARY_SEARCH,
    copies: {},
    indexed: {},
    indexing: null,
    chunkCount: 0,
    problem: null,
    answering: null,
  });
  known = $state(false);
  /** Until all is indexed; null while nothing is, or the pace is not known yet. */
  secondsLeft = $state<number | null>(null);
  private pace = new Pace();
  /** Id of the source whose chunks are looked at. */
  chosenId = $state<string | null>(null);
  /** Over all files given since none was waiting. */
  adding = $state.raw<Progress | null>(null);
  failures = $state.raw<readonly FailedFile[]>([]);
  /** Names of the files that were not read because the visitor stopped the adding. */
  leftOut = $state.raw<readonly string[]>([]);
  /** Names of the files in folders and zips that are of no kind that is read. */
  passed = $state.raw<readonly string[]>([]);
  /** The visitor has brought a document of their own in this visit. */
  imported = $state(false);
  /** What the visitor's last act failed with. */
  private failed = $state.raw<LabError | null>(null);
  private stopper = new AbortController();
  private given = 0;
  private batches = 0;

  constructor(
    private readonly lab: Lab,
    private readonly undo: Undo,
    private readonly announcer: Announcer,
  ) {}

  listen(): () => void {
    return this.lab.onLibrary((state) => {
      this.state = state;
      const { indexing } = state;
      if (!indexing) this.pace = new Pace();
      this.secondsLeft = indexing && this.pace.secondsLeft(indexing.done, indexing.total);
      this.known = true;
    });
  }

  get sources(): readonly Source[] {
    return this.state.sources;
  }

  /** The one that was chosen, as long as it is there; else the first. */
  get chosen(): Source | null {
    return this.sources.find(({ id }) => id === this.chosenId) ?? this.sources[0] ?? null;
  }

  notes(source: Source): Note[] {
    return notesOf(source, this.state.copies, (id) => this.titleOf(id));
  }

  isNoted(source: Source): boolean {
    return this.notes(source).length > 0;
  }

  get inUse(): number {
    return this.sources.filter((source) => source.inUse).length;
  }

  /** Documents that lanes are shown whole or searched for passages: a replaced one is in use as noise alone. */
  get current(): number {
    return this.sources.filter((source) => source.inUse && source.replacedBy === null).length;
  }

  get problems(): readonly LabError[] {
    return [this.failed, this.state.problem].filter((error) => error !== null);
  }

  get bytes(): number {
    return this.sources.reduce((sum, source) => sum + source.bytes, 0);
  }

  isSample(source: Source): boolean {
    return source.collection === SAMPLE_COLLECTION;
  }

  /** Whether a collection holds any document. */
  has(collection: string): boolean {
    return this.sources.some((source) => source.collection === collection);
  }

  get hasSample(): boolean {
    return this.sources.some((source) => this.isSample(source));
  }

  get onlySample(): boolean {
    return this.sources.every((source) => this.isSample(source));
  }

  /** By the source's id; with its file's name where others are called the same. */
  titleOf(id: string): string {
    const source = this.sources.find((one) => one.id === id);
    if (!source) return 'a document that was removed';
    const alone = !this.sources.some((one) => one.id !== id && one.title === source.title);
    return alone ? source.title : `${source.title} (${source.name})`;
  }

  /** Percent of a source's chunks that have a vector. */
  indexedPercent(source: Source): number {
    return percent(this.state.indexed[source.id] ?? 0, source.chunkCount);
  }

  get unindexed(): boolean {
    return this.sources.some((source) => source.chunkCount > 0 && this.indexedPercent(source) < 100);
  }

  /** Locked files of an earlier drop still wait for their passwords. */
  async addFiles(files: readonly File[]): Promise<void> {
    if (files.length === 0) return;
    if (this.batches === 0) {
      this.failures = this.failures.filter(isLocked);
      this.leftOut = [];
      this.passed = [];
    }
    this.failures = this.failures.filter((failure) => !files.some((file) => isSame(file, failure)));
    const told = await this.add(files);
    if (!told) return;
    const left = told.leftOut > 0 ? `, ${String(told.leftOut)} not read` : '';
    this.announcer.say(`${String(told.kept)} added, ${String(told.failed)} failed${left}`);
  }

  async unlock(failure: FailedFile, password: string): Promise<void> {
    const told = await this.add([failure.file], password);
    const { name } = failure;
    if (told) this.announcer.say(told.kept > 0 ? `${name} was added` : `${name} stays locked`);
  }

  leaveOut(failure: FailedFile): void {
    this.failures = this.failures.filter((one) => one !== failure);
  }

  /** How many came to what; null when it failed as a whole. */
  private async add(files: readonly File[], password?: string): Promise<Told | null> {
    const before = this.given;
    // A zip turns out to be many.
    let own = files.length;
    this.given += own;
    this.batches++;
    this.adding = { step: 'Reading', done: 0, unit: 'files', ...this.adding, total: this.given };
    let told: Told | null = null;
    await this.attempt(async () => {
      const added = await finish(this.lab.addFiles(files, this.stopper.signal, password), (progress) => {
        if (progress.unit === 'files') {
          this.given += (progress.total ?? own) - own;
          own = progress.total ?? own;
        }
        // A long document tells its own pages.
        this.adding =
          progress.unit === 'files' ? { ...progress, done: before + progress.done, total: this.given } : progress;
      });
      told = this.tell(added);
    });
    if (--this.batches > 0) return told;
    this.given = 0;
    this.adding = null;
    return told;
  }

  private tell(added: readonly AddedFile[]): Told {
    const failed = added.flatMap(({ name, outcome }): FailedFile[] =>
      outcome.kind === 'failed' ? [{ name, file: outcome.file, error: outcome.error }] : [],
    );
    const named = (kind: AddedFile['outcome']['kind']) =>
      added.filter(({ outcome }) => outcome.kind === kind).map(({ name }) => name);
    const [kept, leftOut] = [named('added'), named('stopped')];
    // One that was tried again stays in its place.
    const before = this.failures.flatMap((one) => {
      const again = failed.filter(({ file }) => isSame(file, one));
      return again.length > 0 ? again : kept.includes(one.name) ? [] : [one];
    });
    this.failures = [...before, ...failed.filter((one) => !before.includes(one))];
    this.leftOut = [...this.leftOut, ...leftOut];
    this.passed = [...this.passed, ...named('passed')];
    if (kept.length > 0) this.imported = true;
    return { kept: kept.length, failed: failed.length, leftOut: leftOut.length };
  }

  async addSample(): Promise<void> {
    await this.attempt(() => this.lab.addSample(this.stopper.signal));
  }

  async setUse(source: Source, inUse: boolean): Promise<void> {
    await this.attempt(() => this.lab.setUse(source.id, inUse));
  }

  async remove(source: Source): Promise<void> {
    await this.attempt(async () => {
      const back = await this.lab.removeSource(source.id);
      this.announcer.say(`Removed ${source.title}`);
      this.undo.set(`Removed ${source.title}.`, { back: () => this.attempt(back) });
    });
  }

  stopIndexing(): void {
    this.lab.stopIndexing();
  }

  resumeIndexing(): void {
    this.lab.resumeIndexing();
  }

  async deleteEverything(): Promise<void> {
    this.stop();
    await this.attempt(async () => {
      await this.lab.deleteEverything();
      this.undo.clear();
      this.failures = [];
      this.leftOut = [];
      this.passed = [];
      this.imported = false;
      this.announcer.say('Everything was deleted');
    });
  }

  /** What waits is stopped with what is under way. */
  stop(): void {
    this.stopper.abort();
    this.stopper = new AbortController();
    this.stopIndexing();
  }

  /** False when it failed. */
  async attempt(act: () => Promise<void>): Promise<boolean> {
    this.failed = null;
    try {
      await act();
    } catch (error) {
      if (!isAbort(error)) this.failed = asLabError(error);
      return isAbort(error);
    }
    return true;
  }
}

/** How many files came to what. */
interface Told {
  readonly kept: number;
  readonly failed: number;
  readonly leftOut: number;
}

/** Dropped once more. */
function isSame(file: File, failure: FailedFile): boolean {
  const keys = ['name', 'webkitRelativePath', 'size', 'lastModified'] as const;
  return keys.every((key) => file[key] === failure.file[key]);
}
