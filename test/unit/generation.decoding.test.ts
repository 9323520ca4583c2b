import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LabError } from '../../src/errors';
import { type DecodeEvent, type DecodeRow, decode } from '../../src/generation/decoding';
import type { Feeds } from '../../src/inference/session';
import { picker } from '../../src/generation/sampling';
import { toyShape as shape } from '../fixtures/decoderShape';
import { VOCABULARY, memorySession, nextToken } from '../fixtures/memorySession';

const { signal } = new AbortController();
const GREEDY = picker({ temperature: 0, topP: 1, maxTokens: 1, seed: 0 });
const row = (prompt: readonly number[], maxTokens = 9, wearing = ''): DecodeRow => {
  return { prompt, maxTokens, pick: GREEDY, wearing };
};
const noLora = () => ({});

/** What the toy writes after that prompt, read off its rule. */
function alone({ prompt, maxTokens }: DecodeRow): { tokens: number[]; stoppedBy: 'end' | 'length' } {
  const tokens: number[] = [];
  while (tokens.length < maxTokens) {
    const token = nextToken([...prompt, ...tokens]);
    if (token === 0) return { tokens, stoppedBy: 'end' };
    tokens.push(token);
  }
  return { tokens, stoppedBy: 'length' };
}

async function collect(decoding: AsyncGenerator<DecodeEvent, void, void>, rows: readonly DecodeRow[]) {
  const events: DecodeEvent[] = [];
  for await (const event of decoding) events.push(event);
  const written = rows.map((_, i) => {
    const own = events.filter((event) => event.row === i);
    const last = own.at(-1);
    return {
      tokens: own.flatMap((event) => (event.kind === 'token' ? [event.token] : [])),
      stoppedBy: last?.kind === 'end' ? last.stoppedBy : last?.kind,
    };
  });
  return { events, written };
}

const run = (
  session: ReturnType<typeof memorySession>,
  rows: readonly DecodeRow[],
  how = shape(session.layout, true, session.states),
) => collect(decode(session, how, { rows, lora: noLora }, signal), rows);

const PROMPT = fc.array(fc.integer({ min: 1, max: VOCABULARY - 1 }), { minLength: 1, maxLength: 40 });

describe.each([
  ['fresh', false],
  ['whole', false],
  ['behind', false],
  ['fresh', true],
  ['whole', true],
  ['behind', true],
] as const)('a graph that gives back columns: %s; and a state: %s', (layout, states) => {
  const quiet = () => undefined;
  test('rows in a batch write what each writes alone, and leave nothing behind', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(PROMPT, fc.integer({ min: 1, max: 12 })), { maxLength: 6 }), async (asked) => {
        const session = memorySession(layout, quiet, [], states);
        const rows = asked.map(([prompt, maxTokens]) => row(prompt, maxTokens));
        const { written } = await run(session, rows);
        expect(written).toEqual(rows.map(alone));
        expect(session.held()).toBe(0);
      }),
      { numRuns: 150, seed: 1 },
    );
  });

  test('also where prompts begin alike, and then reads less', async () => {
    const beginning = Array.from({ length: 600 }, (_, i) => 1 + (i % 7));
    const rows = [row([...beginning, 3, 4]), row([...beginning, 5]), row([...beginning, 3, 4]), row([2, 2])];
    const session = memorySession(layout, quiet, [], states);
    const { written } = await run(session, rows);
    expect(written).toEqual(rows.map(alone));
    // A state is only known at the end of a prompt, and none of these begins with another as a whole.
    if (states) expect(session.read()).toBe(602 + 601 + 602 + 2);
    else expect(session.read()).toBeLessThan(2 + 601 + 2 + 2 + 1);
    const other = memorySession(layout, quiet, [], states);
    await run(
      other,
      rows.map((one, i) => ({ ...one, wearing: String(i) })),
    );
    expect(other.read()).toBe(602 + 601 + 602 + 2);
    expect(session.held() + other.held()).toBe(0);
  });

  test('also where a prompt is the whole beginning of another', async () => {
    const beginning = Array.from({ length: 40 }, (_, i) => 1 + (i % 7));
    const rows = [row(beginning), row([...beginning, 3, 4]), row([...beginning, 5])];
    const session = memorySession(layout, quiet, [], states);
    const { written } = await run(session, rows);
    expect(written).toEqual(rows.map(alone));
    expect(session.read()).toBeLessThan(40 + 42 + 41);
    expect(session.held()).toBe(0);
  });

  test.each([1, 2, 3])('a batch of more than %d rows that runs out of memory is halved and goes on', async (most) => {
    const rows = [[5, 6], [7, 1, 2], [3], [4, 4, 4, 4], [6, 2]].map((prompt) => row(prompt, 12));
    const full = (feeds: Feeds) => {
      if ((feeds['input_ids']?.dims[0] ?? 0) > most) throw new LabError('out-of-memory', 'Full.');
    };
    const session = memorySession(layout, full, [], states);
    const { written } = await run(session, rows);
    expect(written).toEqual(rows.map(alone));
    expect(session.held()).toBe(0);
  });
});

