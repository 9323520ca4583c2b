/** Reads documents and cuts them. Disposable: ended and started anew whenever a document hangs it. Composition root: names the formats. */
import { ZIP_REFUSALS } from '../documents/bundle';
import { type CutWith, chunksOf, cutKey } from '../documents/chunking';
import type { Chunk, Document } from '../documents/document';
import { readFile } from '../documents/formats';
import { useCharacterMaps } from '../documents/formats/pdf';
import { WORDS, tokenMeasure } from '../documents/measure';
import type { Job, Progress } from '../job';
import { embeddedText } from '../retrieval/passageText';
import { blobSource, unpack } from '../zip';
import { finderTokens } from './finderTokens';
import type { CutChunks, Cutting, ParseJobs } from './jobs';
import { serve } from './rpc';

// Behind an import of its own, since few documents need one of the 168.
useCharacterMaps(async (name) => (await import('./characterMaps')).characterMap(name));

// pdf.js leaves some rejections of damaged pages unheard, besides telling its caller; they would only fill the console.
self.addEventListener('unhandledrejection', (event) => {
  event.preventDefault();
});

/** A sign of life after so many. */
const CHUNKS_PER_STEP = 500;

async function cutWith({ settings, tokenizer, summary }: Cutting, signal: AbortSignal): Promise<CutWith> {
  if (settings.unit === 'words') return { measure: WORDS, tokenizer: null, summary };
  const measure = tokenMeasure(await finderTokens(tokenizer, signal));
  return { measure, tokenizer: tokenizer.entry.id, summary };
}

async function* cut(document: Document, cutting: Cutting, signal: AbortSignal): Job<Progress, CutChunks> {
  const how = await cutWith(cutting, signal);
  const chunks: Chunk[] = [];
  for (const chunk of chunksOf(document, cutting.settings, how)) {
    chunks.push(chunk);
    if (chunks.length % CHUNKS_PER_STEP === 0)
      yield { step: `Cutting ${document.title}`, done: chunks.length, total: null, unit: 'chunks' };
  }
  return { chunks, cut: cutKey(cutting.settings, how.tokenizer, how.summary?.writer) };
}

/* eslint-disable require-yield -- jobs without progress only return */
const jobs: ParseJobs = {
  async *read({ cutting, ...file }, signal) {
    const document = yield* readFile(file, signal);
    return { document, ...(yield* cut(document, cutting, signal)) };
  },

  cut({ document, cutting }, signal) {
    return cut(document, cutting, signal);
  },

  async *preview({ document, cutting, from, to }, signal) {
    const how = await cutWith(cutting, signal);
    const shown = [];
    for (const { start, end, text } of chunksOf(document, cutting.settings, how)) {
      if (start >= to) break;
      if (end > from) shown.push({ start, end, length: how.measure.count(text) });
    }
    return shown;
  },

  async *weigh({ document, chunks, cutting }, signal) {
    const known = new Set(chunks.map(embeddedText));
    const next = (yield* cut(document, cutting, signal)).chunks;
    return { chunks: next.length, fresh: next.filter((chunk) => !known.has(embeddedText(chunk))).length };
  },

  async *countTokens({ tokenizer, texts }, signal) {
    const tokens = tokenMeasure(await finderTokens(tokenizer, signal));
    return texts.map((text) => tokens.count(text));
  },

  // Bounded by what the zip's directory says.
  async *unpack({ zip, head }) {
    return await unpack(blobSource(zip), head, ZIP_REFUSALS);
  },
};

serve(jobs, self);
