import { type ChunkSettings, DEFAULT_CHUNKING, chunkSettings } from '../../documents/chunking';
import { type LabError, asLabError, isAbort } from '../../errors';
import { finish, type Progress } from '../../job';
import type { ChunkPreview, ChunkingCost, ChunkingState, InspectedChunks, Lab } from '../../lab';
import type { Announcer } from './announcer.svelte';
import type { Library, Source } from './library.svelte';

/**
 * Measured on five English texts: 1.5 to 2 of the built-in finder's tokens a word, and 200 tokens find as well as 120
 * words; other finders need fewer.
 */
const TOKENS_A_WORD = 5 / 3;

/** How documents are cut: one looked at chunk by chunk, the settings, and what others would do. */
export class Chunks {
  now = $state.raw<ChunkingState>({ settings: DEFAULT_CHUNKING, due: 0, cutting: null, problem: null });
  inspected = $state.raw<InspectedChunks | null>(null);
  inspectProblem = $state.raw<LabError | null>(null);
  /** The settings' panel is open. */
  editing = $state(false);
  /** As the panel shows them; nothing is cut by them before they are applied. */
  draft = $state.raw<ChunkSettings>(DEFAULT_CHUNKING);
  preview = $state.raw<ChunkPreview | null>(null);
  /** Null until it is counted. */
  cost = $state.raw<ChunkingCost | null>(null);
  counting = $state.raw<Progress | null>(null);
  /** Why the draft cannot be shown, counted or applied. */
  problem = $state.raw<LabError | null>(null);
  /** A place in a document; another document is looked at from its beginning. */
  private place = $state.raw({ documentId: '', ordinal: 0 });

  constructor(
    private readonly lab: Lab,
    private readonly library: Library,
    private readonly announcer: Announcer,
  ) {}

  listen(): () => void {
    return this.lab.chunks.onChunking((state) => {
      if (this.now.cutting && !state.cutting && state.due === 0) this.announcer.say('All documents are cut anew');
      this.now = state;
    });
  }

  /** The document that is looked at: the one chosen in the table, else the first. */
  get chosen(): Source | null {
    return this.library.chosen;
  }

  /** Of the chunk that is looked at, in its document, from 0. */
  get ordinal(): number {
    return this.place.documentId === this.chosen?.documentId ? this.place.ordinal : 0;
  }

  /** By so many chunks. */
  step(by: number): void {
    const last = (this.inspected?.count ?? 1) - 1;
    const ordinal = Math.min(last, Math.max(0, this.ordinal + by));
    this.place = { documentId: this.chosen?.documentId ?? '', ordinal };
  }

  async inspect(documentId: string, ordinal: number, signal: AbortSignal): Promise<void> {
    try {
      const found = await this.lab.chunks.inspect(documentId, ordinal, signal);
      signal.throwIfAborted();
      this.inspected = found;
      this.inspectProblem = null;
      // Cut into fewer meanwhile.
      if (ordinal >= found.count) this.place = { documentId, ordinal: Math.max(0, found.count - 1) };
    } catch (error) {
      if (isAbort(error) || signal.aborted) return;
      this.inspected = null;
      this.inspectProblem = asLabError(error);
    }
  }

  edit(): void {
    this.draft = this.now.settings;
    this.cost = null;
    this.problem = null;
    this.editing = true;
  }

  cancel(): void {
    this.editing = false;
  }

  get changed(): boolean {
    return JSON.stringify(this.draft) !== JSON.stringify(this.now.settings);
  }

  /** Each within its limits. */
  set(change: Partial<ChunkSettings>): void {
    this.draft = chunkSettings({ ...this.draft, ...change });
  }

  /** About as much text as before. */
  setUnit(unit: ChunkSettings['unit']): void {
    if (unit === this.draft.unit) return;
    const by = unit === 'tokens' ? TOKENS_A_WORD : 1 / TOKENS_A_WORD;
    this.set({ unit, size: Math.round(this.draft.size * by), overlap: Math.round(this.draft.overlap * by) });
  }

  async show(documentId: string, settings: ChunkSettings, at: number, signal: AbortSignal): Promise<void> {
    await this.attempt(signal, async () => {
      const preview = await this.lab.chunks.preview(documentId, settings, at, signal);
      signal.throwIfAborted();
      this.preview = preview;
    });
  }

  async count(settings: ChunkSettings, signal: AbortSignal): Promise<void> {
    this.cost = null;
    await this.attempt(signal, async () => {
      const cost = await finish(this.lab.chunks.weigh(settings, signal), (progress) => {
        signal.throwIfAborted();
        this.counting = progress;
      });
      signal.throwIfAborted();
      this.cost = cost;
    });
    if (!signal.aborted) this.counting = null;
  }

  async apply(): Promise<void> {
    const stay = new AbortController().signal;
    await this.attempt(stay, async () => {
      await this.lab.chunks.apply(this.draft);
      this.editing = false;
    });
  }

  stop(): void {
    this.lab.chunks.stop();
  }

  resume(): void {
    this.lab.chunks.resume();
  }

  private async attempt(signal: AbortSignal, act: () => Promise<void>): Promise<void> {
    try {
      await act();
      this.problem = null;
    } catch (error) {
      if (!isAbort(error) && !signal.aborted) this.problem = asLabError(error);
    }
  }
}
