import { expect, test } from 'vitest';
import { LabError } from '../../src/errors';
import type { CatalogueModel } from '../../src/lab';
import { actionOf, canBeRemoved } from '../../src/ui/state/modelAction';
import { Pace } from '../../src/ui/state/pace';
import { actionWords, fitReason, hostOf, paceWords, sizeWords, waitWords } from '../../src/ui/words/models';
import { bytes, bytesOf, duration } from '../../src/ui/words/numbers';
import { CATALOGUE } from '../fixtures/scriptedModels';

const base = CATALOGUE.find(({ id }) => id === 'qwen3-0.6b');
const error = new LabError('model-cut', 'The connection was lost.');

function model(change: Partial<CatalogueModel> = {}): CatalogueModel {
  if (!base) throw new Error('The catalogue lost its model.');
  return { ...base, ...change };
}

const part = { kind: 'part', bytes: 271, of: 423 } as const;
const whole = { kind: 'whole', bytes: 423 } as const;

test.each<[string, Partial<CatalogueModel>, string]>([
  ['fresh and sized', {}, 'Download 423 MB'],
  ['of unknown size', { bytes: null }, 'Look up size'],
  ['WebLLM’s own, whose size nobody gives', { bytes: null, origin: 'webllm' }, 'Download'],
  ['too large', { fit: { verdict: 'too-large', needs: 7.4e9, has: 3.9e9, because: 'memory' } }, 'Needs 7.4 GB'],
  [
    'that needs a GPU, whether let in or not',
    { fit: { verdict: 'too-large', needs: 4e8, has: null, because: 'no-gpu' }, needsOrigins: ['https://hub.example'] },
    'Needs WebGPU',
  ],
  ['that needs f16', { fit: { verdict: 'too-large', needs: 4e8, has: null, because: 'f16' } }, 'Needs f16'],
  ['not let in', { needsOrigins: ['https://hub.example'] }, 'Not allowed yet'],
  ['being fetched', { download: { kind: 'running', done: 1, total: 2 }, kept: part }, 'Pause'],
  ['broken off', { kept: part }, 'Resume, 64%'],
  [
    'of which only another device’s file is here',
    { kept: { ...part, bytes: 3e6, of: 118e6, begun: false } },
    'Download 115 MB',
  ],
  ['broken off, of unknown size', { kept: { kind: 'part', bytes: 9, of: null } }, 'Resume'],
  ['waiting', { download: { kind: 'waiting', until: null, attempt: 2, error }, kept: part }, 'Try now'],
  ['failed', { download: { kind: 'failed', error }, kept: part }, 'Retry'],
  ['kept', { kept: whole }, 'Use'],
  ['kept, though it is not let in any more', { kept: whole, needsOrigins: ['https://hub.example'] }, 'Use'],
  ['kept and in use', { kept: whole, inUse: true }, 'In use'],
  ['chosen, but not here', { inUse: true }, 'Download 423 MB'],
  ['on a server', { origin: 'server', bytes: null }, 'Use'],
])('a model %s', (_, change, words) => {
  const one = model(change);
  expect(actionWords(actionOf(one), one)).toBe(words);
});

test('what lies here can be removed, unless it is in use, is coming, or came with the page', () => {
  expect(canBeRemoved(model({ kept: whole }))).toBe(true);
  expect(canBeRemoved(model({ kept: part }))).toBe(true);
  expect(canBeRemoved(model())).toBe(false);
  expect(canBeRemoved(model({ kept: whole, inUse: true }))).toBe(false);
  expect(canBeRemoved(model({ kept: part, download: { kind: 'running', done: 1, total: 2 } }))).toBe(false);
  expect(canBeRemoved(model({ kept: whole, origin: 'built-in' }))).toBe(false);
});

test('time left comes from the pace seen, not from what was there before', () => {
  const pace = new Pace();
  expect(pace.secondsLeft(200, 400, 1000)).toBeNull();
  // 50 in one second, so the other 150 take three.
  expect(pace.secondsLeft(250, 400, 2000)).toBe(3);
  expect(pace.secondsLeft(250, null, 2000)).toBeNull();
  // Begun anew.
  expect(pace.secondsLeft(0, 400, 3000)).toBeNull();
  expect(pace.secondsLeft(100, 400, 4000)).toBe(3);
});

test('why a model does not fit is said, and what is not known is not guessed', () => {
  expect(fitReason({ verdict: 'fits', needs: 1, has: 2, because: null })).toBeNull();
  expect(fitReason({ verdict: 'tight', needs: 1, has: 2, because: 'memory' })).toBe('may run out of memory');
  expect(fitReason({ verdict: 'tight', needs: 2, has: 1, because: 'tensor' })).toMatch(/larger than the GPU’s largest/);
  expect(fitReason({ verdict: 'too-large', needs: 2, has: 1, because: 'memory' })).toBe('not enough memory');
  expect(fitReason({ verdict: 'too-large', needs: 2e9, has: 3e8, because: 'storage' })).toBe(
    '300 MB of storage is free',
  );
  expect(fitReason({ verdict: 'too-large', needs: 1, has: 2, because: 'f16' })).toMatch(/half precision/);
  expect(fitReason({ verdict: 'unknown', needs: null, has: 2, because: null })).toBeNull();
  expect(fitReason({ verdict: 'unknown', needs: 1, has: null, because: null })).toMatch(/does not say/);
});

test('a wait counts down, and one without a time waits for the network', () => {
  const waiting = { kind: 'waiting', attempt: 1, error } as const;
  expect(waitWords({ ...waiting, until: 12_000 }, 500)).toBe('Tries again in 12 s.');
  expect(waitWords({ ...waiting, until: 12_000 }, 13_000)).toBe('Trying again.');
  expect(waitWords({ ...waiting, until: null }, 0)).toBe('Goes on as soon as there is a network.');
});

test('sizes, paces and durations are written with three figures at most, in one unit', () => {
  expect([4_117_372, 423e6, 999.6e6, 1.9e9, 21e9].map(bytes)).toEqual(['4.12 MB', '423 MB', '1 GB', '1.9 GB', '21 GB']);
  expect(bytesOf(2_600_000, 4_100_000)).toBe('2.6 of 4.1 MB');
  expect(bytesOf(271e6, 423e6)).toBe('271 of 423 MB');
  expect(bytesOf(620e6, 1.9e9)).toBe('0.62 of 1.9 GB');
  expect(bytesOf(64e6, null)).toBe('64.0 MB');
  expect(paceWords(271, 423, 40)).toBe('64%, about 40 s left');
  expect(paceWords(271, null, undefined)).toBeNull();
  expect([40, 720, 10_800].map(duration)).toEqual(['about 40 s', 'about 12 min', 'about 3 h']);
  expect(sizeWords(model({ bytes: null }))).toBe('unknown');
  expect(hostOf('https://*.hf.co')).toBe('*.hf.co');
  expect(hostOf('http://localhost:8000/v1')).toBe('localhost:8000');
});
