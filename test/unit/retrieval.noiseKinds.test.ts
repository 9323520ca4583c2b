/** The kinds of noise that are chosen or made by what the question asks. */
import fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { chunkDocument } from '../../src/documents/chunking';
import type { Document } from '../../src/documents/document';
import { readDocument } from '../../src/documents/formats';
import { readQuestions } from '../../src/questions/formats';
import { containsAnswer } from '../../src/questions/matching';
import type { Question } from '../../src/questions/question';
import { tokenise } from '../../src/questions/tokens';
import { HybridRetriever } from '../../src/retrieval/hybrid';
import { distractors, type Distractor, NOISE, NOISE_KINDS, type NoiseKind } from '../../src/retrieval/noise';
import { isMade } from '../../src/retrieval/noise/made';
import { contentWords, namesIn, spokenOf } from '../../src/retrieval/noise/names';
import { otherValue, typeOf, withoutValue } from '../../src/retrieval/noise/values';

const SAMPLE = 'public/samples/handbook';
const { signal } = new AbortController();
const sample = new HybridRetriever();
let questions: Question[] = [];

beforeAll(async () => {
  const documents = new Map<string, Document>();
  for (const name of readdirSync(SAMPLE).filter((file) => file.endsWith('.md')))
    documents.set(name, await readDocument(name, new Uint8Array(readFileSync(`${SAMPLE}/${name}`)), signal));
  sample.setChunks({ current: [...documents.values()].flatMap((one) => chunkDocument(one)), stale: [] });
  questions = readQuestions('questions.jsonl', readFileSync(`${SAMPLE}/questions.jsonl`, 'utf8'), documents);
});

async function choose(question: Question, kinds: readonly NoiseKind[], seed = 7, count = 2, retriever = sample) {
  const open = await retriever.search(question.text, 2, 'current', signal);
  return (await distractors({ question, open, count, kinds, retriever, seed, signal })).distractors;
}

function library(...texts: readonly (readonly [title: string, text: string])[]): HybridRetriever {
  const retriever = new HybridRetriever();
  const documents = texts.map(([title, text], i) => {
    return { id: `d${String(i)}`, title, mediaType: 'text/plain', text };
  });
  retriever.setChunks({ current: documents.flatMap((one) => chunkDocument(one)), stale: [] });
  return retriever;
}

function asking(text: string, accepted: readonly string[] | null): Question {
  return { id: 'q', text, accepted, evidence: [], kind: 'plain', rephrases: null };
}

test('every kind says by which rule it chooses, and is the one it is listed as', () => {
  for (const kind of NOISE_KINDS) {
    expect(NOISE[kind].kind).toBe(kind);
    expect(NOISE[kind].rule).toMatch(/^[A-Z].+\.$/);
  }
});

test('for every sample question and any seed: the same passages again, none with the answer, made ones typed as such', async () => {
  const known = questions.filter(({ accepted }) => accepted?.length);
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...known), fc.nat({ max: 999_999 }), async (question, seed) => {
      const chosen = await choose(question, NOISE_KINDS, seed, 8);
      expect(await choose(question, NOISE_KINDS, seed, 8)).toEqual(chosen);
      for (const { chunk, kind, checked } of chosen) {
        expect(checked).toBe(true);
        expect(containsAnswer(`${chunk.title}\n${chunk.text}`, question.accepted ?? [])).toBe(false);
        const made = ['contradiction', 'value removed', 'injected instruction'].includes(kind);
        expect(isMade(chunk)).toBe(made);
        expect('start' in chunk).toBe(!made);
      }
      expect(new Set(chosen.map(({ chunk }) => chunk.id)).size).toBe(chosen.length);
    }),
    { numRuns: 60 },
  );
});

test('a smaller count chooses the first of a larger one', async () => {
  for (const question of questions.slice(0, 24)) {
    const all = await choose(question, NOISE_KINDS, 7, 8);
    for (const count of [0, 1, 2, 3, 5])
      expect((await choose(question, NOISE_KINDS, 7, count)).map(({ chunk }) => chunk.id)).toEqual(
        all.slice(0, count).map(({ chunk }) => chunk.id),
      );
  }
});

