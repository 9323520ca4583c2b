/** The reader's worker on devices that fail, played by a worker that keeps the real protocol. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { RunsOn } from '../../src/device/choice';
import { LabError } from '../../src/errors';
import type { Completion, WriteEvent, WriteRequest } from '../../src/generation/engine';
import { READERS, type ReaderEntry } from '../../src/generation/models';
import { finish } from '../../src/job';
import type { ModelState } from '../../src/lab';
import { ReaderDesk } from '../../src/lab/reader';
import type { GenerationJobs } from '../../src/workers/jobs';
import { serve } from '../../src/workers/rpc';

const { signal } = new AbortController();
const ON_GPU: RunsOn = { runsOn: 'WebGPU', because: null };

type Play = Pick<GenerationJobs, 'load' | 'write'>;
let plays: Play[] = [];
let devices: string[] = [];
let asked: boolean[] = [];
let states: ModelState[] = [];
let dressed: string[][] = [];

beforeEach(() => {
  [plays, devices, asked, states, dressed] = [[], [], [], [], []];
  vi.stubGlobal(
    'Worker',
    class {
      readonly #channel = new MessageChannel();
      constructor() {
        const play = plays.shift();
        if (!play) throw new Error('One worker too many.');
        serve(play, this.#channel.port2);
        this.#channel.port1.start();
        this.#channel.port2.start();
      }
      postMessage(message: unknown) {
        this.#channel.port1.postMessage(message);
      }
      addEventListener(type: string, listener: (event: MessageEvent) => void) {
        if (type === 'message') this.#channel.port1.addEventListener(type, listener);
      }
      terminate() {
        // Answers nobody waits for.
      }
    },
  );
});
afterEach(() => {
  vi.unstubAllGlobals();
});

/* eslint-disable require-yield -- jobs without progress only return */
/** `fails[i]`: the request with which the worker's GPU is lost, and every one after it. */
function worker(loads: RunsOn | LabError, lostFrom = Infinity, code: 'gpu-lost' | 'out-of-memory' = 'gpu-lost'): Play {
  let loaded = false;
  return {
    async *load({ device, again }) {
      devices.push(device);
      asked.push(again);
      if (loads instanceof Error) throw loads;
      loaded = true;
      return device === 'wasm' ? { runsOn: 'WASM, 1 thread', because: 'chosen' } : loads;
    },
    async *write({ requests }) {
      if (!loaded) throw new LabError('model-not-loaded', 'No reader is loaded.');
      const completions: Completion[] = [];
      for (const [request, { messages }] of requests.entries()) {
        const text = messages[0]?.content ?? '';
        yield { kind: 'started', request, promptTokens: 1 } satisfies WriteEvent;
        yield { kind: 'text', request, text, ms: 1 } satisfies WriteEvent;
        const completion: Completion =
          request >= lostFrom
            ? { kind: 'failed', code, message: 'Gone.' }
            : {
                kind: 'written',
                text,
                tokens: [request],
                stoppedBy: 'end',
                usage: { promptTokens: 1, answerTokens: 1, firstTokenMs: 1, decodeMs: 0, shared: true },
              };
        completions.push(completion);
        yield { kind: 'done', request, completion } satisfies WriteEvent;
      }
      return completions;
    },
  };
}

/** Its load never comes to anything. */
function never(): Play {
  return {
    ...worker(ON_GPU),
    async *load() {
      devices.push('never');
      return await new Promise<RunsOn>(() => undefined);
    },
  };
}
/* eslint-enable require-yield */

const [entry] = READERS as readonly [ReaderEntry];
const MODEL = { entry, own: null, key: null, ensure: () => Promise.resolve(), tested: () => undefined };

function desk(...given: Play[]): ReaderDesk {
  plays = given;
  return new ReaderDesk('/', MODEL, (state) => states.push(state), vi.fn());
}

const request = (content: string, adapterId: string): WriteRequest => ({
  messages: [{ role: 'user', content }],
  wears: [{ adapterId, strength: 1 }],
  sampling: { temperature: 0, topP: 1, maxTokens: 8, seed: 0 },
});

async function write(reader: ReaderDesk) {
  await reader.ready();
  const events: WriteEvent[] = [];
  const requests = [request('a', 'x'), request('b', 'y'), request('c', 'z')];
  const dress = (worn: readonly { adapterId: string }[]) => {
    dressed.push(worn.map(({ adapterId }) => adapterId));
    return Promise.resolve();
  };
  const completions = await finish(reader.write(requests, dress, signal), (event) => events.push(event));
  return { completions, events, texts: completions.map((one) => (one.kind === 'written' ? one.text : one.code)) };
}

