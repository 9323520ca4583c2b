import { askToPersist } from '../../device/facts';
import { asLabError, isAbort } from '../../errors';
import { type Job, type Progress, finish } from '../../job';
import type { AddedFile } from '../../lab';
import type { LibraryStore, Source } from '../../storage/library';
import type { Turns } from '../../turns';
import type { Cutting, ParseJobs } from '../../workers/jobs';
import { NewSources, newId } from '../newSources';
import { readInWorker } from '../reading';
import { type Sample, fetchSampleBytes } from '../sample';
import type { Restartable } from '../worker';
import { type Incoming, gather } from './incoming';

/** The collection of what the visitor adds. */
export const OWN = 'own';
export const SAMPLE_ADDED = 'sample added';

interface Desk {
  /** As the library is cut now. Throws what the store throws. */
  cutting(): Promise<Cutting>;
  /** The visitor adds something, and wants it indexed. */
  allowIndexing(): void;
  /** Something was stored. */
  refresh(): Promise<void>;
  index(): void;
  /** Stopped just after something was stored, which is then not indexed. */
  stop(): void;
}

/** Reads what is added and stores it: the visitor's files and the sample, one after the other. */
export class Adding {
  readonly #sources = new NewSources();

  /** `turns` are shared with what deletes everything, so that it can end this and come last. */
  constructor(
    private readonly parse: Restartable<ParseJobs>,
    private readonly store: Promise<LibraryStore>,
    private readonly turns: Turns,
    private readonly desk: Desk,
  ) {}

  /** Adds what is missing of it. */
  async sample(base: string, sample: Sample, signal: AbortSignal): Promise<void> {
    const stop = AbortSignal.any([signal, this.turns.signal]);
    const store = await this.store;
    // Fetched before the turn, so that a slow host keeps no file of the visitor's waiting.
    const fetched = await Promise.all(sample.documents.map(({ file }) => fetchSampleBytes(base, file, stop)));
    const end = await this.turns.take();
    try {
      const present = (await store.sources()).filter(({ collection }) => collection === sample.id);
      const ids = new Map(
        sample.documents.map(({ file }) => [file, present.find(({ name }) => name === file)?.id ?? newId()]),
      );
      const cutting = await this.desk.cutting();
      for (const [i, { file, replacedBy }] of sample.documents.entries()) {
        const bytes = fetched[i];
        if (!bytes || present.some(({ name }) => name === file)) continue;
        const size = bytes.length;
        const read = await finish(readInWorker(this.parse, { name: file, bytes, cutting }, stop));
        stop.throwIfAborted();
        const source = {
          ...this.#sources.of(file, sample.id, read, size),
          id: ids.get(file) ?? newId(),
          replacedBy: ids.get(replacedBy ?? '') ?? null,
        };
        await store.add(source, read.document, read.chunks);
        await this.desk.refresh();
      }
      stop.throwIfAborted();
      await store.remember(SAMPLE_ADDED);
      this.desk.index();
    } finally {
      end();
    }
  }

  async *files(files: readonly File[], signal: AbortSignal, password?: string): Job<Progress, AddedFile[]> {
    void this.store.then(persistOwn);
    const stop = AbortSignal.any([signal, this.turns.signal]);
    const added: AddedFile[] = [];
    const end = await this.turns.take();
    try {
      if (!stop.aborted) this.desk.allowIndexing();
      const all = await gather(files, this.parse);
      const total = all.length;
      for (const [done, file] of all.entries()) {
        if (!stop.aborted) yield { step: `Reading ${file.name}`, done, total, unit: 'files' };
        added.push({ name: file.name, outcome: yield* this.#outcomeOf(file, stop, password) });
      }
      yield { step: 'Reading', done: total, total, unit: 'files' };
    } finally {
      end();
    }
    return added;
  }

  async *#outcomeOf(file: Incoming, stop: AbortSignal, password?: string): Job<Progress, AddedFile['outcome']> {
    if (file.passed) return { kind: 'passed' };
    try {
      return { kind: 'added', source: yield* this.#file(file, stop, password) };
    } catch (error) {
      if (isAbort(error)) return { kind: 'stopped' };
      return { kind: 'failed', error: asLabError(error), file: await file.alone(stop) };
    }
  }

  async *#file(file: Incoming, stop: AbortSignal, password?: string): Job<Progress, Source> {
    stop.throwIfAborted();
    const { name, lastModified } = file;
    const bytes = await file.read(stop);
    const cutting = await this.desk.cutting();
    const read = yield* readInWorker(this.parse, { name, bytes, password, cutting }, stop);
    const store = await this.store;
    const twin = (await store.sources()).find((one) => one.name === name && one.documentId === read.document.id);
    if (twin) return twin;
    stop.throwIfAborted();
    const source = { ...this.#sources.of(name, OWN, read, file.bytes), lastModified };
    await store.add(source, read.document, read.chunks);
    await this.desk.refresh();
    if (stop.aborted) this.desk.stop();
    else this.desk.index();
    return source;
  }
}

/** Own documents are worth asking for; browsers may put it to the visitor, so once. */
export async function persistOwn(store: LibraryStore): Promise<void> {
  const sources = await store.sources().catch(() => []);
  if (!sources.some(({ collection }) => collection === OWN)) await askToPersist(navigator);
}
