/** Lanes of several models, asked of desks that play a script. */
import { expect, test } from 'vitest';
import { LabError } from '../../src/errors';
import type { Completion, WriteEvent, WriteRequest } from '../../src/generation/engine';
import { type Job, finish } from '../../src/job';
import type { AdapterShelf } from '../../src/lab/adapters';
import { Asking, merged } from '../../src/lab/asking';
import type { Depot } from '../../src/lab/depot';
import type { Readers } from '../../src/lab/readers';
import { openBench } from '../../src/lanes/bench';
import type { CompareEvent, Lane } from '../../src/lanes/lane';
import { PRESETS } from '../../src/lanes/presets';
import type { Retriever } from '../../src/retrieval/retriever';

const { signal } = new AbortController();
const [CLOSED] = PRESETS[0]?.lanes ?? [];
const lane = (id: string, modelId: string): Lane => ({ ...(CLOSED as Lane), id, modelId });
const LANES = [lane('1', 'small'), lane('2', 'large'), lane('3', ''), lane('4', 'large')];
const question = { id: 'q', text: 'Why?', accepted: null, evidence: [], kind: 'plain', rephrases: null } as const;
const usage = { promptTokens: 1, answerTokens: 1, firstTokenMs: 5, decodeMs: 1, shared: true };

const settle = (ms = 1) => new Promise((done) => setTimeout(done, ms));

interface Play {
  /** Models that cannot be loaded, with what they throw. */
  readonly broken?: Readonly<Record<string, Error>>;
  readonly together?: boolean;
  /** Models that run elsewhere. */
  readonly remote?: readonly string[];
}

/** What happened in order: `small loads`, `small writes 2`, `makes room for small`. */
function play({ broken = {}, together = true, remote = [] }: Play) {
  let runsOn = 'WASM';
  const log: string[] = [];
  const desk = (id: string) => {
    if (id === 'gone') throw new LabError('model-not-fetched', 'There is no model “gone” here.');
    return {
      worker: { ask: (_job: string, { texts }: { texts: string[] }) => Promise.resolve(texts.map(() => 3)) },
      ready: async () => {
        log.push(`${id} loads`);
        await settle();
        if (broken[id]) throw broken[id];
      },
      whenReady: <T>(work: () => Promise<T>) => work(),
      async *write(requests: readonly WriteRequest[]): Job<WriteEvent, Completion[]> {
        log.push(`${id} writes ${String(requests.length)}`);
        const completions: Completion[] = [];
        for (const request of requests.keys()) {
          yield { kind: 'started', request, promptTokens: 1 };
          await settle();
          yield { kind: 'text', request, text: id, ms: 1 };
          const completion: Completion = { kind: 'written', text: id, tokens: [1], stoppedBy: 'end', usage };
          completions.push(completion);
          yield { kind: 'done', request, completion };
        }
        log.push(`${id} is done`);
        return completions;
      },
    };
  };
  const readers = {
    desk,
    fitTogether: () => together,
    makeRoom: (ids: string[]) => log.push(`makes room for ${ids.join(' and ')}`),
  };
  const catalogue = {
    uses: { reader: 'small' },
    shown: (id: string) => ({
      label: `The ${id} one`,
      state: { kind: 'ready', runsOn },
      leavesDevice: remote.includes(id),
    }),
  };
  const adapters = { hold: () => Promise.resolve() };
  const asking = new Asking(
    readers as unknown as Readers,
    adapters as unknown as AdapterShelf,
    { catalogue, reader: (id: string) => ({ baseName: id }) } as unknown as Depot,
  );
  const events: CompareEvent[] = [];
  const ask = (lanes: readonly Lane[], stop = signal) =>
    finish(asking.ask(lanes, openBench(question, {} as Retriever, 1, stop), stop, performance.now()), (event) =>
      events.push(event),
    );
  const writes = () => log.filter((line) => line.includes(' writes '));
  return { ask, asking, log, events, writes, runOn: (device: string) => (runsOn = device) };
}

test('answers come in the order of the lanes, each from its model; no name is the default', async () => {
  const { ask, log } = play({});
  const answers = await ask(LANES);
  expect(answers.map(({ laneId, text }) => [laneId, text])).toEqual([
    ['1', 'small'],
    ['2', 'large'],
    ['3', 'small'],
    ['4', 'large'],
  ]);
  expect(log.slice(0, 3)).toEqual(['makes room for small and large', 'small loads', 'large loads']);
  // Side by side: the second writes before the first is done.
  expect(log.indexOf('large writes 2')).toBeLessThan(log.indexOf('small is done'));
});

