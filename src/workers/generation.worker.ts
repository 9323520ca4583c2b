/** Runs the reader. Composition root: names the engine. */
import { readPeft } from '../adapters/peft';
import { gpuFeatures } from '../device/gpu';
import { findPlace } from '../device/place';
import { LabError } from '../errors';
import type { Engine, LoadedModel } from '../generation/engine';
import { OpenAiEngine } from '../generation/engines/openai';
import { TransformersEngine } from '../generation/engines/transformers';
import { WebllmEngine } from '../generation/engines/webllm';
import type { ReaderEntry } from '../generation/models';
import { testWriting } from '../generation/writingTest';
import type { GenerationJobs } from './jobs';
import { modelReader } from './modelReader';
import { serve } from './rpc';
import { useOwnRuntime } from './runtime';

useOwnRuntime();

let model: LoadedModel | null = null;

function loaded(): LoadedModel {
  if (!model) throw new LabError('model-not-loaded', 'No reader is loaded.');
  return model;
}

function engineOf({ engine, label }: ReaderEntry, key: string | null): Engine {
  if (engine === 'openai') return new OpenAiEngine(() => key, location.protocol);
  if (engine === 'webllm') return new WebllmEngine(() => gpuFeatures(navigator));
  throw new LabError('model-unsupported', `Nothing here runs ${label}.`);
}

/* eslint-disable require-yield -- jobs without progress only return */
const jobs: GenerationJobs = {
  async *load({ base, entry, again, device, own, key }, signal) {
    if (entry.engine !== 'transformers') {
      const next = yield* engineOf(entry, key).load(entry, signal);
      await model?.[Symbol.asyncDispose]();
      model = next;
      return { runsOn: next.runsOn, because: null };
    }
    const { gpu, because, f16 } = await findPlace(device, navigator);
    const readModel = modelReader({ base, again, f16, own });
    const engine = new TransformersEngine(readModel, gpu === null ? 'wasm' : 'webgpu');
    const next = yield* engine.load(entry, signal);
    await model?.[Symbol.asyncDispose]();
    model = next;
    return { runsOn: gpu === null ? next.runsOn : `${next.runsOn} (${gpu})`, because };
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
  async *selfTest(_input, signal) {
    return await testWriting(loaded(), signal);
  },
  async *countTokens({ texts }) {
    return await loaded().countTokens(texts);
  },
  async *write({ requests }, signal) {
    return yield* loaded().write(requests, signal);
  },
};

serve(jobs, self);