describe('decoding', () => {
  test('whoever leaves, after whichever event, leaves nothing behind', async () => {
    const long = Array.from({ length: 700 }, (_, i) => 1 + (i % 5));
    const rows = [row(long, 4), row([5, 6], 12), row([...long, 3], 4), row([7, 1, 2], 3)];
    let events = 0;
    for (let after = 1; ; after++) {
      const session = memorySession('fresh');
      const decoding = decode(session, shape(), { rows, lora: noLora }, signal);
      let ended = false;
      for (let i = 0; i < after && !ended; i++) ended = (await decoding.next()).done === true;
      await decoding.return();
      expect(session.held()).toBe(0);
      if (ended) break;
      events++;
    }
    expect(events).toBeGreaterThan(rows.length * 2);
  });

  test('reads the prompt once and then one token at a time, positions only for a graph that asks', async () => {
    const rows = [row([5, 6, 7])];
    const session = memorySession('fresh', () => undefined, ['position_ids']);
    const { written, events } = await run(session, rows);
    const count = written[0]?.tokens.length ?? 0;
    expect(count).toBeGreaterThan(1);
    expect(session.fed.map(({ ids }) => ids)).toEqual([
      [5, 6, 7],
      ...(written[0]?.tokens ?? []).map((token) => [token]),
    ]);
    expect(session.fed.slice(0, 3).map(({ positions }) => positions)).toEqual([[0, 1, 2], [3], [4]]);
    expect(events.at(-1)).toMatchObject({ shared: false });
    const without = memorySession('fresh');
    await run(without, rows);
    expect(without.fed.some(({ positions }) => positions !== null)).toBe(false);
  });

  test('runs the model once per token written and no more', async () => {
    const prompt = [5, 6, 7];
    const { tokens } = alone(row(prompt, 3));
    expect(tokens).toHaveLength(3);
    const session = memorySession('fresh');
    await run(session, [row(prompt, 3)]);
    expect(session.fed).toHaveLength(3);
  });

  test('all rows that write share each pass, and one that has ended is in none', async () => {
    const rows = [row([5, 6], 2), row([5, 7], 6), row([6, 1], 4)];
    const session = memorySession('fresh');
    const { written, events } = await run(session, rows);
    const lengths = written.map(({ tokens }) => tokens.length);
    expect(session.passes.reduce((sum, rowsInPass) => sum + rowsInPass, 0)).toBeLessThanOrEqual(
      rows.length + lengths.reduce((sum, length) => sum + length, 0),
    );
    expect(Math.max(...session.passes)).toBeGreaterThan(1);
    expect(events.filter((event) => event.kind === 'end' && event.shared).length).toBeGreaterThan(0);
  });

  test('a row that writes waits for one pass of another prompt and no longer', async () => {
    const long = Array.from({ length: 1000 }, (_, i) => 1 + (i % 5));
    const rows = [row(long, 2), row([5, 6], 12), row([...long, 1], 2, 'other')];
    const session = memorySession('fresh');
    await run(session, rows);
    // Reading passes have more tokens than rows.
    const reading = session.fed.map(({ ids }, i) => ids.length > (session.passes[i] ?? 0));
    const short = alone(rows[1] ?? row([])).tokens.length;
    const first = reading.slice(0, 2 * Math.min(short, 4));
    expect(first.filter((reads, i) => reads && first[i + 1]).length).toBe(0);
  });

  test('int8 decoders are never batched, and read a prompt in one pass', async () => {
    const rows = [row([5, 6]), row(Array.from({ length: 700 }, (_, i) => 1 + (i % 6))), row([7])];
    const session = memorySession('fresh');
    const { written, events } = await run(session, rows, shape('fresh', false));
    expect(written).toEqual(rows.map(alone));
    expect(new Set(session.passes)).toEqual(new Set([1]));
    expect(session.fed.some(({ ids }) => ids.length === 700)).toBe(true);
    expect(events.some((event) => event.kind === 'end' && event.shared)).toBe(false);
  });

  test('feeds the adapters of the rows in the pass, in their order', async () => {
    const rows = [row([5, 6, 7]), row([5, 1])];
    const asked: number[][] = [];
    const session = memorySession('fresh');
    const lora = (of: readonly number[]) => {
      asked.push([...of]);
      return { gate: { type: 'float32', data: Float32Array.from(of), dims: [of.length, 1, 1] } as const };
    };
    await collect(decode(session, shape(), { rows, lora }, signal), rows);
    expect(asked.slice(0, 2)).toEqual([[1], [1]]);
    expect(asked).toContainEqual([0]);
    expect(asked.map((of) => of.length)).toEqual(session.passes);
  });

  test('a row that fails is an event, and the others go on', async () => {
    const rows = [row([5, 6]), row([7, 7, 7]), row([3])];
    const session = memorySession('fresh', (feeds, ids) => {
      if (ids.length === 3 && feeds['input_ids']?.dims[0] === 1) throw new LabError('unexpected', 'No.');
    });
    const { written, events } = await run(session, rows);
    expect(events.find((event) => event.kind === 'failed')).toMatchObject({ row: 1, error: { message: 'No.' } });
    expect([written[0], written[2]]).toEqual([rows[0], rows[2]].map((one) => alone(one ?? row([]))));
    expect(session.held()).toBe(0);
  });

  test('hears a message that asks it to stop, however fast the model is, and frees everything', async () => {
    const abort = new AbortController();
    const session = memorySession('fresh');
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener('message', () => {
      abort.abort();
    });
    port1.start();
    port2.postMessage('stop');
    // Picks 1 for ever.
    const rows = [0, 1].map((i) => ({ ...row([5, 6 + i], 3000), pick: () => 1 }));
    const decoding = collect(decode(session, shape(), { rows, lora: noLora }, abort.signal), rows);
    await expect(decoding).rejects.toHaveProperty('name', 'AbortError');
    expect(session.held()).toBe(0);
    port1.close();
  });
});