const last = () => states.at(-1);

test('a GPU that is lost while writing is tried once more, and only what it had not finished is written again', async () => {
  const { texts, events, completions } = await write(desk(worker(ON_GPU, 1), worker(ON_GPU)));
  expect(texts).toEqual(['a', 'b', 'c']);
  expect(devices).toEqual(['auto', 'auto']);
  expect(dressed).toEqual([
    ['x', 'y', 'z'],
    ['y', 'z'],
  ]);
  const started = events.flatMap((event) => (event.kind === 'started' ? [event.request] : []));
  expect(started).toEqual([0, 1, 2, 1, 2]);
  expect(events.filter(({ kind }) => kind === 'done')).toHaveLength(3);
  // Each worker says 1 ms; the second began later.
  const firsts = completions.map((one) => (one.kind === 'written' ? one.usage.firstTokenMs : NaN));
  expect(firsts[1]).toBeGreaterThan(firsts[0] ?? Infinity);
  expect(plays).toEqual([]);
  expect(last()).toEqual({ kind: 'ready', ...ON_GPU });
});

test('one that is lost twice is left alone: the processor writes the rest, and the page is told why', async () => {
  const { texts } = await write(desk(worker(ON_GPU, 2), worker(ON_GPU, 0), worker(ON_GPU)));
  expect(texts).toEqual(['a', 'b', 'c']);
  expect(devices).toEqual(['auto', 'auto', 'wasm']);
  expect(last()).toEqual({ kind: 'ready', runsOn: 'WASM, 1 thread', because: 'gpu-lost' });
  expect(states.some(({ kind }) => kind === 'failed')).toBe(false);
});

test('one with too little memory is not tried again', async () => {
  const { texts } = await write(desk(worker(ON_GPU, 0, 'out-of-memory'), worker(ON_GPU)));
  expect(texts).toEqual(['a', 'b', 'c']);
  expect(devices).toEqual(['auto', 'wasm']);
  expect(last()).toMatchObject({ because: 'out-of-memory' });
});

test('one that fails its self-test is never written with', async () => {
  const reader = desk(worker(new LabError('gpu-unfit', 'It chose 3% right.')), worker(ON_GPU));
  await reader.ready();
  expect(devices).toEqual(['auto', 'wasm']);
  expect(last()).toEqual({ kind: 'ready', runsOn: 'WASM, 1 thread', because: 'gpu-unfit' });
});

test('where the processor needs a file that is not here, it is said why and which', async () => {
  const wanted: string[] = [];
  plays = [worker(new LabError('gpu-unfit', 'It chose 3% right.')), worker(ON_GPU)];
  const ensure = (device: string) => {
    wanted.push(device);
    return device === 'wasm'
      ? Promise.reject(new LabError('model-not-fetched', 'It runs from another file there.'))
      : Promise.resolve();
  };
  const reader = new ReaderDesk('/', { ...MODEL, ensure }, (state) => states.push(state), vi.fn());
  const error = { code: 'model-not-fetched', message: 'It chose 3% right. It runs from another file there.' };
  await expect(reader.ready()).rejects.toMatchObject(error);
  expect(wanted).toEqual(['auto', 'wasm']);
  expect(last()).toMatchObject({ kind: 'failed', error });
  // The GPU is not tried again.
  await expect(reader.ready()).rejects.toMatchObject(error);
  expect(wanted).toEqual(['auto', 'wasm', 'wasm']);
  expect(devices).toEqual(['auto']);
});

test('out of memory on the processor is an answer that failed, not a reason to load again', async () => {
  const reader = desk(worker({ runsOn: 'WASM', because: 'no-gpu' }, 0, 'out-of-memory'), worker(ON_GPU));
  const { texts } = await write(reader);
  expect(texts).toEqual(['out-of-memory', 'out-of-memory', 'out-of-memory']);
  expect(plays).toHaveLength(1);
});

test('another failure of the load is told as it is', async () => {
  const reader = desk(worker(new LabError('model-missing', 'It is not there.')));
  await expect(reader.ready()).rejects.toMatchObject({ code: 'model-missing' });
  expect(last()).toMatchObject({ kind: 'failed', error: { code: 'model-missing' } });
});

