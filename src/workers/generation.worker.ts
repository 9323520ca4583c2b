/** Runs the reader. Composition root: names the engine. */
import { readPeft } from '../adapters/peft';
import { findGpu } from '../device/gpu';
import { LabError } from '../errors';
import type { LoadedModel } from '../generation/engine';
import { TransformersEngine } from '../generation/engines/transformers';
import { READERS } from '../generation/models';
import { webFiles } from '../inference/files';
import { pageModels } from '../inference/source';
import type { GenerationJobs } from './jobs';
import { serve } from './rpc';
import { useOwnRuntime } from './runtime';

useOwnRuntime();

let model: LoadedModel | null = null;

function loaded(): LoadedModel {
  if (!model) throw new LabError('model-not-loaded', 'No reader is loaded.');
  return model;
}

/* eslint-disable require-yield -- jobs without progress only return */
const jobs: GenerationJobs = {
  async *load({ base, readerId, again, device }, signal) {
    const entry = READERS.find(({ id }) => id === readerId);
    if (!entry) throw new LabError('model-unsupported', `There is no reader “${readerId}”.`);
    const gpu = device === 'wasm' ? null : await findGpu(navigator);
    const onGpu = gpu !== null && (device === 'webgpu' || gpu.unfit === null);
    const engine = new TransformersEngine(pageModels(base, webFiles(again)), onGpu ? 'webgpu' : 'wasm');
    const next = yield* engine.load(entry, signal);
    await model?.[Symbol.asyncDispose]();
    model = next;
    if (onGpu) return { runsOn: `${next.runsOn} (${gpu.name})`, because: null };
    return { runsOn: next.runsOn, because: device === 'wasm' ? 'chosen' : gpu ? 'software-gpu' : 'no-gpu' };
  },
  async *addAdapter({ id, label, config, weights }) {
    const adapter = readPeft(id, label, config, weights);
    await loaded().addAdapter(adapter);
    return { rank: adapter.rank, alpha: adapter.alpha, baseModel: adapter.baseModel };
  },
  async *base() {
    const { targets, model } = loaded();
    return targets ? { baseName: model.baseName, targets } : null;
  },
  async *removeAdapter({ id }) {
    await loaded().removeAdapter(id);
    return null;
  },
  async *countTokens({ texts }) {
    return await loaded().countTokens(texts);
  },
  async *write({ requests }, signal) {
    return yield* loaded().write(requests, signal);
  },
};

serve(jobs, self);
