import type { Chunk, Document } from '../documents/document';
import { LabError, asLabError, isAbort } from '../errors';
import { type Job, type Progress, finish } from '../job';
import type { AddedFile, LibraryState } from '../lab';
import type { LibraryStore, Source } from '../storage/library';
import type { Indexed, ParseJobs, SearchJobs } from '../workers/jobs';
import { type Sample, fetchSampleBytes } from './sample';
import { type Restartable, Told, newId } from './worker';

const OWN = 'own';
const SAMPLE_ADDED = 'sample added';
/** A document that takes longer than this is ended with its worker. */
const PARSE_BUDGET_MS = 60_000;

interface Read {
  readonly document: Document;
  readonly chunks: Chunk[];
}

/** The sources, kept in the store, told to the search worker, indexed in the background. */
export class LibraryDesk {
  readonly told = new Told<LibraryState>({ sources: [], indexed: {}, indexing: null, chunkCount: 0, problem: null });
  #indexing: AbortController | null = null;
  #stopped = false;
  /** Asked for while under way: what was added at the very end may have been missed. */
  #again = false;
  /** Documents whose chunks the search worker has been told. */
  #shelved = new Set<string>();

  constructor(
    private readonly parse: Restartable<ParseJobs>,
    private readonly search: Restartable<SearchJobs>,
    private readonly store: Promise<LibraryStore>,
    private readonly finder: () => Promise<void>,
  ) {}

  /** Tells what is stored, and adds the sample on the first visit. */
  async open(base: string, sample: Sample, signal: AbortSignal): Promise<void> {
    await this.#refresh();
    const store = await this.store;
    if (!(await store.remembers(SAMPLE_ADDED))) await this.addSample(base, sample, signal);
    this.index();
  }

  /** The search worker was started anew: it knows nothing. */
  async reshelve(): Promise<void> {
    this.#shelved = new Set();
    await this.#refresh();
    this.index();
  }

  async addSample(base: string, sample: Sample, signal: AbortSignal): Promise<void> {
    const store = await this.store;
    const present = new Set((await store.sources()).map(({ name }) => name));
    let addedAt = Date.now();
    for (const { file, replacedBy } of sample.documents) {
      if (present.has(file)) continue;
      const bytes = await fetchSampleBytes(base, file, signal);
      const size = bytes.length;
      const read = await this.#read(file, bytes, signal);
      // Told apart by a millisecond each, so that they keep the manifest's order.
      const source = this.#source(file, sample.id, read, size, addedAt++, replacedBy);
      await store.add(source, read.document, read.chunks);
      await this.#refresh();
    }
    await store.remember(SAMPLE_ADDED);
    this.index();
  }

  async *addFiles(files: readonly File[], signal: AbortSignal): Job<Progress, AddedFile[]> {
    void navigator.storage?.persist?.().catch(() => false);
    const added: AddedFile[] = [];
    for (const [done, file] of files.entries()) {
      signal.throwIfAborted();
      yield { step: `Reading ${file.name}`, done, total: files.length, unit: 'files' };
      try {
        added.push({ name: file.name, outcome: { kind: 'added', source: await this.#addFile(file, signal) } });
        await this.#refresh();
      } catch (error) {
        if (isAbort(error)) throw error;
        added.push({ name: file.name, outcome: { kind: 'failed', error: asLabError(error) } });
      }
    }
    yield { step: 'Reading', done: files.length, total: files.length, unit: 'files' };
    this.#stopped = false;
    this.index();
    return added;
  }

  async #addFile(file: File, signal: AbortSignal): Promise<Source> {
    const read = await this.#read(file.name, new Uint8Array(await file.arrayBuffer()), signal);
    const store = await this.store;
    const twin = (await store.sources()).find(
      ({ name, documentId }) => name === file.name && documentId === read.document.id,
    );
    if (twin) return twin;
    const source = this.#source(file.name, OWN, read, file.size, Date.now(), null);
    await store.add(source, read.document, read.chunks);
    return source;
  }

  async #read(name: string, bytes: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<Read> {
    const overrun = setTimeout(() => {
      this.parse.end(`Reading ${name} took longer than ${String(PARSE_BUDGET_MS / 1000)} seconds.`);
    }, PARSE_BUDGET_MS);
    try {
      return await finish(this.parse.call('read', { name, bytes }, signal, [bytes.buffer]));
    } catch (error) {
      // Reading one file is a single step that no message can interrupt.
      if (isAbort(error)) this.parse.end('Stopped.');
      throw error;
    } finally {
      clearTimeout(overrun);
    }
  }

  #source(
    name: string,
    collection: string,
    { document, chunks }: Read,
    bytes: number,
    addedAt: number,
    replacedBy: string | null,
  ): Source {
    const { id: documentId, title, mediaType } = document;
    const chunkCount = chunks.length;
    const inUse = true;
    return {
      id: newId(),
      name,
      collection,
      addedAt,
      documentId,
      title,
      mediaType,
      bytes,
      inUse,
      replacedBy,
      chunkCount,
    };
  }

