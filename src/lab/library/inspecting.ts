import { type ChunkSettings } from '../../documents/chunking';
import type { Document } from '../../documents/document';
import { LabError, isAbort } from '../../errors';
import type { Job, Progress } from '../../job';
import type { LibraryStore } from '../../storage/library';
import type { ParseJobs } from '../../workers/jobs';
import type { Restartable } from '../worker';
import type { ChunkPreview, ChunkingCost, InspectedChunks } from './chunks';
import type { CuttingDesk } from './cutting';

/** Characters before and after the place that is looked at. */
const AROUND = 2000;

/** Looks at how documents are cut or would be. Its worker is one of its own, so that it waits for no document being read. */
export class Inspecting {
  constructor(
    private readonly parse: Restartable<ParseJobs>,
    private readonly store: Promise<LibraryStore>,
    private readonly desk: CuttingDesk,
  ) {}

  async preview(id: string, settings: ChunkSettings, at: number, signal: AbortSignal): Promise<ChunkPreview> {
    const document = await this.#document(id);
    const from = Math.max(0, Math.min(at, document.text.length) - AROUND);
    const to = Math.min(document.text.length, from + 2 * AROUND);
    const cutting = await this.desk.cutting(settings);
    const chunks = await this.parse.ask('preview', { document, cutting, from, to }, signal);
    const start = chunks[0]?.start ?? from;
    const end = chunks.at(-1)?.end ?? to;
    return {
      documentTitle: document.title,
      from: start,
      text: document.text.slice(start, end),
      ends: to >= document.text.length,
      chunks,
    };
  }

  async *weigh(settings: ChunkSettings, signal: AbortSignal): Job<Progress, ChunkingCost> {
    const store = await this.store;
    const ids = [...new Set((await store.sources()).map(({ documentId }) => documentId))];
    const cutting = await this.desk.cutting(settings);
    let cost = { before: 0, after: 0, fresh: 0 };
    for (const [done, id] of ids.entries()) {
      yield { step: 'Counting', done, total: ids.length, unit: 'documents' };
      const document = await store.document(id);
      if (!document) continue;
      const kept = await store.chunks(id);
      const found = yield* this.parse.call('weigh', { document, chunks: kept, cutting }, signal);
      cost = {
        before: cost.before + kept.length,
        after: cost.after + found.chunks,
        fresh: cost.fresh + found.fresh,
      };
    }
    return cost;
  }

  async inspect(id: string, ordinal: number, signal: AbortSignal): Promise<InspectedChunks> {
    const all = await (await this.store).chunks(id);
    const documentTitle = all[0]?.documentTitle ?? (await this.#document(id)).title;
    const at = Math.max(0, Math.min(ordinal, all.length - 1));
    const shown = all.slice(Math.max(0, at - 1), at + 2);
    const { tokenizer } = await this.desk.cutting();
    const texts = shown.map(({ text }) => text);
    const counts = await this.parse.ask('countTokens', { tokenizer, texts }, signal).catch((error: unknown) => {
      if (isAbort(error)) throw error;
      return null;
    });
    return {
      documentTitle,
      count: all.length,
      chunks: shown.map((chunk, i) => ({ ...chunk, tokens: counts?.[i] ?? null })),
    };
  }

  async #document(id: string): Promise<Document> {
    const document = await (await this.store).document(id);
    if (!document) throw new LabError('unexpected', 'That document is not here any more.');
    return document;
  }
}
