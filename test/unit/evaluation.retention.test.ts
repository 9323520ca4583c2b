import { describe, expect, test } from 'vitest';
import { type Retention, retentionOf } from '../../src/evaluation/retention';
import { wilson } from '../../src/evaluation/intervals';
import { LabError } from '../../src/errors';
import { finish } from '../../src/job';
import { measureRetention } from '../../src/lab/retention';
import type { Answer, CompareEvent, Lane } from '../../src/lanes/lane';
import type { Question, Verdict } from '../../src/questions/question';

const verdicts = (...counts: readonly (readonly [Verdict, number])[]): Verdict[] =>
  counts.flatMap(([verdict, count]) => Array<Verdict>(count).fill(verdict));

describe('counting', () => {
  const base = verdicts(['correct', 40], ['wrong', 10], ['abstained', 5]);

  test('pairs: kept, lost and gained', () => {
    const run = [...verdicts(['correct', 30], ['wrong', 10]), ...verdicts(['correct', 4], ['wrong', 11])];
    const { rows, ...rest } = retentionOf(base, [{ adapterId: 'a', verdicts: run }]);
    expect(rest).toEqual({ asked: 55, baseRight: 40, measurable: true });
    const [low, high] = wilson(0.75, 40);
    expect(rows).toEqual([{ adapterId: 'a', kept: 30, of: 40, low, high, gained: 4 }]);
    // (0.75 + z^2 / 80 -+ z sqrt(0.75 0.25 / 40 + z^2 / 6400)) / (1 + z^2 / 40), z = 1.96
    expect(low).toBeCloseTo(0.5981, 3);
    expect(high).toBeCloseTo(0.8581, 3);
  });

  test('the base keeps all of its own', () => {
    const [row] = retentionOf(base, [{ adapterId: null, verdicts: base }]).rows;
    expect(row).toMatchObject({ adapterId: null, kept: 40, of: 40, high: 1, gained: 0 });
  });

  test.each([
    [0, false],
    [29, false],
    [30, true],
  ])('with %i right answers of the base: measurable is %s', (right, measurable) => {
    const few = verdicts(['correct', right], ['wrong', 60 - right]);
    const found = retentionOf(few, [{ adapterId: 'a', verdicts: few }]);
    expect(found).toMatchObject({ baseRight: right, measurable });
    expect(found.rows[0]?.low).toBeGreaterThanOrEqual(0);
    expect(found.rows[0]?.high).toBe(1);
  });

  test('runs that asked other questions are refused', () => {
    expect(() => retentionOf(base, [{ adapterId: 'a', verdicts: base.slice(1) }])).toThrow(RangeError);
  });
});

describe('asking', () => {
  const question = (id: number, more: Partial<Question> = {}): Question => ({
    id: String(id),
    text: `Question ${String(id)}`,
    accepted: ['yes'],
    evidence: [{ documentId: 'd', start: 0, end: 1 }],
    kind: 'plain',
    rephrases: null,
    ...more,
  });
  const questions = [
    ...Array.from({ length: 3 }, (_, i) => question(i)),
    question(3, { evidence: [], accepted: [], kind: 'unanswerable' }),
    question(4, { accepted: null }),
  ];

  function answerOf(lane: Lane, verdict: Verdict | null): Answer {
    const usage = { promptTokens: 1, answerTokens: 1, firstTokenMs: 1, decodeMs: 1, shared: true };
    const outcome = { kind: 'answered', stoppedBy: 'end', usage, tokens: [] } as const;
    return { laneId: lane.id, text: '', briefing: null, partTokens: null, citations: [], verdict, outcome };
  }

  /** `a` is right wherever it is asked, nothing else ever is. */
  function asker(asked: { id: string; lanes: readonly Lane[] }[]) {
    // eslint-disable-next-line require-yield -- tells nothing on its way
    return async function* (lanes: readonly Lane[], { id }: Question): AsyncGenerator<CompareEvent, Answer[]> {
      asked.push({ id, lanes });
      return lanes.map((lane) => answerOf(lane, lane.wears.some((one) => one.adapterId === 'a') ? 'correct' : 'wrong'));
    };
  }

  test('each question once for all, with its evidence where that is marked', async () => {
    const asked: { id: string; lanes: readonly Lane[] }[] = [];
    const told: unknown[] = [];
    const { signal } = new AbortController();
    const found: Retention = await finish(
      measureRetention([null, 'a', 'b', 'a'], questions, asker(asked), signal),
      (progress) => told.push(progress),
    );
    expect(asked.map(({ id }) => id)).toEqual(['0', '1', '2', '3']);
    expect(asked.map(({ lanes }) => lanes.map(({ sees }) => sees.kind))).toEqual([
      ...Array<string[]>(3).fill(['gold', 'gold', 'gold']),
      ['open', 'open', 'open'],
    ]);
    for (const { lanes } of asked) {
      expect(lanes.map(({ wears }) => wears)).toEqual([
        [],
        [{ adapterId: 'a', strength: 1 }],
        [{ adapterId: 'b', strength: 1 }],
      ]);
      expect(lanes.every(({ sampling }) => sampling.temperature === 0)).toBe(true);
      expect(new Set(lanes.map(({ id }) => id)).size).toBe(3);
    }
    expect(told).toEqual([0, 1, 2, 3].map((done) => ({ step: 'Asking', done, total: 4, unit: 'questions' })));
    expect(found).toMatchObject({ asked: 4, baseRight: 0, measurable: false });
    expect(found.rows.map(({ adapterId, kept, gained }) => [adapterId, kept, gained])).toEqual([
      [null, 0, 0],
      ['a', 0, 4],
      ['b', 0, 0],
      ['a', 0, 4],
    ]);
  });

  test('a lane that fails ends it with its error', async () => {
    const error = new LabError('no-evidence', 'Not in use.');
    // eslint-disable-next-line require-yield -- tells nothing on its way
    const failing = async function* (lanes: readonly Lane[]): AsyncGenerator<CompareEvent, Answer[]> {
      return lanes.map((lane) => ({ ...answerOf(lane, null), outcome: { kind: 'failed', error } }));
    };
    const job = measureRetention(['a'], questions, failing, new AbortController().signal);
    await expect(finish(job)).rejects.toBe(error);
  });
});
