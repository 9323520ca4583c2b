import { expect, test } from 'vitest';
import { DEFAULT_CHUNKING, chunkDocument } from '../../src/documents/chunking';
import type { Document } from '../../src/documents/document';
import { openBench } from '../../src/lanes/bench';
import type { Briefing, Sees } from '../../src/lanes/lane';
import { CLOSED, NOISY, OPEN } from '../../src/lanes/presets';
import { brief, STRATEGIES } from '../../src/lanes/strategies';
import type { Question } from '../../src/questions/question';
import { NOISE_KINDS } from '../../src/retrieval/noise';
import { HybridRetriever } from '../../src/retrieval/hybrid';
import type { Retriever } from '../../src/retrieval/retriever';

const signal = new AbortController().signal;

function document(id: string, title: string, sections: Readonly<Record<string, string>>): Document {
  const body = Object.entries(sections).map(([heading, text]) => `## ${heading}\n\n${text}`);
  return { id, title, mediaType: 'text/markdown', text: [`# ${title}`, ...body].join('\n\n') };
}

const fact = 'The trial period at Keld is 5 months.';
const current = [
  document('staff', 'Staff', {
    Start: `Welcome to Keld. ${fact} Ask your lead.`,
    Leave: 'The trial of a new seat takes a day.',
    Illness: 'Call your lead at Keld on the first day. Notes are needed after 5 months.',
  }),
  document('house', 'House', {
    Keys: 'Keys at Keld are kept at the desk.',
    Hours: 'Keld opens at nine.',
    Cats: 'No cats.',
    Post: 'Letters go out at noon.',
  }),
];
const stale = [document('old', 'Staff (2017)', { Start: 'The trial period at Keld is 3 months.' })];

const place = current[0]?.text.indexOf(fact) ?? -1;
const known: Question = {
  id: 'q',
  text: 'How long is the trial period at Keld?',
  accepted: ['5 months'],
  evidence: [{ documentId: 'staff', start: place, end: place + fact.length }],
  kind: 'plain',
  rephrases: null,
};

/** Words-only search over the documents above, counting what is asked of it. */
function openLibrary() {
  const hybrid = new HybridRetriever();
  hybrid.setChunks({
    current: current.flatMap((one) => chunkDocument(one)),
    stale: stale.flatMap((one) => chunkDocument(one)),
  });
  let searches = 0;
  const retriever: Retriever = {
    search: (...args) => {
      searches++;
      return hybrid.search(...args);
    },
    chunks: (...args) => hybrid.chunks(...args),
  };
  return { retriever, searches: () => searches };
}

function show(sees: Sees, question = known, told = ''): Promise<Briefing> {
  return brief(sees, told, openBench(question, openLibrary().retriever, 7, signal));
}

const shown = (briefing: Briefing) => briefing.passages.map((passage) => passage.chunk.id);
const prompt = (briefing: Briefing) => briefing.messages.at(-1)?.content ?? '';

test('every way of seeing has its strategy', () => {
  expect(Object.entries(STRATEGIES).map(([kind, strategy]) => [kind, strategy.kind])).toEqual(
    ['closed', 'open', 'noisy', 'whole', 'gold'].map((kind) => [kind, kind]),
  );
});

test('closed book shows the question alone', async () => {
  const briefing = await show(CLOSED, known, 'Be brief.');
  expect(briefing.passages).toEqual([]);
  expect(briefing.retrievalMs).toBeNull();
  expect(briefing.messages).toEqual([
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Question: How long is the trial period at Keld?' },
  ]);
});

test('open book shows what retrieval finds, best first, and marks the evidence', async () => {
  const briefing = await show({ ...OPEN, passages: 3 });
  expect(briefing.passages.map((passage) => passage.hit?.rank)).toEqual([1, 2, 3]);
  expect(briefing.passages.every((passage) => passage.noise === null)).toBe(true);
  const [first, ...others] = briefing.passages;
  expect(first?.chunk.text.slice(first.answerSpan?.start, first.answerSpan?.end)).toBe(fact);
  expect(others.map((passage) => passage.answerSpan)).toEqual([null, null]);
  expect(prompt(briefing)).toContain(`[1] (Staff: Start) Welcome to Keld. ${fact}`);
  expect(briefing.retrievalMs).toBeGreaterThanOrEqual(0);
});

test('without marked evidence the accepted answer is looked for', async () => {
  const briefing = await show({ ...OPEN, passages: 4 }, { ...known, evidence: [] });
  const found = briefing.passages.flatMap(({ chunk, answerSpan }) =>
    answerSpan ? [[chunk.headings.at(-1), chunk.text.slice(answerSpan.start, answerSpan.end)]] : [],
  );
  expect(found).toContainEqual(['Start', '5 months']);
  expect((await show(OPEN, { ...known, evidence: [], accepted: null })).passages.map((one) => one.answerSpan)).toEqual([
    null,
    null,
    null,
    null,
  ]);
});

