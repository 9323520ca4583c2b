import { describe, expect, test } from 'vitest';
import { openBench } from '../../src/lanes/bench';
import { changeNoise, describeSees } from '../../src/lanes/editing';
import { describeFinding } from '../../src/lanes/finding';
import type { Answer, Briefing, Noisy } from '../../src/lanes/lane';
import { decodeLanes, encodeLanes } from '../../src/lanes/link';
import { heldAgainst } from '../../src/lanes/passages';
import { lane, NOISY, OPEN } from '../../src/lanes/presets';
import { previewNoise } from '../../src/lanes/noisePreview';
import { brief } from '../../src/lanes/strategies';
import { noiseCount } from '../../src/lanes/strategies/noisy';
import { NOISE_KINDS } from '../../src/retrieval/noise';
import { isMade } from '../../src/retrieval/noise/made';
import { library, QUESTION } from '../fixtures/keld';

const { signal } = new AbortController();
const SEES: Noisy = { kind: 'noisy', passages: 3, noise: 3, noiseKinds: ['look-alike'] };

const bench = (question = QUESTION, seed = 7) => openBench(question, library(), seed, signal);
const show = (change: Parameters<typeof changeNoise>[1], question = QUESTION, seed = 7) =>
  brief(changeNoise(SEES, change), '', bench(question, seed));
const ids = ({ passages }: Briefing) => passages.map(({ chunk }) => chunk.id);
const evidenceAt = ({ passages }: Briefing) =>
  passages.flatMap(({ answerSpan }, i) => (answerSpan === null ? [] : [i]));

describe('where the evidence stands', () => {
  test('first, in the middle, last, or where the seed puts it; the other passages keep their order', async () => {
    const random = await show({});
    const others = ids(random).filter((_, i) => !evidenceAt(random).includes(i));
    expect(evidenceAt(random)).toHaveLength(1);
    for (const [place, at] of [
      ['first', 0],
      ['middle', 2],
      ['last', 5],
    ] as const) {
      const placed = await show({ evidence: place });
      expect(evidenceAt(placed)).toEqual([at]);
      expect(ids(placed).filter((_, i) => i !== at)).toEqual(others);
    }
    const places = new Set<number>();
    for (let seed = 0; seed < 40; seed++) places.add(evidenceAt(await show({}, QUESTION, seed))[0] ?? -1);
    expect(places.size).toBeGreaterThan(3);
  });

  test('where nobody knows which passage answers, all that were retrieved stand together', async () => {
    const unknown = { ...QUESTION, accepted: null, evidence: [] };
    const { passages } = await show({ evidence: 'last' }, unknown);
    expect(passages.map(({ noise }) => noise !== null)).toEqual([true, true, true, false, false, false]);
    expect(passages.every(({ noise }) => noise === null || !noise.checked)).toBe(true);
  });

  test('left out altogether, the next hits take its place, and it is told', async () => {
    const open = await brief({ kind: 'open', passages: 3 }, '', bench());
    const without = await show({ withoutEvidence: true });
    expect(evidenceAt(open)).toEqual([0]);
    expect(evidenceAt(without)).toEqual([]);
    expect(without.passages).toHaveLength(6);
    expect(without.passages.some(({ chunk }) => chunk.text.includes('5 months'))).toBe(false);
    const found = without.passages.filter(({ noise }) => noise === null).map(({ chunk }) => chunk.id);
    expect(found).toHaveLength(3);
    expect(found.slice(0, 2)).toEqual(ids(open).slice(1));
    expect(without.noise).toMatchObject({ leftOut: 1 });
    const unknown = { ...QUESTION, accepted: null, evidence: [] };
    await expect(show({ withoutEvidence: true }, unknown)).rejects.toMatchObject({ code: 'no-evidence' });
  });
});

test('a rate is a share of all passages, whatever the count says', async () => {
  for (const [rate, noise] of [
    [0.25, 1],
    [0.5, 3],
    [0.75, 9],
  ] as const) {
    expect(noiseCount({ noise: 99, rate }, 3)).toBe(noise);
    const shown = await show({ rate, noise: 1, noiseKinds: ['random', 'look-alike'] });
    expect(shown.noise).toMatchObject({ asked: noise, shown: noise });
    expect(describeSees(changeNoise(SEES, { rate }))[1]?.text).toBe(`Noise ${String(noise)}`);
  }
});

