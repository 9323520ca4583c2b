/** The reader's worker where another device is chosen, at any time, played by a worker that keeps the real protocol. */
import { expect, test, vi } from 'vitest';
import { LabError } from '../../src/errors';
import { finish } from '../../src/job';
import {
  ON_GPU,
  desk,
  devices,
  last,
  never,
  playWorkers,
  type Play,
  plays,
  request,
  states,
  worker,
} from '../fixtures/lab/playedReader';

const { signal } = new AbortController();
playWorkers();

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