test('noisy book shows exactly the open passages, in their order, and distractors that do not answer', async () => {
  const open = await show({ kind: 'open', passages: 2 });
  const sees: Sees = { kind: 'noisy', passages: 2, noise: 2, noiseKinds: NOISE_KINDS };
  const noisy = await show(sees);
  expect(noisy.passages).toHaveLength(4);
  expect(noisy.passages.filter((passage) => passage.noise === null).map((passage) => passage.chunk.id)).toEqual(
    shown(open),
  );
  const noise = noisy.passages.flatMap(({ chunk, noise }) => (noise ? [{ ...noise, chunk }] : []));
  expect(noise.map(({ kind }) => kind)).toContain('stale version');
  expect(noise.every(({ checked }) => checked)).toBe(true);
  expect(noise.some(({ chunk }) => chunk.text.includes('5 months'))).toBe(false);
  expect(shown(await show(sees))).toEqual(shown(noisy));
});

test('without a known answer noise is not checked', async () => {
  const noisy = await show({ ...NOISY, passages: 2 }, { ...known, accepted: null, evidence: [] });
  const noise = noisy.passages.flatMap((passage) => passage.noise ?? []);
  expect(noise.length).toBeGreaterThan(0);
  expect(noise.every(({ checked }) => !checked)).toBe(true);
});

test('whole book shows every chunk in document order', async () => {
  const briefing = await show({ kind: 'whole' });
  expect(shown(briefing)).toEqual(['staff#0', 'staff#1', 'staff#2', 'house#0', 'house#1', 'house#2', 'house#3']);
  expect(briefing.retrievalMs).toBeNull();
});

test('whole book shows once what two chunks share', async () => {
  const settings = { ...DEFAULT_CHUNKING, strategy: 'sentences', size: 12, overlap: 4 } as const;
  const sentences = Array.from({ length: 8 }, (_, i) => `Rule ${String(i)} holds here.`);
  const rules = document('rules', 'Rules', { All: sentences.join(' ') });
  const hybrid = new HybridRetriever();
  const chunks = chunkDocument(rules, settings);
  hybrid.setChunks({ current: chunks, stale: [] });
  expect(chunks.map(({ text }) => text).join(' ')).not.toBe(sentences.join(' '));
  const whole = await brief({ kind: 'whole' }, '', openBench(known, hybrid, 7, signal));
  expect(whole.passages.map(({ chunk }) => chunk.text).join(' ')).toBe(sentences.join(' '));
  for (const { chunk } of whole.passages)
    expect('start' in chunk && rules.text.slice(chunk.start, chunk.end)).toBe(chunk.text);
});

test('gold only shows the marked evidence', async () => {
  expect(shown(await show({ kind: 'gold' }))).toEqual(['staff#0']);
});

test('gold only fails in words where no evidence is known or its document is not in use', async () => {
  await expect(show({ kind: 'gold' }, { ...known, evidence: [] })).rejects.toMatchObject({ code: 'no-evidence' });
  const elsewhere = { ...known, evidence: [{ documentId: 'gone', start: 0, end: 9 }] };
  await expect(show({ kind: 'gold' }, elsewhere)).rejects.toMatchObject({ code: 'no-evidence' });
});

test('the lanes of one Ask share their searches and show the same time', async () => {
  const { retriever, searches } = openLibrary();
  const bench = openBench(known, retriever, 7, signal);
  const first = await brief(OPEN, '', bench);
  expect(searches()).toBe(1);
  const second = await brief(OPEN, 'Be brief.', bench);
  expect(searches()).toBe(1);
  expect(second.retrievalMs).toBe(first.retrievalMs);
  const noisy = await brief(NOISY, '', bench);
  const after = searches();
  const noisyAgain = await brief(NOISY, '', bench);
  expect(searches()).toBe(after);
  expect(noisyAgain.retrievalMs).toBe(noisy.retrievalMs);
  expect(shown(noisyAgain)).toEqual(shown(noisy));
});

test('a scope holds for passages, noise and whole documents, and lanes of one scope share their search', async () => {
  const { retriever, searches } = openLibrary();
  const bench = openBench(known, retriever, 7, signal);
  const scope = { documents: ['staff'] };
  const everything = await brief({ ...OPEN, passages: 8 }, '', bench);
  const scoped = await brief({ ...OPEN, passages: 8, scope }, '', bench);
  const before = searches();
  await brief({ ...OPEN, passages: 8, scope: { ...scope } }, '', bench);
  expect(searches()).toBe(before);
  const documents = ({ passages }: Briefing) =>
    new Set(passages.map(({ chunk }) => ('documentId' in chunk ? chunk.documentId : 'made')));
  expect(documents(everything).size).toBeGreaterThan(1);
  expect([...documents(scoped)]).toEqual(['staff']);
  const noisy = await brief({ ...NOISY, passages: 1, noiseKinds: ['random', 'look-alike'], scope }, '', bench);
  expect(noisy.passages.length).toBeGreaterThan(1);
  expect([...documents(noisy)]).toEqual(['staff']);
  const whole = await brief({ kind: 'whole', scope }, '', bench);
  expect([...documents(whole)]).toEqual(['staff']);
  expect(documents(await brief({ kind: 'whole' }, '', bench)).size).toBeGreaterThan(1);
});
