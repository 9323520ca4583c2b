import { type ChunkSettings, DEFAULT_CHUNKING, DEFAULT_CUT, chunkSettings, cutKey } from '../../documents/chunking';
import type { Document } from '../../documents/document';
import { summarise } from '../../documents/summary';
import { asLabError, isAbort } from '../../errors';
import { type Job, type Progress, finish } from '../../job';
import type { LibraryStore, Source } from '../../storage/library';
import type { Turns } from '../../turns';
import type { Cutting, FinderFiles, ParseJobs } from '../../workers/jobs';
import type { Writer } from '../../writer';
import { cutInWorker } from '../reading';
import { Told } from '../told';
import type { Restartable } from '../worker';
import type { ChunkingState } from './chunks';

const CHUNKING = 'chunking';
/** What is stored is told to the search worker so often, which looks at all words of the library each time. */
const TELL_MS = 3000;

export interface Models {
  /** Of the finder in use. */
  finder(): FinderFiles;
  /** The reader in use, where it is marked able to write. */
  writer(): { readonly id: string; readonly write: Writer } | null;
}

interface Desk {
  /** Something was stored. */
  refresh(): Promise<void>;
  index(): void;
}

/** As it is remembered; `writer` is who writes the summaries. */
type Chosen = ChunkSettings & { readonly writer: string | null };

/**
 * How the library is cut, and the cutting anew of what is cut otherwise. Each document is stored as a whole, with the key
 * of how it was cut, so that the next visit goes on where this one broke off.
 */
export class CuttingDesk {
  readonly told = new Told<ChunkingState>({ settings: DEFAULT_CHUNKING, due: 0, cutting: null, problem: null });
  #chosen: Promise<Chosen> | null = null;
  #running: AbortController | null = null;
  #again = false;

  /** `turns` are shared with what adds and deletes. */
  constructor(
    private readonly parse: Restartable<ParseJobs>,
    private readonly store: Promise<LibraryStore>,
    private readonly turns: Turns,
    private readonly models: Models,
    private readonly desk: Desk,
  ) {}

  /** Reads the settings, and cuts what is cut otherwise: the last visit may have ended before all was. */
  async open(): Promise<void> {
    this.#chosen = null;
    this.#tell({ settings: plain(await this.#remembered()) });
    await this.start();
  }

  /** How a new document is cut; what it is about is not written yet. Throws what the store throws. */
  async cutting(settings?: ChunkSettings): Promise<Cutting> {
    return { settings: settings ?? plain(await this.#remembered()), tokenizer: this.models.finder(), summary: null };
  }

  /** Throws what the store throws; what follows is told. */
  async apply(settings: ChunkSettings): Promise<void> {
    const before = await this.#remembered();
    const writer = settings.header === 'summary' ? (this.models.writer()?.id ?? before.writer) : null;
    const chosen: Chosen = { ...chunkSettings(settings), writer };
    await (await this.store).setSetting(CHUNKING, chosen);
    this.#chosen = Promise.resolve(chosen);
    this.#tell({ settings: plain(chosen) });
    await this.start();
  }

  /** Cuts in the background what is cut otherwise. */
  async start(): Promise<void> {
    const due = await this.#due();
    this.#tell({ due: due.length });
    if (this.#running) {
      this.#again = true;
      // Of the settings before, the rest is not worth cutting.
      this.#running.abort();
    } else if (due.length > 0) this.#begin();
  }

  stop(): void {
    this.#again = false;
    this.#running?.abort();
  }

  #begin(): void {
    const abort = new AbortController();
    this.#running = abort;
    this.#again = false;
    const stop = AbortSignal.any([abort.signal, this.turns.signal]);
    void this.#run(stop).finally(() => {
      this.#running = null;
      this.#tell({ cutting: null });
      if (this.#again) void this.start().catch(() => undefined);
    });
  }

  async #run(signal: AbortSignal): Promise<void> {
    this.#tell({ problem: null });
    try {
      await finish(this.#cutAll(signal), (cutting) => {
        this.#tell({ cutting });
      });
    } catch (error) {
      if (!isAbort(error)) this.#tell({ problem: asLabError(error) });
    } finally {
      const due = await this.#due().catch(() => []);
      this.#tell({ due: due.length });
    }
  }

  async *#cutAll(signal: AbortSignal): Job<Progress, void> {
    const ids = await this.#due();
    let toldAt = performance.now();
    try {
      for (const [done, id] of ids.entries()) {
        yield { step: 'Cutting', done, total: ids.length, unit: 'documents' };
        // A turn for each, so that what is added meanwhile comes in between.
        const end = await this.turns.take();
        try {
          signal.throwIfAborted();
          await this.#cutOne(id, signal);
        } finally {
          end();
        }
        if (performance.now() - toldAt < TELL_MS) continue;
        await this.#tellStored();
        toldAt = performance.now();
      }
    } finally {
      await this.#tellStored();
    }
  }

  async #tellStored(): Promise<void> {
    await this.desk.refresh();
    this.desk.index();
  }

  async #cutOne(id: string, signal: AbortSignal): Promise<void> {
    const store = await this.store;
    const document = await store.document(id);
    if (!document) return;
    const chosen = await this.#remembered();
    const summary = chosen.header === 'summary' ? await this.#summary(document, chosen.writer, signal) : null;
    const cutting = { ...(await this.cutting(plain(chosen))), summary };
    const { chunks, cut } = await finish(cutInWorker(this.parse, { document, cutting }, signal));
    signal.throwIfAborted();
    await store.recut(id, chunks, cut);
  }

  /** Null where nobody can write it now. */
  async #summary(document: Document, writer: string | null, signal: AbortSignal): Promise<Cutting['summary']> {
    if (writer === null) return null;
    const store = await this.store;
    const kept = await store.summary(document.id, writer);
    if (kept !== null) return { text: kept, writer };
    const now = this.models.writer();
    if (now?.id !== writer) return null;
    const text = await finish(summarise(document, now.write, signal));
    signal.throwIfAborted();
    await store.addSummary(document.id, writer, text);
    return { text, writer };
  }

  /** Documents that are cut otherwise than they would be now, in the order they were added. */
  async #due(): Promise<string[]> {
    const { writer, ...settings } = await this.#remembered();
    const tokenizer = this.models.finder().entry.id;
    const wanted = new Set([cutKey(settings, tokenizer, writer)]);
    // Without its writer nothing better can be had.
    if (writer === null || this.models.writer()?.id !== writer) wanted.add(cutKey(settings, tokenizer));
    const sources = await (await this.store).sources();
    const due = sources.filter(({ cut = DEFAULT_CUT }: Source) => !wanted.has(cut));
    return [...new Set(due.map(({ documentId }) => documentId))];
  }

  #remembered(): Promise<Chosen> {
    this.#chosen ??= this.store.then(async (store) => {
      const value = await store.setting(CHUNKING);
      const { writer } = { writer: null, ...(value as Partial<Chosen> | undefined) };
      return { ...chunkSettings(value), writer: typeof writer === 'string' ? writer : null };
    });
    this.#chosen.catch(() => (this.#chosen = null));
    return this.#chosen;
  }

  #tell(change: Partial<ChunkingState>): void {
    this.told.set({ ...this.told.now, ...change });
  }
}

function plain({ writer: _writer, ...settings }: Chosen): ChunkSettings {
  return settings;
}