describe('contradiction', () => {
  test('most sample questions have one: the evidence with another value of the same type, and nowhere the right one', async () => {
    let made = 0;
    const plain = questions.filter(({ kind }) => kind === 'plain');
    for (const question of plain) {
      const accepted = question.accepted ?? [];
      const numbers = accepted
        .filter((one) => typeOf(one) !== 'date')
        .flatMap((one) => tokenise(one, { dates: false }).flatMap(({ text }) => (/^\d/.test(text) ? [text] : [])));
      for (const { chunk } of await choose(question, ['contradiction'])) {
        if (!isMade(chunk)) throw new Error('A contradiction stands in no document.');
        made++;
        expect(chunk.text).not.toBe(chunk.madeFrom.text);
        expect(chunk.madeFrom.documentId).toBe(question.evidence[0]?.documentId);
        expect(containsAnswer(chunk.text, [...accepted, ...numbers])).toBe(false);
      }
    }
    expect(plain).toHaveLength(76);
    // Two each, but for eight answers that are no number, date or name: a colour, an address.
    expect(made).toBe(2 * 68);
  });

  test('without a known answer there is none', async () => {
    const [question] = questions;
    if (!question) throw new Error('no question');
    expect(await choose({ ...question, accepted: null }, ['contradiction', 'value removed'])).toEqual([]);
  });

  test.each([
    ['27 days', /^\d+ days$/, 'number'],
    ['twenty-seven days', /^[a-z-]+ days$/, 'number'],
    ['1,450 euros', /^\d(,\d{3})? ?\d* euros$/, 'amount'],
    ['€ 2.50', /^€ \d+\.50$/, 'amount'],
    ['6%', /^\d+%$/, 'share'],
    ['9:15 to 16:30', /^\d{1,2}:(00|15|30|45) to \d{1,2}:(00|15|30|45)$/, 'time'],
    ['3 March 2017', /^\d{1,2} [A-Z][a-z]+ 201\d$/, 'date'],
    ['6 May', /^\d{1,2} [A-Z][a-z]{2,8}$/, 'date'],
    ['2017-03-03', /^201\d-\d{2}-\d{2}$/, 'date'],
    ['Wednesday', /day$/, 'date'],
    ['October', /^[A-Z][a-z]+$/, 'date'],
    ['1926', /^19\d\d$/, 'number'],
    ['form H-47', /^form H-\d+$/, 'number'],
    ['01904 555 012', /^0\d{4} \d+ \d{3}$/, 'number'],
    ['1.5 million', /^\d+\.5 million$/, 'number'],
    ['the fifth floor', /^the (\w+) floor$/, 'number'],
    ['Petra Quillan', /^Sven Addery$/, 'name'],
    ['May Fenwick', /^(Sven Addery|Petra Nobody)$/, 'name'],
  ])('%s becomes another of its form', (value, form, type) => {
    expect(typeOf(value)).toBe(type);
    for (let seed = 0; seed < 60; seed++) {
      const other = otherValue(value, seed, ['Sven Addery', 'Petra Nobody', 'Keld']);
      expect(other).toMatch(form);
      expect(containsAnswer(other ?? '', [value])).toBe(false);
      expect(otherValue(value, seed, ['Sven Addery', 'Petra Nobody', 'Keld'])).toBe(other);
    }
  });

  test('what is neither number, date nor name has no other, and no name without others', () => {
    expect(otherValue('a blue laptop', 1, ['Keld'])).toBeNull();
    expect(otherValue('Petra Quillan', 1, ['Petra Nobody'])).toBeNull();
  });

  test('one value is changed alike wherever it stands and however it is written', () => {
    const text = 'They get 27 days. Twenty-seven days are enough; of the 27 working days, 3 may be kept.';
    const changed = withoutValue(text, ['27 days'], (value) => otherValue(value, 5, [])) ?? '';
    const [, n = ''] = /get (\d+) days/.exec(changed) ?? [];
    expect(containsAnswer(changed, ['27'])).toBe(false);
    expect(changed).toContain(`the ${n} working days, 3 may`);
    expect(containsAnswer(/\. (.*) are enough/.exec(changed)?.[1] ?? '', [`${n} days`])).toBe(true);
    expect(withoutValue(text, ['28 days'], () => 'x')).toBeNull();
  });
});

