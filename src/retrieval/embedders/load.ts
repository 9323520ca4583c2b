import { LabError, isAbort } from '../../errors';
import { fileOf } from '../../inference/files';
import { type Device, openSession } from '../../inference/session';
import { type ReadModel, externalData } from '../../inference/source';
import { Tokenizer } from '../../inference/tokenizer';
import { type Job, type Progress, finish } from '../../job';
import { dequantise } from '../../onnx/dequantise';
import { readModel } from '../../onnx/model';
import { writeModel } from '../../onnx/write';
import type { FinderEntry } from '../embedders';
import { openOnGpu } from '../encoder';
import { selfTest, steadyTest } from '../selfTest';
import { OnnxEmbedder } from './onnx';

export interface LoadedFinder {
  readonly embedder: OnnxEmbedder;
  /** `wasm`, though the GPU was wanted, for a graph that cannot be had in floats: the GPU multiplies no 8-bit integers. */
  readonly device: Device;
}

/**
 * Loads a finder. Vectors made on either device may be compared: those of the
 * 8-bit graph in WebAssembly and of its floats on the GPU had cosines of 0.99984 or more over the sample's 215 passages
 * and questions, where batches of the 8-bit graph alone differ as much among themselves (0.99976).
 * Throws what reading files and opening sessions throws, and `gpu-unfit` where the GPU gives other vectors.
 */
export async function* loadFinder(
  entry: FinderEntry,
  read: ReadModel,
  wanted: Device,
  signal: AbortSignal,
): Job<Progress, LoadedFinder> {
  const { files, weights } = yield* read(entry.source, wanted, signal);
  const tokenizer = new Tokenizer(files);
  const file = fileOf(files, weights);
  const external = externalData({ files, weights });
  const inFloats = wanted === 'webgpu' ? dequantise(readModel(file)) : null;
  signal.throwIfAborted();
  if (!inFloats) {
    const session = await openSession(file, { external });
    return { embedder: new OnnxEmbedder(entry, session, tokenizer, weights), device: 'wasm' };
  }
  const open = async () => {
    const { graph, external: written } = writeModel(inFloats);
    const session = await openSession(graph, { device: 'webgpu', external: [...written, ...external] });
    return new OnnxEmbedder(entry, session, tokenizer, weights);
  };
  const embedder = await openOnGpu(entry.label, open, async (opened) => {
    signal.throwIfAborted();
    await checkVectors(opened, read, tokenizer, signal);
  });
  return { embedder, device: 'webgpu' };
}

async function checkVectors(
  embedder: OnnxEmbedder,
  read: ReadModel,
  tokenizer: Tokenizer,
  signal: AbortSignal,
): Promise<void> {
  const { label, selfTest: known } = embedder.entry;
  if (!known) {
    const reference = await onProcessor(embedder.entry, read, tokenizer, signal);
    const wrong = await steadyTest(embedder, reference, signal).finally(() => reference?.[Symbol.asyncDispose]());
    if (wrong !== null) throw new LabError('gpu-unfit', `On this GPU the ${label} ${wrong}.`);
    return;
  }
  const cosine = await selfTest(embedder, known, signal);
  // False for what is not a number, too.
  if (!(cosine >= known.leastCosine))
    throw new LabError(
      'gpu-unfit',
      `On this GPU the ${label} gave a vector whose cosine with the known one is ${cosine.toFixed(4)}.`,
    );
}

/**
 * The same model on WebAssembly; null where it cannot be had, which says nothing of the GPU: its graph was not fetched,
 * or there is no memory for both.
 */
async function onProcessor(
  entry: FinderEntry,
  read: ReadModel,
  tokenizer: Tokenizer,
  signal: AbortSignal,
): Promise<OnnxEmbedder | null> {
  try {
    const { files, weights } = await finish(read(entry.source, 'wasm', signal));
    const session = await openSession(fileOf(files, weights), { external: externalData({ files, weights }) });
    return new OnnxEmbedder(entry, session, tokenizer, weights);
  } catch (error) {
    if (isAbort(error)) throw error;
    return null;
  }
}
