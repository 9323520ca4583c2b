import { expect, test } from 'vitest';
import { findGpu } from '../../src/device/gpu';
import { findPlace } from '../../src/device/place';

const withInfo = (info: object | undefined) => ({ gpu: { requestAdapter: () => Promise.resolve({ info }) } });

test.each([
  ['a browser without WebGPU', {}],
  ['a machine without an adapter', { gpu: { requestAdapter: () => Promise.resolve(null) } }],
  ['a browser that refuses', { gpu: { requestAdapter: () => Promise.reject(new Error('no')) } }],
])('%s has none', async (_name, navigator) => {
  expect(await findGpu(navigator)).toBeNull();
});

test.each([
  [
    { vendor: 'nvidia', architecture: 'ada' },
    { name: 'nvidia ada', unfit: null },
  ],
  [
    { vendor: 'apple', description: 'Apple M3' },
    { name: 'Apple M3', unfit: null },
  ],
  [undefined, { name: 'name unknown', unfit: null }],
  [
    { vendor: 'google', architecture: 'swiftshader' },
    { name: 'google swiftshader', unfit: 'software' },
  ],
  [
    { vendor: 'x', isFallbackAdapter: true },
    { name: 'x', unfit: 'software' },
  ],
])('%o', async (info, expected) => {
  expect(await findGpu(withInfo(info))).toEqual({ ...expected, f16: false, largestBuffer: null });
});

test('a tensor must fit both into a buffer and into what a kernel may bind of it', async () => {
  const features = new Set(['shader-f16']);
  const limits = { maxBufferSize: 2 ** 31, maxStorageBufferBindingSize: 2 ** 30 };
  const navigator = { gpu: { requestAdapter: () => Promise.resolve({ info: {}, features, limits }) } };
  expect(await findGpu(navigator)).toMatchObject({ f16: true, largestBuffer: 2 ** 30 });
});

const SOFTWARE = withInfo({ vendor: 'google', architecture: 'swiftshader' });
const REAL = withInfo({ vendor: 'nvidia', architecture: 'ada' });

test.each([
  ['auto', REAL, { gpu: 'nvidia ada', f16: false, because: null }],
  ['auto', SOFTWARE, { gpu: null, f16: false, because: 'software-gpu' }],
  ['auto', {}, { gpu: null, f16: false, because: 'no-gpu' }],
  ['webgpu', SOFTWARE, { gpu: 'google swiftshader', f16: false, because: null }],
  ['webgpu', {}, { gpu: null, f16: false, because: 'no-gpu' }],
  ['wasm', REAL, { gpu: null, f16: false, because: 'chosen' }],
] as const)('for the choice %s with %o', async (choice, navigator, place) => {
  expect(await findPlace(choice, navigator)).toEqual(place);
});
