import { describe, expect, test } from 'vitest';
import { type DeviceFacts, isMetered, readDevice, watchConnection } from '../../src/device/facts';
import { type Asked, cacheBytes, fitOf, holdTogether, memoryNeeded, sizesOf } from '../../src/device/fit';

const GIB = 1024 ** 3;
const FACTS: DeviceFacts = {
  gpu: 'apple',
  f16: true,
  largestBuffer: 2 ** 30,
  memory: 8 * GIB,
  threads: 4,
  simd: true,
  metered: false,
  storage: { used: 0, quota: 10 * GIB, kept: true },
};
const ASKED: Asked = { toKeep: 5e8, memory: 1e9, tensor: null, device: 'webgpu', needsGpu: false, needsF16: false };
const fit = (asked: Partial<Asked>, facts: Partial<DeviceFacts> = {}) =>
  fitOf({ ...ASKED, ...asked }, { ...FACTS, ...facts });

test('sizes come from a config, with and without the newer names', () => {
  const sizes = { layers: 30, kvHeads: 3, headWidth: 64 };
  const old = { num_hidden_layers: 30, num_attention_heads: 9, num_key_value_heads: 3, hidden_size: 576 };
  expect(sizesOf(old)).toEqual(sizes);
  expect(sizesOf({ text_config: { ...old, head_dim: 64, hidden_size: 640 } })).toEqual(sizes);
  expect(sizesOf({ num_hidden_layers: 2, num_attention_heads: 4, hidden_size: 32 })).toEqual({
    layers: 2,
    kvHeads: 4,
    headWidth: 8,
  });
  for (const config of [null, {}, 'text', { num_hidden_layers: 2 }]) expect(sizesOf(config)).toBeNull();
});

test('memory is weights, cache and runtime; the file is there twice in WebAssembly', () => {
  const sizes = { layers: 30, kvHeads: 3, headWidth: 64 };
  expect(cacheBytes(sizes, 8192, false)).toBe(2 * 30 * 3 * 64 * 8192 * 4);
  const gpu = memoryNeeded(1e8, sizes, 8192, 'webgpu', true);
  const wasm = memoryNeeded(1e8, sizes, 8192, 'wasm', true);
  expect(gpu).toBe(1e8 + 2 * 30 * 3 * 64 * 8192 * 2 + 150e6);
  expect(wasm).toBe(2e8 + 2 * 30 * 3 * 64 * 8192 * 4 + 150e6);
  expect(memoryNeeded(null, sizes, 8192, 'wasm', false)).toBeNull();
});

describe('fit', () => {
  test.each([
    ['fits', null, {}, {}],
    ['tight', 'memory', { memory: 3 * GIB }, {}],
    ['too-large', 'memory', { memory: 5 * GIB }, {}],
    ['too-large', 'memory', { memory: 4.5 * GIB, device: 'wasm' }, { memory: null }],
    ['too-large', 'storage', { toKeep: 9.8 * GIB }, {}],
    ['too-large', 'no-gpu', { needsGpu: true }, { gpu: null }],
    ['too-large', 'f16', { needsF16: true }, { f16: false }],
    ['unknown', null, {}, { memory: null }],
    ['unknown', null, { memory: null }, {}],
    ['fits', null, { toKeep: null }, {}],
    ['fits', null, { tensor: 2 ** 30 }, {}],
    ['tight', 'tensor', { tensor: 2 ** 30 + 1 }, {}],
    ['tight', 'tensor', { tensor: 2 ** 30 + 1, memory: null }, {}],
    ['tight', 'tensor', { tensor: 2 ** 30 + 1 }, { memory: null }],
    ['too-large', 'memory', { tensor: 2 ** 30 + 1, memory: 5 * GIB }, {}],
    ['fits', null, { tensor: 2 ** 30 + 1, device: 'wasm' }, {}],
    ['fits', null, { tensor: 2 ** 30 + 1 }, { largestBuffer: null }],
    ['fits', null, { toKeep: 9e9 }, { storage: { used: null, quota: null, kept: null } }],
  ] as const)('%s because of %s: %o on %o', (verdict, because, asked, facts) => {
    expect(fit(asked, facts)).toMatchObject({ verdict, because });
  });

  test('models are held together while they fit; an unknown one stands alone', () => {
    expect(holdTogether([null], FACTS)).toBe(true);
    expect(holdTogether([1e9, 2e9], FACTS)).toBe(true);
    expect(holdTogether([2e9, 3e9], FACTS)).toBe(false);
    expect(holdTogether([1e8, null], FACTS)).toBe(false);
    expect(holdTogether([1e9, 1e9], { ...FACTS, memory: null })).toBe(false);
  });
});

describe('facts', () => {
  test('are unknown where the browser does not tell', async () => {
    expect(await readDevice({}, 1)).toEqual({
      gpu: null,
      f16: false,
      largestBuffer: null,
      memory: null,
      threads: 1,
      simd: true,
      metered: false,
      storage: { used: null, quota: null, kept: null },
    });
  });

  test('are what it tells', async () => {
    const navigator = {
      deviceMemory: 4,
      storage: { estimate: async () => ({ usage: 5, quota: 100 }), persisted: async () => true },
      gpu: { requestAdapter: async () => ({ info: { vendor: 'google', architecture: 'swiftshader' } }) },
    };
    expect(await readDevice(navigator, 2)).toMatchObject({
      gpu: null,
      memory: 4 * GIB,
      storage: { used: 5, quota: 100, kept: true },
    });
  });

  test('a line is metered when it is a telephone’s, or data is to be saved', () => {
    expect(isMetered({ connection: { saveData: true } })).toBe(true);
    expect(isMetered({ connection: { type: 'cellular' } })).toBe(true);
    expect(isMetered({ connection: { type: 'wifi', saveData: false } })).toBe(false);
    expect(isMetered({})).toBe(false);
  });

  test('a connection that becomes another is heard of, where the browser tells', () => {
    const connection = new EventTarget();
    let heard = 0;
    watchConnection({ connection }, () => heard++);
    watchConnection({}, () => heard++);
    connection.dispatchEvent(new Event('change'));
    expect(heard).toBe(1);
  });
});
