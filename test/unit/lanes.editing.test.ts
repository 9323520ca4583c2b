import { expect, test } from 'vitest';
import {
  addLane,
  changeLane,
  changeSees,
  clampStrength,
  describeSees,
  duplicateLane,
  MAX_LANES,
  moveLane,
  removeLane,
} from '../../src/lanes/editing';
import type { Lane } from '../../src/lanes/lane';
import { PRESETS } from '../../src/lanes/presets';

const read = PRESETS[0]?.lanes ?? [];
const ids = (lanes: readonly Lane[]) => lanes.map((lane) => lane.id);

test('presets are Read, Know and Act, four lanes each with ids of their own', () => {
  expect(PRESETS.map((preset) => preset.name)).toEqual(['Read', 'Know', 'Act']);
  for (const { lanes } of PRESETS) {
    expect(lanes).toHaveLength(4);
    expect(new Set(ids(lanes)).size).toBe(4);
    for (const lane of lanes) {
      expect(lane.sampling).toEqual({ temperature: 0, topP: 1, maxTokens: 96, seed: 7 });
    }
  }
  expect(read.map((lane) => lane.sees.kind)).toEqual(['closed', 'open', 'noisy', 'noisy']);
  expect(read[3]?.wears).toEqual([{ adapterId: 'robust-reader', strength: 1 }]);
});

test('adds up to six lanes, each with an id of its own', () => {
  let lanes: readonly Lane[] = read;
  for (let i = 0; i < 5; i++) lanes = addLane(lanes, `new-${String(i)}`);
  expect(lanes).toHaveLength(MAX_LANES);
  expect(new Set(ids(lanes)).size).toBe(MAX_LANES);
  expect(duplicateLane(lanes, 'open', 'copy')).toBe(lanes);
});

test('a copy stands after its original and equals it but for id and name', () => {
  const lanes = duplicateLane(read, 'noisy-robust', 'copy');
  const [original, copy] = lanes.slice(3);
  expect(lanes).toHaveLength(5);
  expect(copy).toEqual({ ...original, id: 'copy', name: 'Noisy, robust copy' });
});

test('removes lanes down to the last', () => {
  let lanes: readonly Lane[] = read;
  for (const id of ids(read)) lanes = removeLane(lanes, id);
  expect(ids(lanes)).toEqual(['noisy-robust']);
  expect(removeLane(read, 'nobody')).toBe(read);
});

test('moves a lane as far as the edge', () => {
  expect(ids(moveLane(read, 'closed', 2))).toEqual(['open', 'noisy', 'closed', 'noisy-robust']);
  expect(ids(moveLane(read, 'noisy', -9))).toEqual(['noisy', 'closed', 'open', 'noisy-robust']);
  expect(moveLane(read, 'closed', -1)).toBe(read);
});

test('a lane called by what it sees is renamed with it and back; a name that was given stays', () => {
  const nameAfter = (lanes: readonly Lane[], id: string) => lanes.find((one) => one.id === id)?.name;
  const whole = changeSees(read, 'open', { kind: 'whole' });
  expect(nameAfter(whole, 'open')).toBe('Whole documents');
  expect(changeSees(whole, 'open', { kind: 'open', passages: 4 })).toEqual(read);
  const more = changeSees(read, 'open', { kind: 'open', passages: 6 });
  expect(nameAfter(more, 'open')).toBe('Open book');
  expect(nameAfter(changeSees(read, 'noisy-robust', { kind: 'gold' }), 'noisy-robust')).toBe('Noisy, robust');
  expect(changeSees(read, 'nobody', { kind: 'gold' })).toEqual(read);
});

test('changes one lane', () => {
  const lanes = changeLane(read, 'open', { told: 'Be brief.' });
  expect(lanes.map((lane) => lane.told)).toEqual(['', 'Be brief.', '', '']);
  expect(lanes[0]).toBe(read[0]);
});

test('strengths are whole steps from 0 to 1.5', () => {
  expect([0.149, 0.3, 1.0001, 7, -1, Number.NaN].map(clampStrength)).toEqual([0.15, 0.3, 1, 1.5, 0, 0]);
});

test('says in short what a lane sees', () => {
  const said = (sees: Lane['sees'], documents?: number) => describeSees(sees, documents).map((chip) => chip.text);
  expect(said({ kind: 'closed' })).toEqual(['Nothing']);
  expect(said({ kind: 'open', passages: 4 })).toEqual(['Retrieved 4']);
  expect(said({ kind: 'noisy', passages: 4, noise: 3, noiseKinds: ['random'] })).toEqual(['Retrieved 4', 'Noise 3']);
  expect(said({ kind: 'whole' }, 8)).toEqual(['Whole documents 8']);
  expect(said({ kind: 'gold' })).toEqual(['Gold only']);
});