describe('sampling', () => {
  const logits = Float32Array.from([Math.log(0.5), Math.log(0.3), Math.log(0.2)]);
  const draws = (sampling: { temperature: number; topP: number; seed: number }, count: number) => {
    const pick = picker({ maxTokens: 1, ...sampling });
    return Array.from({ length: count }, () => pick(logits));
  };
  const shares = (drawn: readonly number[]) =>
    [0, 1, 2].map((token) => drawn.filter((one) => one === token).length / drawn.length);

  test('greedy takes the most likely token, the lower one of equals', () => {
    expect(GREEDY(Float32Array.from([1, 3, 3, 2]))).toBe(1);
  });

  test('draws each token as often as the softmax says', () => {
    const [a = 0, b = 0, c = 0] = shares(draws({ temperature: 1, topP: 1, seed: 1 }, 20_000));
    expect(Math.abs(a - 0.5)).toBeLessThan(0.02);
    expect(Math.abs(b - 0.3)).toBeLessThan(0.02);
    expect(Math.abs(c - 0.2)).toBeLessThan(0.02);
  });

  test('temperature 1/2 squares the odds', () => {
    const [a = 0] = shares(draws({ temperature: 0.5, topP: 1, seed: 1 }, 20_000));
    expect(Math.abs(a - 0.25 / 0.38)).toBeLessThan(0.02);
  });

  test('top-p keeps the smallest set of tokens that holds that much', () => {
    expect(new Set(draws({ temperature: 1, topP: 0.4, seed: 1 }, 500))).toEqual(new Set([0]));
    expect(new Set(draws({ temperature: 1, topP: 0.7, seed: 1 }, 500))).toEqual(new Set([0, 1]));
    expect(new Set(draws({ temperature: 1, topP: 1, seed: 1 }, 500))).toEqual(new Set([0, 1, 2]));
  });

  test('a seed repeats its draws, another gives others', () => {
    const some = (seed: number) => draws({ temperature: 1, topP: 1, seed }, 50);
    expect(some(4)).toEqual(some(4));
    expect(some(4)).not.toEqual(some(5));
  });
});
