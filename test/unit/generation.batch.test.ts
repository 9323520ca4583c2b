/** The real reader: all lanes in one batch write what each writes alone. */
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type NodeLab, openNodeLab } from '../../src/cli/nodeLab';
import type { Completion, WriteRequest } from '../../src/generation/engine';
import { finish } from '../../src/job';
import { openBench } from '../../src/lanes/bench';
import { PRESETS } from '../../src/lanes/presets';
import { brief } from '../../src/lanes/strategies';

const TOLERANCE = 1e-3;
const { signal } = new AbortController();

/** The logits that each request's tokens were picked from, in the order of the requests. */
const seen = vi.hoisted(() => ({ requests: [] as Float32Array[][] }));
vi.mock(import('../../src/generation/sampling'), async (original) => {
  const actual = await original();
  const picker: typeof actual.picker = (sampling) => {
    const logits: Float32Array[] = [];
    seen.requests.push(logits);
    const pick = actual.picker(sampling);
    return (values) => {
      logits.push(values.slice());
      return pick(values);
    };
  };
  return { ...actual, picker };
});

let lab: NodeLab;
beforeAll(async () => {
  lab = await openNodeLab(
    PRESETS.flatMap(({ lanes }) => lanes),
    signal,
  );
});
afterAll(() => lab[Symbol.asyncDispose]());
beforeEach(() => {
  seen.requests = [];
});

async function write(
  requests: readonly WriteRequest[],
): Promise<{ tokens: readonly number[]; logits: Float32Array[] }[]> {
  seen.requests = [];
  const completions: Completion[] = await finish(lab.model.write(requests, signal));
  return completions.map((completion, i) => {
    if (completion.kind !== 'written') throw new Error(completion.message);
    return { tokens: completion.tokens ?? [], logits: seen.requests[i] ?? [] };
  });
}

/** How far apart the two most likely tokens are. */
function margin(logits: Float32Array): number {
  const [first = 0, second = 0] = logits.toSorted().slice(-2).reverse();
  return first - second;
}

describe.each(PRESETS.map((preset) => [preset.name, preset] as const))('%s', (_name, { lanes }) => {
  test.each([5, 37])('question %d: the same logits within 1e-3, and the same text', async (which) => {
    const question = lab.questions.filter(({ kind }) => kind === 'plain')[which];
    if (!question) throw new Error('The sample has no such question.');
    const bench = openBench(question, lab.retriever, 7, signal);
    const requests: WriteRequest[] = [];
    for (const { sees, told, wears, sampling } of lanes)
      requests.push({ messages: (await brief(sees, told, bench)).messages, wears, sampling });
    const together = await write(requests);
    let compared = 0;
    for (const [i, request] of requests.entries()) {
      const [alone] = await write([request]);
      const batched = together[i];
      if (!alone || !batched) throw new Error('An answer is missing.');
      for (const [step, logits] of alone.logits.entries()) {
        const other = batched.logits[step] ?? new Float32Array();
        const furthest = logits.reduce(
          (most, value, token) => Math.max(most, Math.abs(value - (other[token] ?? NaN))),
          0,
        );
        expect(furthest).toBeLessThan(TOLERANCE);
        compared++;
        if (alone.tokens[step] !== batched.tokens[step]) {
          expect(margin(logits)).toBeLessThan(TOLERANCE);
          break;
        }
      }
    }
    expect(compared).toBeGreaterThan(lanes.length * 5);
  });
});