test('the value is removed and the rest of the passage stays', async () => {
  const retriever = library(
    ['Staff', 'Welcome. The trial period at Keld is 5 months. Ask your lead.'],
    ['House', 'No cats.'],
  );
  const texts = (
    await choose(asking('How long is the trial period at Keld?', ['5 months']), ['value removed'], 3, 8, retriever)
  ).map(({ chunk }) => chunk.text);
  expect(texts.toSorted()).toEqual(
    ['a number of', 'several', 'some'].map((n) => `Welcome. The trial period at Keld is ${n} months. Ask your lead.`),
  );
});

describe('other entity', () => {
  const OFFICES = [
    ['Leeds', 'The office in Leeds opens at 8:30. Bring a badge.'],
    ['York', 'The office in York opens at 9:15. The door is green.'],
    ['Ripon', 'The library of Ripon has 300 seats.'],
    ['House', 'The office opens on weekdays for everybody.'],
    ['Selby', 'The office in Selby opens at 7:45.'],
  ] as const;

  test('takes the same relation of something else, and nothing else', async () => {
    const retriever = library(...OFFICES);
    const question = asking('When does the office in Leeds open?', ['8:30']);
    const open = (await retriever.search('Leeds badge', 1, 'current', signal)).slice(0, 1);
    expect(open[0]?.chunk.documentTitle).toBe('Leeds');
    const { distractors: chosen } = await distractors({
      question,
      open,
      count: 8,
      kinds: ['other entity'],
      retriever,
      seed: 1,
      signal,
    });
    const titles = (from: readonly Distractor[]) => from.map(({ chunk }) => chunk.documentTitle).toSorted();
    expect(titles(chosen)).toEqual(['Selby', 'York']);
    expect(chosen.every(({ hit }) => hit !== null)).toBe(true);
    // Nothing that it could be about instead.
    expect(await choose(asking('When does the office open?', ['8:30']), ['other entity'], 1, 8, retriever)).toEqual([]);
  });

  test('names, numbers and titles are told from words that only begin a sentence', () => {
    expect(
      namesIn('Staff at Harrowgate & Lune ask Petra Quillan. The Bank of England waits. Illness is told in York.'),
    ).toEqual(['Harrowgate & Lune', 'Petra Quillan', 'Bank of England', 'York']);
    expect(spokenOf('Who wrote “The Long Rain” in 1926?')).toEqual({
      names: new Set(['long rain', 'the long rain']),
      numbers: new Set(['1926']),
    });
    expect(contentWords('How many days does Keld give?', ['keld'])).toEqual(new Set(['day', 'give']));
  });
});

test('an injected instruction ends a passage near the question, each another', async () => {
  const [question] = questions;
  if (!question) throw new Error('no question');
  const chosen = await choose(question, ['injected instruction'], 7, 5);
  const told = chosen.map(({ chunk }) => {
    if (!isMade(chunk)) throw new Error('Nobody wrote that.');
    expect(chunk.text.startsWith(chunk.madeFrom.text.trimEnd())).toBe(true);
    return chunk.text.slice(chunk.madeFrom.text.trimEnd().length).trim();
  });
  expect(new Set(told).size).toBe(5);
  expect(told.every((words) => words.length > 20)).toBe(true);
  // A passage is not shown beside itself with an instruction.
  const both = await choose(question, ['look-alike', 'injected instruction'], 7, 8);
  const bases = both.map(({ chunk }) => (isMade(chunk) ? chunk.madeFrom.id : chunk.id));
  expect(new Set(bases).size).toBe(8);
});
