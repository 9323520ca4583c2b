/** The reader's worker on devices that fail, played by a worker that keeps the real protocol. */
import { expect, test, vi } from 'vitest';
import { LabError } from '../../src/errors';
import { finish } from '../../src/job';
import {
  ON_GPU,
  asked,
  desk,
  deskFor,
  devices,
  dressed,
  last,
  never,
  playWorkers,
  plays,
  request,
  states,
  worker,
  write,
} from '../fixtures/lab/playedReader';

playWorkers();

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
  const ensure = (device: string) => {
    wanted.push(device);
    return device === 'wasm'
      ? Promise.reject(new LabError('model-not-fetched', 'It runs from another file there.'))
      : Promise.resolve();
  };
  const reader = deskFor({ ensure }, worker(new LabError('gpu-unfit', 'It chose 3% right.')), worker(ON_GPU));
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
