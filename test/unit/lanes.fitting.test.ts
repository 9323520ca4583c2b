import { expect, test } from 'vitest';
import { finish } from '../../src/job';
import { openBench } from '../../src/lanes/bench';
import { compare } from '../../src/lanes/compare';
import { lane } from '../../src/lanes/presets';
import { library, parrot, QUESTION } from '../fixtures/keld';

const { signal } = new AbortController();
const words = (text: string) => text.split(/\s+/).filter(Boolean).length;

async function whole(model: ReturnType<typeof parrot>) {
  const lanes = [lane('w', 'Whole', { kind: 'whole' })];
  const [answer] = await finish(compare(lanes, openBench(QUESTION, library(), 7, signal), model, signal));
  return { answer, prompt: model.calls[0]?.[0]?.messages.at(-1)?.content ?? '' };
}

test('a book that fits is shown whole, with its tokens against the window', async () => {
  const { answer } = await whole(parrot({ window: 4000 }));
  expect(answer?.briefing?.passages).toHaveLength(13);
  const tokens = answer?.briefing?.parts
    .filter(({ kind }) => kind === 'passage')
    .reduce((n, { text }) => n + words(text), 0);
  expect(answer?.briefing?.book).toEqual({ chunks: 13, tokens, window: 4000, cut: null });
});

test('a book that does not fit is cut at the end of a passage, and what was left out is told', async () => {
  const uncut = await whole(parrot());
  const all = uncut.answer?.briefing?.passages.map(({ chunk }) => chunk.id) ?? [];
  const { answer, prompt } = await whole(parrot({ window: 200 }));
  expect(answer?.outcome.kind).toBe('answered');
  const { book, passages, parts } = answer?.briefing ?? {};
  const shown = passages?.map(({ chunk }) => chunk.id) ?? [];
  expect(shown.length).toBeGreaterThan(3);
  expect(shown.length).toBeLessThan(13);
  expect(shown).toEqual(all.slice(0, shown.length));
  const left = uncut.answer?.briefing?.parts.filter((part) => part.kind === 'passage' && part.passage >= shown.length);
  expect(book?.cut).toEqual({
    chunks: 13 - shown.length,
    tokens: left?.reduce((n, { text }) => n + words(text), 0),
  });
  expect(book?.chunks).toBe(13);
  // What is shown, counted and asked is the same, whole passages each.
  expect(parts?.filter(({ kind }) => kind === 'passage')).toHaveLength(shown.length);
  expect(answer?.partTokens).toEqual(parts?.map(({ text }) => words(text)));
  for (const passage of passages ?? []) expect(prompt).toContain(passage.chunk.text.replace(/\s+/g, ' ').trim());
  // With a quarter of the window left for the answer.
  expect(words(prompt)).toBeLessThanOrEqual(150);
});

test('without a known window nothing is cut, and without counting nothing is claimed', async () => {
  const unknown = await whole(parrot());
  expect(unknown.answer?.briefing?.book).toMatchObject({ chunks: 13, window: null, cut: null });
  const { LabError } = await import('../../src/errors');
  const mute = {
    ...parrot({ window: 4000 }),
    countTokens: () => Promise.reject(new LabError('model-unsupported', 'It cannot count.')),
  };
  const { answer } = await whole(mute);
  expect(answer?.briefing?.book).toEqual({ chunks: 13, tokens: null, window: 4000, cut: null });
  expect(answer?.partTokens).toBeNull();
});

test('a window that does not hold even one passage is for the engine to refuse', async () => {
  const { answer } = await whole(parrot({ window: 12 }));
  expect(answer?.outcome).toMatchObject({ kind: 'failed', error: { code: 'context-overflow' } });
  expect(answer?.briefing?.passages).toHaveLength(1);
});