  async setUse(id: string, inUse: boolean): Promise<void> {
    await (await this.store).update(id, { inUse });
    await this.#refresh();
  }

  /** Returns how to bring the source back as it was. */
  async remove(id: string): Promise<() => Promise<void>> {
    const store = await this.store;
    const source = (await store.sources()).find((one) => one.id === id);
    if (!source) throw new LabError('unexpected', 'That document is not here any more.');
    const document = await store.document(source.documentId);
    const chunks = await store.chunks(source.documentId);
    await store.remove(id);
    await this.#refresh();
    return async () => {
      if (!document) return;
      await store.add(source, document, chunks);
      await this.#refresh();
      this.index();
    };
  }

  async deleteEverything(): Promise<void> {
    this.stop();
    const store = await this.store;
    await store.deleteEverything();
    await store.remember(SAMPLE_ADDED);
    await this.#refresh();
  }

  /** Documents by file name, for questions that point at them. */
  async documents(sample: Sample): Promise<Map<string, Document>> {
    const store = await this.store;
    const found = new Map<string, Document>();
    for (const { name, documentId, collection } of await store.sources()) {
      if (collection !== sample.id) continue;
      const document = await store.document(documentId);
      if (document) found.set(name, document);
    }
    return found;
  }

  stop(): void {
    this.#stopped = true;
    this.#again = false;
    this.#indexing?.abort();
  }

  resume(): void {
    this.#stopped = false;
    this.index();
  }

  /** Starts indexing what has no vector yet, unless it is under way or was stopped by the visitor. */
  index(): void {
    if (this.#stopped) return;
    this.#again = this.#indexing !== null;
    if (this.#indexing) return;
    const abort = new AbortController();
    this.#indexing = abort;
    void this.#index(abort.signal).finally(() => {
      this.#indexing = null;
      this.#tell({ indexing: null });
      if (this.#again) this.index();
    });
  }

  async #index(signal: AbortSignal): Promise<void> {
    try {
      // Without a finder, search goes on by words; its own state says why.
      await this.finder();
    } catch {
      return;
    }
    try {
      const { indexed }: Indexed = await finish(this.search.call('index', {}, signal), (event) => {
        this.#tell({ indexed: event.indexed, indexing: event.progress });
      });
      this.#tell({ indexed, problem: null });
    } catch (error) {
      if (!isAbort(error)) this.#tell({ problem: asLabError(error) });
    }
  }

  #tell(change: Partial<LibraryState>): void {
    this.told.set({ ...this.told.now, ...change });
  }

  /** Reads the sources from the store and tells the page and the search worker. */
  async #refresh(): Promise<void> {
    const store = await this.store;
    const sources = await store.sources();
    const fresh = [...new Set(sources.map(({ documentId }) => documentId))].filter((id) => !this.#shelved.has(id));
    const contents = Object.fromEntries(
      await Promise.all(fresh.map(async (id) => [id, await store.chunks(id)] as const)),
    );
    await this.search.ask('shelve', { sources, contents }, new AbortController().signal);
    this.#shelved = new Set(sources.map(({ documentId }) => documentId));
    const chunkCount = sources.reduce((sum, { inUse, chunkCount }) => sum + (inUse ? chunkCount : 0), 0);
    const ids = new Set(sources.map(({ id }) => id));
    const indexed = Object.fromEntries(Object.entries(this.told.now.indexed).filter(([id]) => ids.has(id)));
    this.#tell({ sources, chunkCount, indexed });
  }
}
