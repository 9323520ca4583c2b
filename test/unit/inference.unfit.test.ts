import { expect, test } from 'vitest';
import { LabError } from '../../src/errors';
import { gpuTrouble } from '../../src/inference/unfit';

test.each(['gpu-unfit', 'gpu-lost', 'out-of-memory', 'runtime-missing'] as const)('%s is told as it is', (code) => {
  const error = new LabError(code, 'Gone.');
  expect(gpuTrouble(error, 'Tiny reader')).toBe(error);
});

test('a stop is told as it is', () => {
  const stop = new DOMException('Stopped.', 'AbortError');
  expect(gpuTrouble(stop, 'Tiny reader')).toBe(stop);
});

test.each([
  new LabError('model-corrupt', 'ONNX Runtime refused: no such shader.'),
  new LabError('unexpected', 'ONNX Runtime refused: no such shader.'),
  new Error('no such shader'),
  'no such shader',
])('what could not be done on the GPU, %s, is a GPU that is not fit', (error) => {
  const told = gpuTrouble(error, 'Tiny reader');
  expect(told).toMatchObject({ name: 'LabError', code: 'gpu-unfit' });
  expect((told as LabError).message).toContain('no such shader');
});