test('choosing where it runs loads it anew, and what the old load still says is not heard', async () => {
  const reader = desk(worker(ON_GPU), worker(ON_GPU), worker(ON_GPU));
  reader.useDevice('auto');
  expect(states).toEqual([]);
  const first = reader.ready().catch(() => undefined);
  reader.useDevice('wasm');
  await first;
  await reader.ready();
  expect(last()).toMatchObject({ kind: 'ready', because: 'chosen' });
  reader.useDevice('webgpu');
  await reader.ready();
  expect(devices.at(-1)).toBe('webgpu');
  expect(last()).toEqual({ kind: 'ready', ...ON_GPU });
  expect(states.some(({ kind }) => kind === 'failed')).toBe(false);
});

test('a device chosen while it writes finishes the rest there', async () => {
  const slow = worker(ON_GPU);
  const stuck: Play = {
    ...slow,
    async *write(input, stop) {
      const writing = slow.write(input, stop);
      // The first request is finished, the second begun; then nothing more comes.
      for (let i = 0; i < 5; i++) {
        const next = await writing.next();
        if (next.done) break;
        yield next.value;
      }
      await new Promise(() => undefined);
      return [];
    },
  };
  const reader = desk(stuck, worker(ON_GPU));
  await reader.ready();
  const requests = [request('a', 'x'), request('b', 'y')];
  const job = reader.write(requests, () => Promise.resolve(), signal);
  const texts: string[] = [];
  for (let next = await job.next(); ; next = await job.next()) {
    if (next.done) {
      expect(next.value.map((one) => one.kind === 'written' && one.text)).toEqual(['a', 'b']);
      break;
    }
    if (next.value.kind === 'done') texts.push(String(next.value.request));
    if (next.value.kind === 'text' && next.value.request === 1 && plays.length === 1) reader.useDevice('wasm');
  }
  expect(texts).toEqual(['0', '1']);
  expect(devices).toEqual(['auto', 'wasm']);
  expect(last()).toMatchObject({ kind: 'ready', because: 'chosen' });
});

test('a device chosen before it writes, or while it is dressed, is the one that writes, and wears all', async () => {
  const reader = desk(worker(ON_GPU), worker(ON_GPU), worker(ON_GPU), worker(ON_GPU));
  await reader.ready();
  reader.useDevice('webgpu');
  let times = 0;
  const dress = () => {
    times++;
    if (times === 1) reader.useDevice('wasm');
    if (times !== 2) return Promise.resolve();
    reader.useDevice('webgpu');
    return Promise.reject(new LabError('worker-lost', 'The reader is loaded anew.'));
  };
  const completions = await finish(reader.write([request('a', 'x')], dress, signal));
  expect(completions).toMatchObject([{ kind: 'written', text: 'a' }]);
  expect(devices.at(-1)).toBe('webgpu');
  // Once more for each that was replaced.
  expect(times).toBeGreaterThan(2);
});

test('Stop does not wait for a reader that is loaded anew', async () => {
  const reader = desk(worker(ON_GPU, 0), never());
  await reader.ready();
  const stopper = new AbortController();
  const writing = finish(reader.write([request('a', 'x')], () => Promise.resolve(), stopper.signal));
  writing.catch(() => undefined);
  await vi.waitFor(() => {
    expect(devices).toContain('never');
  });
  stopper.abort();
  await expect(writing).rejects.toMatchObject({ name: 'AbortError' });
});

test('after a load that failed, choosing another device loads it there', async () => {
  const reader = desk(worker(new LabError('runtime-missing', 'It did not arrive.')), worker(ON_GPU));
  await expect(reader.ready()).rejects.toMatchObject({ code: 'runtime-missing' });
  reader.useDevice('wasm');
  await vi.waitFor(() => {
    expect(last()).toMatchObject({ kind: 'ready', because: 'chosen' });
  });
});

test('whoever waits for a load waits for the one that took its place', async () => {
  const reader = desk(never(), worker(ON_GPU));
  const waiting = reader.ready();
  await vi.waitFor(() => {
    expect(devices).toEqual(['never']);
  });
  reader.useDevice('wasm');
  await waiting;
  expect(last()).toMatchObject({ kind: 'ready', because: 'chosen' });
});

test('after a load that failed or was stopped the next one has a worker of its own', async () => {
  const reader = desk(worker(new LabError('runtime-missing', 'It did not arrive.')), worker(ON_GPU), worker(ON_GPU));
  await expect(reader.ready()).rejects.toMatchObject({ code: 'runtime-missing' });
  expect(last()).toMatchObject({ kind: 'failed', error: { code: 'runtime-missing' } });
  await reader.ready();
  expect(plays).toHaveLength(1);
  // Past the browser's cache, where a damaged copy may lie.
  expect(asked).toEqual([false, true]);
  expect(last()).toEqual({ kind: 'ready', ...ON_GPU });
});
