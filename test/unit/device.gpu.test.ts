import { expect, test } from 'vitest';
import { findGpu } from '../../src/device/gpu';

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
  expect(await findGpu(withInfo(info))).toEqual(expected);
});
