import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { chunkDocument } from '../../src/documents/chunking';
import type { Document } from '../../src/documents/document';
import { readDocument } from '../../src/documents/formats';
import { readQuestions } from '../../src/questions/formats';
import { containsAnswer } from '../../src/questions/matching';
import type { Question } from '../../src/questions/question';
import { HybridRetriever } from '../../src/retrieval/hybrid';
import { distractors, FOUND_KINDS, type NoiseKind } from '../../src/retrieval/noise';
import { interleave, placeEvidence } from '../../src/retrieval/noise/places';
import { hashText } from '../../src/retrieval/seeded';

const SAMPLE = 'public/samples/handbook';
const STALE = 'leave-policy-2017.md';
const { signal } = new AbortController();
const retriever = new HybridRetriever();
let questions: Question[] = [];
let staleId = '';

beforeAll(async () => {
  const documents = new Map<string, Document>();
  for (const name of readdirSync(SAMPLE).filter((file) => file.endsWith('.md'))) {
    documents.set(name, await readDocument(name, new Uint8Array(readFileSync(`${SAMPLE}/${name}`)), signal));
  }
  staleId = documents.get(STALE)?.id ?? '';
  const chunks = [...documents.values()].flatMap((document) => chunkDocument(document));
  retriever.setChunks({
    current: chunks.filter(({ documentId }) => documentId !== staleId),
    stale: chunks.filter(({ documentId }) => documentId === staleId),
  });
  questions = readQuestions('questions.jsonl', readFileSync(`${SAMPLE}/questions.jsonl`, 'utf8'), documents);
});

interface Asked {
  count?: number;
  seed?: number;
  kinds?: readonly NoiseKind[];
}

async function noise(question: Question, { count = 3, seed = 1, kinds = FOUND_KINDS }: Asked = {}) {
  const open = await retriever.search(question.text, 2, 'current', signal);
  const { distractors: chosen, replaced } = await distractors({
    question,
    open,
    count,
    kinds,
    retriever,
    seed,
    signal,
  });
  return { open, chosen, replaced };
}

