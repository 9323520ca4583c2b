/** Documents that hang, in a worker that plays a script. */
import { expect, test } from 'vitest';
import { DEFAULT_CHUNKING } from '../../src/documents/chunking';
import { finish, type Job, type Progress } from '../../src/job';
import { readInWorker } from '../../src/lab/reading';
import { Restartable } from '../../src/lab/worker';
import type { Cutting, ParseJobs } from '../../src/workers/jobs';
import { serve } from '../../src/workers/rpc';

const PATIENCE = 60_000;
const { signal } = new AbortController();
const cutting: Cutting = {
  settings: DEFAULT_CHUNKING,
  tokenizer: { base: '', entry: { id: 'none', source: { kind: 'page', folder: '', files: [] } } },
  summary: null,
};
const file = (name = 'a.pdf') => ({ name, bytes: new Uint8Array(4), cutting });
const page = (done: number): Progress => ({ step: 'Reading', done, total: 3, unit: 'pages' });

/** Both ends of a channel, and whether the worker was ended. */
function scripted(read: () => Job<Progress, unknown>) {
  const ended = new Set<MessagePort>();
  const worker = new Restartable<ParseJobs>(() => {
    const { port1, port2 } = new MessageChannel();
    serve({ read }, port2);
    port1.start();
    port2.start();
    const terminate = () => {
      ended.add(port1);
      port1.close();
    };
    return Object.assign(port1, { terminate }) as unknown as Worker;
  });
  return { worker, ended };
}

const wait = (ms: number) => new Promise((done) => setTimeout(done, ms));

test('a document that hangs is ended with its worker, and the next one gets a new worker', async () => {
  let hangs = true;
  // eslint-disable-next-line require-yield -- a script without progress
  const { worker, ended } = scripted(async function* () {
    if (hangs) await new Promise(() => undefined);
    return { document: 'read' };
  });
  const hung = finish(readInWorker(worker, file('slow.pdf'), signal, 50));
  await expect(hung).rejects.toMatchObject({
    code: 'worker-lost',
    message: 'Reading “slow.pdf” stood still for 0.05 seconds.',
  });
  expect(ended.size).toBe(1);
  hangs = false;
  expect(await finish(readInWorker(worker, file(), signal, 5_000))).toEqual({ document: 'read' });
  expect(ended.size).toBe(1);
});

test('a long document may take as long as it likes while its pages come', async () => {
  const { worker, ended } = scripted(async function* () {
    for (let done = 1; done <= 6; done++) {
      await wait(600);
      yield page(done);
    }
    return { document: 'read' };
  });
  const told: number[] = [];
  await finish(readInWorker(worker, file(), signal, 3_000), ({ done }) => told.push(done));
  expect(told).toEqual([1, 2, 3, 4, 5, 6]);
  expect(ended.size).toBe(0);
});

test('stopping ends the worker, since a page cannot be interrupted', async () => {
  const { worker, ended } = scripted(async function* () {
    yield page(1);
    await new Promise(() => undefined);
  });
  const stopper = new AbortController();
  const reading = finish(readInWorker(worker, file(), stopper.signal, PATIENCE), () => {
    stopper.abort();
  });
  await expect(reading).rejects.toHaveProperty('name', 'AbortError');
  expect(ended.size).toBe(1);
});
