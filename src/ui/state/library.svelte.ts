import type { LabError } from '../../errors';
import { asLabError, isAbort } from '../../errors';
import { finish, type Progress } from '../../job';
import type { AddedFile, Lab, LibraryState } from '../../lab';
import { percent } from '../words/numbers';
import type { Announcer } from './announcer.svelte';
import type { Undo } from './undo.svelte';

/** What the visitor added: one row of the documents table. */
export type Source = LibraryState['sources'][number];

/** The collection that the lab adds its sample to, as named in `samples/handbook/sample.json`. */
const SAMPLE_COLLECTION = 'sample';

export interface FailedFile {
  readonly file: File;
  readonly error: LabError;
}

/** It can still be added, with its password. */
export function isLocked({ error }: FailedFile): boolean {
  return error.code === 'password-needed' || error.code === 'password-wrong';
}

/** The documents, and what is being done to them. */
export class Library {
  state = $state.raw<LibraryState>({ sources: [], indexed: {}, indexing: null, chunkCount: 0, problem: null });
  known = $state(false);
  adding = $state.raw<Progress | null>(null);
  failures = $state.raw<readonly FailedFile[]>([]);
  problem = $state.raw<LabError | null>(null);
  indexingStopped = $state(false);
  /** The visitor has brought a document of their own in this visit. */
  imported = $state(false);
  private stopper: AbortController | null = null;

  constructor(
    private readonly lab: Lab,
    private readonly undo: Undo,
    private readonly announcer: Announcer,
  ) {}

  listen(): () => void {
    return this.lab.onLibrary((state) => {
      if (state.problem && state.problem !== this.state.problem) this.problem = state.problem;
      this.state = state;
      this.known = true;
    });
  }

  get sources(): readonly Source[] {
    return this.state.sources;
  }

  get inUse(): number {
    return this.sources.filter((source) => source.inUse).length;
  }

  get bytes(): number {
    return this.sources.reduce((sum, source) => sum + source.bytes, 0);
  }

  isSample(source: Source): boolean {
    return source.collection === SAMPLE_COLLECTION;
  }

  get hasSample(): boolean {
    return this.sources.some((source) => this.isSample(source));
  }

  get onlySample(): boolean {
    return this.sources.every((source) => this.isSample(source));
  }

  /** `replacedBy` holds a source's name; people know it by its title. */
  titleOf(name: string): string {
    return this.sources.find((source) => source.name === name)?.title ?? name;
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
    this.failures = this.failures.filter(
      (failure) => isLocked(failure) && !files.some((file) => isSame(file, failure)),
    );
    const kept = await this.add(files);
    if (kept !== null) this.announcer.say(`${String(kept)} added, ${String(files.length - kept)} failed`);
  }

  async unlock(failure: FailedFile, password: string): Promise<void> {
    const kept = await this.add([failure.file], password);
    const { name } = failure.file;
    if (kept !== null) this.announcer.say(kept > 0 ? `${name} was added` : `${name} stays locked`);
  }

  leaveOut(failure: FailedFile): void {
    this.failures = this.failures.filter((one) => one !== failure);
  }

  /** How many were kept; null when it was stopped or failed as a whole. */
  private async add(files: readonly File[], password?: string): Promise<number | null> {
    this.stopper?.abort();
    const stopper = new AbortController();
    this.stopper = stopper;
    this.adding = { step: 'Reading', done: 0, total: files.length, unit: 'files' };
    this.indexingStopped = false;
    let kept: number | null = null;
    await this.attempt(async () => {
      const added = await finish(this.lab.addFiles(files, stopper.signal, password), (progress) => {
        this.adding = progress;
      });
      kept = this.tell(files, added);
    });
    if (this.stopper === stopper) {
      this.stopper = null;
      this.adding = null;
    }
    return kept;
  }

  private tell(files: readonly File[], added: readonly AddedFile[]): number {
    const failed = files.flatMap((file, i): FailedFile[] => {
      const outcome = added[i]?.outcome;
      return outcome?.kind === 'failed' ? [{ file, error: outcome.error }] : [];
    });
    // One that was tried again stays in its place.
    const before = this.failures.flatMap((one) => {
      return files.includes(one.file) ? failed.filter(({ file }) => file === one.file) : [one];
    });
    this.failures = [...before, ...failed.filter((one) => !before.includes(one))];
    const kept = files.length - failed.length;
    if (kept > 0) this.imported = true;
    return kept;
  }

  async addSample(): Promise<void> {
    this.indexingStopped = false;
    const stopper = new AbortController();
    this.stopper = stopper;
    await this.attempt(() => this.lab.addSample(stopper.signal));
  }

  async setUse(source: Source, inUse: boolean): Promise<void> {
    await this.attempt(() => this.lab.setUse(source.id, inUse));
  }

  async remove(source: Source): Promise<void> {
    await this.attempt(async () => {
      const back = await this.lab.removeSource(source.id);
      this.announcer.say(`Removed ${source.title}`);
      this.undo.set(`Removed ${source.title}.`, () => void this.attempt(back));
    });
  }

  stopIndexing(): void {
    if (!this.state.indexing) return;
    this.indexingStopped = true;
    this.lab.stopIndexing();
  }

  resumeIndexing(): void {
    this.indexingStopped = false;
    this.lab.resumeIndexing();
  }

  async deleteEverything(): Promise<void> {
    await this.attempt(async () => {
      await this.lab.deleteEverything();
      this.failures = [];
      this.imported = false;
      this.announcer.say('Everything was deleted');
    });
  }

  stop(): void {
    this.stopper?.abort();
    this.stopIndexing();
  }

  private async attempt(act: () => Promise<void>): Promise<void> {
    this.problem = null;
    try {
      await act();
    } catch (error) {
      if (!isAbort(error)) this.problem = asLabError(error);
    }
  }
}

/** Dropped once more. */
function isSame(file: File, failure: FailedFile): boolean {
  const before = failure.file;
  return file.name === before.name && file.size === before.size && file.lastModified === before.lastModified;
}
