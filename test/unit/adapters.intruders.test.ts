/** Intruder dimensions, held against PEFT's own `reduce_intruder_dimension` (`fixtures/peft/make/audit.py`). */
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { LoraPair } from '../../src/adapters/adapter';
import { type Intruder, findIntruders, mitigate } from '../../src/adapters/audit/intruders';
import { readPeft } from '../../src/adapters/peft';
import { readSafetensors } from '../../src/adapters/safetensors';
import { peftFiles, peftJson } from '../fixtures/peft/read';
import { ended } from '../fixtures/peft/ended';

interface Recorded {
  readonly settings: { readonly top_k: number; readonly threshold_epsilon: number };
  readonly modules: Readonly<Record<string, { readonly cosines: readonly number[]; readonly intruders: number }>>;
}
const recorded = (await peftJson('audit/audit.json')) as Readonly<Record<string, Recorded>>;
const base = readSafetensors(
  new Uint8Array(await readFile(new URL('../fixtures/peft/audit/base.safetensors', import.meta.url))),
);

async function pairsOf(folder: string) {
  const { config, weights } = await peftFiles(`audit/${folder}`);
  return readPeft(folder, folder, config, weights).pairs;
}

/** dW, by module. */
function change({ a, b, rank, inputs, outputs, scale }: LoraPair): Float64Array {
  return Float64Array.from({ length: inputs * outputs }, (_, at) => {
    const [o, i] = [Math.floor(at / inputs), at % inputs];
    let sum = 0;
    for (let r = 0; r < rank; r++) sum += (b[o * rank + r] ?? NaN) * (a[r * inputs + i] ?? NaN);
    return sum * scale;
  });
}

function apart(x: Float64Array, y: Float64Array): number {
  return x.length === y.length ? x.reduce((most, value, i) => Math.max(most, Math.abs(value - (y[i] ?? NaN))), 0) : NaN;
}

async function find(name: string): Promise<Map<string, { pair: LoraPair; intruders: Intruder[] }>> {
  const { settings } = recorded[name] ?? { settings: { top_k: 0, threshold_epsilon: 0 } };
  const found = new Map<string, { pair: LoraPair; intruders: Intruder[] }>();
  for (const pair of await pairsOf(name)) {
    const weights = base.get(pair.module)?.data ?? new Float32Array();
    const job = findIntruders(weights, pair, { topK: settings.top_k, epsilon: settings.threshold_epsilon });
    found.set(pair.module, { pair, intruders: ended(job) });
  }
  return found;
}

describe.each([
  ['none', 0, ['075']],
  ['random', 16, ['075', '000']],
  ['few', 17, ['075', '000']],
  ['constructed', 7, ['075', '000']],
])('%s', (name, total, shares) => {
  test('the same intruders, with the same cosines', async () => {
    const found = await find(name);
    const { settings, modules } = recorded[name] ?? { settings: { top_k: 0, threshold_epsilon: 0 }, modules: {} };
    expect([...found.keys()].toSorted()).toEqual(Object.keys(modules).toSorted());
    for (const [module, { intruders }] of found) {
      const peft = modules[module];
      expect(intruders, module).toHaveLength(peft?.intruders ?? NaN);
      const below = peft?.cosines.filter((cosine) => cosine < settings.threshold_epsilon) ?? [];
      // PEFT computes in single precision.
      intruders.forEach(({ cosine }, i) => expect(cosine, module).toBeCloseTo(below[i] ?? NaN, 3));
    }
    expect([...found.values()].reduce((sum, { intruders }) => sum + intruders.length, 0)).toBe(total);
  });

  test.each(shares)('what is left of the adapter at 0.01 of %s', async (share) => {
    const expected = new Map((await pairsOf(`${name}-${share}`)).map((pair) => [pair.module, pair]));
    let changed = 0;
    for (const [module, { pair, intruders }] of await find(name)) {
      const peft = expected.get(module);
      if (!peft) throw new Error(`PEFT left no ${module}.`);
      const ours = mitigate(pair, intruders, Number(share) / 100);
      expect([ours.rank, ours.scale]).toEqual([peft.rank, peft.scale]);
      expect(apart(change(ours), change(peft)), module).toBeLessThan(1e-4 * Math.max(...change(pair).map(Math.abs)));
      if (intruders.length === 0) expect(ours).toBe(pair);
      else changed++;
    }
    expect(changed).toBe(Object.values(recorded[name]?.modules ?? {}).filter(({ intruders }) => intruders > 0).length);
  });
});

test('a whole share changes nothing', async () => {
  for (const { pair, intruders } of (await find('random')).values())
    expect(apart(change(mitigate(pair, intruders, 1)), change(pair))).toBeLessThan(1e-5);
});