test('a lane reports what was asked, shown and replaced', async () => {
  // Of the thirteen passages three are retrieved.
  expect((await show({ noise: 20, noiseKinds: ['look-alike', 'random'] })).noise).toEqual({
    asked: 20,
    shown: 10,
    replaced: 0,
    leftOut: 0,
  });
  const { noise, passages } = await show({ withoutEvidence: true, noise: 2 });
  expect(noise).toMatchObject({ asked: 2, shown: 2, replaced: 1 });
  expect(passages.some(({ chunk }) => chunk.text.includes('5 months'))).toBe(false);
});

test('the noise has a seed of its own where one is given', async () => {
  const made = async (noiseSeed?: number, seed = 7) => {
    const { passages } = await show({ noiseKinds: ['contradiction'], noiseSeed }, QUESTION, seed);
    return passages.map(({ chunk }) => chunk.text);
  };
  expect(await made(5, 1)).toEqual(await made(5, 2));
  expect(await made(5)).toEqual(await made(undefined, 5));
  expect(await made(5)).not.toEqual(await made(6));
});

test('a made passage is shown as it was made, and is held against a new known answer', async () => {
  const { passages } = await show({ noise: 1, noiseKinds: ['contradiction'] });
  const [made] = passages.filter(({ chunk }) => isMade(chunk));
  expect(made?.noise).toEqual({ kind: 'contradiction', checked: true });
  expect(made?.answerSpan).toBeNull();
  const value = /is (\d+ months)/.exec(made?.chunk.text ?? '')?.[1] ?? '';
  expect(value).not.toBe('5 months');
  const [held] = heldAgainst({ ...QUESTION, accepted: [value] }, made ? [made] : []);
  expect(held?.noise?.checked).toBe(false);
  expect(made?.chunk.text.slice(held?.answerSpan?.start, held?.answerSpan?.end)).toBe(value);
});

test('each kind is previewed with what the lane would show, were it alone', async () => {
  const previews = await previewNoise(SEES, bench(), 2);
  expect(previews.map(({ kind }) => kind)).toEqual(NOISE_KINDS);
  for (const kind of ['look-alike', 'contradiction', 'value removed'] as const) {
    const { passages } = await show({ noise: 2, noiseKinds: [kind] });
    const shown = passages.filter(({ noise }) => noise).map(({ chunk }) => chunk.id);
    expect(previews.find((one) => one.kind === kind)?.distractors.map(({ chunk }) => chunk.id)).toEqual(shown);
    expect(shown).toHaveLength(2);
  }
  // There is no older version of anything.
  expect(previews[0]).toMatchObject({ kind: 'stale version', distractors: [], replaced: 0 });
});

test('equal settings are equal JSON whatever was changed first, and survive a link', () => {
  const all = { rate: 0.5, evidence: 'last', withoutEvidence: true, noiseSeed: 3 } as const;
  const keys = Object.keys(all) as (keyof typeof all)[];
  const one = keys.reduce((sees, key) => changeNoise(sees, { [key]: all[key] }), SEES);
  const other = keys.toReversed().reduce((sees, key) => changeNoise(sees, { [key]: all[key] }), SEES);
  expect(JSON.stringify(one)).toBe(JSON.stringify(other));
  const back = keys.reduce((sees, key) => changeNoise(sees, { [key]: undefined }), one);
  expect(JSON.stringify(back)).toBe(JSON.stringify(SEES));
  const [linked] = decodeLanes(encodeLanes([lane('a', 'Noisy', one)])) ?? [];
  expect(JSON.stringify(linked?.sees)).toBe(JSON.stringify(one));
  const bent = { ...SEES, rate: 2 };
  expect(decodeLanes(encodeLanes([lane('a', 'Noisy', bent)]))).toBeNull();
});

test('a lane without the evidence is no case of noise alone', () => {
  const lanes = [lane('open', 'Open', OPEN), lane('noisy', 'Noisy', { ...NOISY, withoutEvidence: true })];
  const answers = lanes.map(({ id }, i): Answer => {
    const usage = { promptTokens: 1, answerTokens: 1, firstTokenMs: 1, decodeMs: 1, shared: false };
    const outcome = { kind: 'answered', stoppedBy: 'end', tokens: null, usage } as const;
    const verdict = i === 0 ? 'correct' : 'wrong';
    return { laneId: id, text: '', briefing: null, partTokens: null, citations: [], verdict, outcome };
  });
  expect(describeFinding(QUESTION, lanes, answers)).not.toContain('noise');
});