test('models that do not fit together are asked one after the other, and the lanes that wait are told', async () => {
  const { ask, log, events } = play({ together: false });
  const answers = await ask(LANES);
  expect(answers.map(({ text }) => text)).toEqual(['small', 'large', 'small', 'large']);
  const order = ['makes room for small', 'small is done', 'makes room for large', 'large loads'];
  expect([...new Set(log)].filter((line) => order.includes(line))).toEqual(order);
  expect(events.filter(({ kind }) => kind === 'waiting')).toEqual(
    ['2', '4'].map((laneId) => ({ kind: 'waiting', laneId, because: 'memory', behind: 'The small one' })),
  );
  const wait = (at: number) => {
    const outcome = answers[at]?.outcome;
    return outcome?.kind === 'answered' ? outcome.usage.firstTokenMs : NaN;
  };
  // The second model's lanes waited for the first's: their times say so.
  expect(wait(1)).toBeGreaterThan(wait(0));
});

test.each([true, false])('a model that fails or is gone fails its own lanes alone (together: %s)', async (together) => {
  const broken = { large: new LabError('out-of-memory', 'No room.') };
  const { ask } = play({ broken, together });
  const answers = await ask([...LANES, lane('5', 'gone')]);
  const told = answers.map(({ outcome, text }) => (outcome.kind === 'failed' ? outcome.error.code : text));
  expect(told).toEqual(['small', 'out-of-memory', 'small', 'out-of-memory', 'model-not-fetched']);
});

test('stopping ends them all', async () => {
  const stopper = new AbortController();
  const { ask, log, events } = play({});
  const run = ask(LANES, stopper.signal);
  // Before a timer can fire, so while a model loads.
  for (let n = 0; n < 1000 && !log.some((line) => line.endsWith(' loads')); n++) await Promise.resolve();
  stopper.abort();
  await expect(run).rejects.toHaveProperty('name', 'AbortError');
  const count = [log.length, events.length];
  await settle(20);
  expect([log.length, events.length]).toEqual(count);
});

test('it is idle when no run is under way, however they ended', async () => {
  const { ask, asking } = play({});
  const stopper = new AbortController();
  const told: string[] = [];
  const runs = [ask(LANES), ask(LANES, stopper.signal)].map((run) => run.finally(() => told.push('ended')));
  await settle(0);
  // The runs' own ends are told a few turns later.
  const idle = asking
    .idle()
    .then(() => settle())
    .then(() => told.push('idle'));
  stopper.abort();
  await Promise.allSettled([...runs, idle]);
  expect(told).toEqual(['ended', 'ended', 'idle']);
  await asking.idle();
});

test('jobs side by side: one that throws ends the others', async () => {
  let ended = false;
  async function* endless(): Job<number, null> {
    try {
      for (let i = 0; ; i++) {
        await settle();
        yield i;
      }
    } finally {
      ended = true;
    }
  }
  async function* failing(): Job<number, null> {
    yield 100;
    await settle(5);
    throw new Error('broke');
  }
  await expect(finish(merged([endless(), failing()]))).rejects.toThrow('broke');
  await settle(5);
  expect(ended).toBe(true);
});

test('an answer of this visit is not written again, unless a server wrote it, the model moved or all is forgotten', async () => {
  const { ask, asking, writes, runOn } = play({ remote: ['large'] });
  const [first] = await ask(LANES);
  expect(writes()).toEqual(['small writes 2', 'large writes 2']);
  const again = await ask(LANES);
  expect(writes().slice(2)).toEqual(['large writes 2']);
  expect(again.map(({ outcome }) => outcome.kind === 'answered' && outcome.fromCache === true)).toEqual([
    true,
    false,
    true,
    false,
  ]);
  expect(again[0]?.text).toBe(first?.text);
  runOn('WebGPU');
  await ask(LANES.slice(0, 1));
  asking.forget();
  await ask(LANES.slice(0, 1));
  expect(writes().slice(3)).toEqual(['small writes 1', 'small writes 1']);
});
