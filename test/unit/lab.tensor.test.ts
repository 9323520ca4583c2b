import { expect, test } from 'vitest';
import type { DeviceFacts } from '../../src/device/facts';
import type { Device } from '../../src/inference/session';
import { READERS, type ReaderEntry } from '../../src/generation/models';
import { type Place, described, newlyShelved } from '../../src/lab/depot/shelved';

const GPU_GRAPH = 'onnx/model.onnx';
const entry: ReaderEntry = {
  ...(READERS[0] as ReaderEntry),
  source: {
    kind: 'hub',
    repo: 'test/model',
    revision: 'main',
    weights: { wasm: 'onnx/model_q4.onnx', webgpu: GPU_GRAPH },
  },
};
const facts: DeviceFacts = {
  gpu: 'apple',
  f16: false,
  largestBuffer: 100,
  memory: 8e9,
  threads: 4,
  simd: true,
  metered: false,
  storage: { used: null, quota: null, kept: true },
};
const NAMES = ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'onnx/model_q4.onnx', GPU_GRAPH];

function fitFor(device: Device, whole: boolean, largestTensor: number | null) {
  const files = NAMES.map((path) => ({
    path,
    bytes: 10,
    sha256: null,
    gitOid: null,
    whole,
    ...(path === GPU_GRAPH && { largestTensor }),
  }));
  const place: Place = {
    facts,
    devices: { reader: device, finder: device, reranker: device },
    host: 'https://hub.example',
    lacking: () => [],
    inUse: new Set(),
  };
  const kept = { key: 'hub:test/model', label: 'Model', hub: null, files, addedAt: 1 } as const;
  const weights = { wasm: 'onnx/model_q4.onnx', webgpu: GPU_GRAPH };
  return described({ ...newlyShelved({ role: 'reader', entry }), kept: { ...kept, weights } }, place).fit;
}

test('a kept graph’s largest tensor is held against what the GPU binds, and only where it runs there', () => {
  expect(fitFor('webgpu', true, 101)).toEqual({ verdict: 'tight', needs: 101, has: 100, because: 'tensor' });
  expect(fitFor('webgpu', true, 100)).toMatchObject({ verdict: 'fits', because: null });
  expect(fitFor('wasm', true, 101)).toMatchObject({ verdict: 'fits', because: null });
});

test('of a graph that is not here whole, or was not measured, no tensor is judged', () => {
  expect(fitFor('webgpu', false, 101)).toMatchObject({ verdict: 'fits', because: null });
  expect(fitFor('webgpu', true, null)).toMatchObject({ verdict: 'fits', because: null });
});
