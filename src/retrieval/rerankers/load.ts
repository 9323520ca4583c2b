import { LabError } from '../../errors';
import { fileOf } from '../../inference/files';
import { type Device, openSession } from '../../inference/session';
import { type ReadModel, externalData } from '../../inference/source';
import { Tokenizer } from '../../inference/tokenizer';
import { type Job, type Progress, finish } from '../../job';
import { openOnGpu } from '../encoder';
import type { RerankerEntry } from '../rerankers';
import { OnnxReranker } from './onnx';

/** Different in length, so that in a batch the shorter are padded, and in what they say. */
const QUESTION = 'How long is the trial period?';
const PASSAGES = [
  'Tea.',
  'The trial period is five months, and either side may end it with two weeks’ notice in writing.',
  'Rowing boats are kept in the shed behind the harbour; ask the warden for a key.',
];
/** What rounding may change of a probability on one device, alone or in a padded batch, in 16-bit floats too. */
const SAME = 0.02;

/**
 * Loads a reranker. Throws what reading files and opening sessions throws, and `gpu-unfit` where the GPU gives values
 * that are not numbers, or others for a passage among others than for it alone.
 */
export async function* loadReranker(
  entry: RerankerEntry,
  read: ReadModel,
  device: Device,
  signal: AbortSignal,
): Job<Progress, OnnxReranker> {
  const { files, weights } = yield* read(entry.source, device, signal);
  const tokenizer = new Tokenizer(files);
  const options = { device, external: externalData({ files, weights }) };
  const open = async () => new OnnxReranker(entry, await openSession(fileOf(files, weights), options), tokenizer);
  signal.throwIfAborted();
  if (device === 'wasm') return await open();
  return await openOnGpu(entry.label, open, (reranker) => checkScores(reranker, signal));
}

async function checkScores(reranker: OnnxReranker, signal: AbortSignal): Promise<void> {
  const together = await finish(reranker.score(QUESTION, PASSAGES, signal));
  for (const [i, passage] of PASSAGES.entries()) {
    const [alone = NaN] = await finish(reranker.score(QUESTION, [passage], signal));
    if (!(Math.abs(alone - (together[i] ?? NaN)) <= SAME))
      throw new LabError(
        'gpu-unfit',
        `On this GPU the ${reranker.entry.label} gives a passage among others another score.`,
      );
  }
}
