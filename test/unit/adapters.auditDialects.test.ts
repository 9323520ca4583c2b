/** The weights under an adapter, in every graph that exporters and quantisers make of one model. */
import { expect, test } from 'vitest';
import { baseWeights } from '../../src/adapters/audit/base';
import { readModel } from '../../src/onnx/model';
import { graphOf, logitsOf, NAMES } from '../fixtures/graft/cases';

/** How far weights may be from the plain ones, of their own size: that of a step of 4 bits, of 8, or of a 16-bit float. */
function tolerance(name: string): number {
  if (/q4|int4/.test(name)) return 0.15;
  if (/int8/.test(name)) return 0.02;
  return /f16|fp16/.test(name) ? 1e-3 : 1e-6;
}

test.each(NAMES)('%s', (name) => {
  const { family, adapter } = logitsOf(name);
  const plain = baseWeights(readModel(graphOf(`optimum-${family}`)), new Map());
  const base = baseWeights(readModel(graphOf(name)), new Map());
  expect(adapter.pairs.length).toBeGreaterThan(3);
  for (const pair of adapter.pairs) {
    const expected = plain.of(pair);
    const found = base.of(pair);
    const place = `layer ${String(pair.layer)}, ${pair.projection}`;
    expect(found.length, place).toBe(pair.inputs * pair.outputs);
    const size = Math.hypot(...expected);
    expect(size, place).toBeGreaterThan(0.1);
    expect(Math.hypot(...found.map((value, i) => value - (expected[i] ?? NaN))) / size, place).toBeLessThan(
      tolerance(name),
    );
  }
});