describe('distractors', () => {
  test('for every sample question: as many as asked, kinds in turn, none with the answer, none twice', async () => {
    for (const question of questions) {
      const { open, chosen } = await noise(question);
      expect(chosen.map(({ kind }) => kind)).toEqual(['stale version', 'look-alike', 'random']);
      const ids = [...open, ...chosen].map(({ chunk }) => chunk.id);
      expect(new Set(ids).size).toBe(ids.length);
      for (const { chunk, kind, checked, hit } of chosen) {
        expect(checked).toBe(question.kind !== 'unanswerable');
        if (question.accepted?.length)
          expect(containsAnswer(`${chunk.title}\n${chunk.text}`, question.accepted)).toBe(false);
        if ('madeFrom' in chunk) throw new Error('Found passages stand in documents.');
        const gold = question.evidence.some(
          (at) => at.documentId === chunk.documentId && at.start < chunk.end && chunk.start < at.end,
        );
        expect(gold).toBe(false);
        expect(chunk.documentId === staleId).toBe(kind === 'stale version');
        expect(hit === null).toBe(kind === 'random');
      }
    }
  });

  test('the stale version of the rule comes first where there is one', async () => {
    const leave = questions.find(({ id }) => id === 'q001');
    const { chosen } = leave ? await noise(leave) : { chosen: [] };
    expect(chosen[0]?.chunk.title).toBe('Harrowgate & Lune: Old annual leave rules (old version)');
    expect(chosen[0]?.chunk.text).toContain('24 days');
  });

  test('links and the recorded example keep their passages: equal requests choose as they always did', async () => {
    const picks: string[] = [];
    for (const question of questions)
      for (const seed of [1, 7])
        for (const count of [3, 8]) {
          const open = await retriever.search(question.text, 4, 'current', signal);
          const request = { question, open, count, kinds: FOUND_KINDS, retriever, seed, signal };
          const chosen = (await distractors(request)).distractors.map(({ kind, chunk }) => `${kind} ${chunk.id}`);
          picks.push(`${question.id} ${String(seed)} ${chosen.join(', ')}`);
        }
    expect(picks).toHaveLength(672);
    // What the first version chose.
    expect(hashText(picks.join('\n'))).toBe(2786272359);
  });

  test('candidates that hold the answer give way and are counted', async () => {
    const [question] = questions;
    if (!question) throw new Error('no question');
    // Nothing is open, so that the marked passage itself comes first.
    const request = { question, open: [], count: 3, kinds: ['look-alike'] as const, retriever, seed: 1, signal };
    const { distractors: chosen, replaced } = await distractors(request);
    expect(chosen).toHaveLength(3);
    const unchecked = await distractors({ ...request, question: { ...question, accepted: null, evidence: [] } });
    const before = unchecked.distractors.map(({ chunk }) => chunk);
    const held = before.filter(({ text }) => containsAnswer(text, question.accepted ?? []));
    expect(held.length).toBeGreaterThan(0);
    expect(replaced).toBeGreaterThanOrEqual(held.length);
    expect(unchecked.replaced).toBe(0);
    expect(chosen.map(({ chunk }) => chunk.id)).not.toContain(held[0]?.id);
  });

  test('the seed decides, and decides alone', async () => {
    const [question] = questions;
    if (!question) throw new Error('no question');
    const ids = async (seed: number) =>
      (await noise(question, { count: 6, seed, kinds: ['random'] })).chosen.map(({ chunk }) => chunk.id);
    expect(await ids(5)).toEqual(await ids(5));
    expect(await ids(5)).not.toEqual(await ids(6));
  });

  test('a kind that runs out gives way; a small library gives fewer; no kinds give none', async () => {
    const [question] = questions;
    if (!question) throw new Error('no question');
    const { chosen } = await noise(question, { count: 100, kinds: ['stale version', 'random'] });
    const stale = chosen.filter(({ kind }) => kind === 'stale version').length;
    expect(stale).toBeGreaterThan(3);
    expect(chosen.length - stale).toBeGreaterThan(stale);
    expect(chosen.length).toBeLessThan(47);
    expect((await noise(question, { kinds: [] })).chosen).toEqual([]);
    expect((await noise(question, { count: 0 })).chosen).toEqual([]);
  });

  test('without a known answer nothing is checked', async () => {
    const [known] = questions;
    if (!known) throw new Error('no question');
    const { chosen } = await noise({ ...known, accepted: null, evidence: [] });
    expect(chosen.map(({ checked }) => checked)).toEqual([false, false, false]);
  });
});

describe('interleave', () => {
  test('keeps each group’s order and everything in it', () => {
    const orders = new Set<string>();
    for (let seed = 0; seed < 200; seed++) {
      const order = interleave(['a', 'b'], ['x', 'y'], seed);
      expect(order).toEqual(interleave(['a', 'b'], ['x', 'y'], seed));
      expect(order.filter((item) => 'ab'.includes(item))).toEqual(['a', 'b']);
      expect(order.filter((item) => 'xy'.includes(item))).toEqual(['x', 'y']);
      orders.add(order.join(''));
    }
    expect(orders.size).toBe(6);
    expect(interleave([], [], 1)).toEqual([]);
  });
});

test('evidence goes first, in the middle or last, and nothing else changes its order', () => {
  const isEvidence = (one: string) => one === 'A' || one === 'B';
  const placed = (place: 'first' | 'middle' | 'last', passages: string) =>
    placeEvidence(passages.split(' '), place, isEvidence).join('');
  expect(placed('first', 'x A y B z')).toBe('ABxyz');
  expect(placed('middle', 'x A y B z w')).toBe('xyABzw');
  expect(placed('last', 'x A y B z')).toBe('xyzAB');
  expect(placed('middle', 'x y z')).toBe('xyz');
  expect(placed('first', '')).toBe('');
});
