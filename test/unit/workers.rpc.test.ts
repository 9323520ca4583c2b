import { afterEach, describe, expect, test } from 'vitest';
import { LabError } from '../../src/errors';
import { type Job, finish } from '../../src/job';
import { connect, serve } from '../../src/workers/rpc';

let closed = 0;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const jobs = {
  async *count({ to }: { to: number }, signal: AbortSignal): Job<number, string> {
    try {
      for (let i = 1; i <= to; i++) {
        await pause(2);
        signal.throwIfAborted();
        yield i;
      }
      return 'finished';
    } finally {
      closed++;
    }
  },
  async *deaf(_input: null, _signal: AbortSignal): Job<number, null> {
    try {
      for (let i = 0; ; i++) {
        await pause(2);
        yield i;
      }
    } finally {
      closed++;
    }
  },
  // eslint-disable-next-line require-yield -- it only fails
  async *fail({ code }: { code: 'model-cut' | null }, _signal: AbortSignal): Job<never, null> {
    await pause(1);
    throw code ? new LabError(code, 'It was cut.') : new RangeError('Array buffer allocation failed');
  },
  // eslint-disable-next-line require-yield -- it only answers
  async *length({ bytes }: { bytes: Uint8Array }, _signal: AbortSignal): Job<never, number> {
    await pause(1);
    return bytes.length;
  },
};

const channels: MessageChannel[] = [];
function pair() {
  const channel = new MessageChannel();
  channels.push(channel);
  channel.port1.start();
  channel.port2.start();
  serve(jobs, channel.port2);
  const lost: LabError[] = [];
  return { ...connect<typeof jobs>(channel.port1, (error) => lost.push(error)), lost, port: channel.port1 };
}
afterEach(() => {
  for (const { port1, port2 } of channels.splice(0)) {
    port1.close();
    port2.close();
  }
  closed = 0;
});

describe('worker protocol', () => {
  const { signal } = new AbortController();

  test('passes on progress and the result', async () => {
    const seen: number[] = [];
    expect(await finish(pair().call('count', { to: 3 }, signal), (i) => seen.push(i))).toBe('finished');
    expect(seen).toEqual([1, 2, 3]);
  });

  test('two jobs go on side by side', async () => {
    const { call } = pair();
    const results = [finish(call('count', { to: 3 }, signal)), finish(call('count', { to: 5 }, signal))];
    expect(await Promise.all(results)).toEqual(['finished', 'finished']);
  });

  test('a signal stops the job on both sides', async () => {
    const abort = new AbortController();
    const run = finish(pair().call('count', { to: 1000 }, abort.signal), (i) => {
      if (i === 2) abort.abort();
    });
    await expect(run).rejects.toHaveProperty('name', 'AbortError');
    await expect.poll(() => closed).toBe(1);
  });

  test('leaving the loop stops a job that never looks at its signal', async () => {
    for await (const i of pair().call('deaf', null, signal)) if (i === 2) break;
    await expect.poll(() => closed).toBe(1);
  });

  test('errors keep their code and their words', async () => {
    const { call } = pair();
    const run = finish(call('fail', { code: 'model-cut' }, signal));
    await expect(run).rejects.toMatchObject({ name: 'LabError', code: 'model-cut', message: 'It was cut.' });
    await expect(finish(call('fail', { code: null }, signal))).rejects.toHaveProperty('code', 'out-of-memory');
  });

  test('a transferred buffer moves', async () => {
    const bytes = new Uint8Array(9);
    expect(await finish(pair().call('length', { bytes }, signal, [bytes.buffer]))).toBe(9);
    expect(bytes.length).toBe(0);
  });

  test('a lost worker fails what is under way and what comes later', async () => {
    const { call, lose, lost } = pair();
    const run = finish(call('count', { to: 1000 }, signal));
    await pause(5);
    lose('The worker broke.');
    await expect(run).rejects.toMatchObject({ code: 'worker-lost', message: 'The worker broke.' });
    await expect(finish(call('count', { to: 1 }, signal))).rejects.toHaveProperty('code', 'worker-lost');
    expect(lost).toHaveLength(1);
  });

  test.each(['error', 'messageerror'])('an event “%s” of the worker itself is a loss', async (type) => {
    const { call, port } = pair();
    const run = finish(call('count', { to: 1000 }, signal));
    await pause(5);
    port.dispatchEvent(new Event(type, { cancelable: true }));
    await expect(run).rejects.toHaveProperty('code', 'worker-lost');
  });
});
