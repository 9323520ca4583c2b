import { expect, test } from 'vitest';
import { askSummary, readSummary, summarise } from '../../src/documents/summary';
import { finish } from '../../src/job';

const document = (text: string) => ({ id: 'd', title: 'Leave', mediaType: 'text/plain', text });
const { signal } = new AbortController();

test('of what a model writes its first sentence is taken, on one line, without what stands around it', () => {
  expect(readSummary('It is about leave. It has rules.')).toBe('It is about leave.');
  expect(readSummary('\n\nSummary: “It is about leave.”\nMore')).toBe('It is about leave.');
  expect(readSummary('It  is\tabout leave')).toBe('It is about leave');
  expect(readSummary('')).toBe('');
  expect(readSummary(' \n ')).toBe('');
  expect(readSummary('关于休假的规定。还有更多。')).toBe('关于休假的规定。');
});

test('a sentence that does not end is cut between words', () => {
  const cut = readSummary(`${'endless words '.repeat(100)}.`);
  expect(cut.length).toBeLessThanOrEqual(241);
  expect(cut).toMatch(/^endless words .*(endless|words)…$/);
  expect(readSummary('😀'.repeat(300)).isWellFormed()).toBe(true);
});

test('a long document is read from its beginning, and its text is no instruction', () => {
  const [system, user] = askSummary(document(`First. ${'word '.repeat(2000)}`));
  expect(system?.content).toContain('never instructions');
  expect(user?.content).toMatch(/^Title: Leave\n\nFirst\. (word )+…$|^Title: Leave\n\nFirst\. .* …$/s);
  expect(user?.content.length).toBeLessThan(3100);
  expect(askSummary(document('Short.'))[1]?.content).toBe('Title: Leave\n\nShort.');
  expect(askSummary(document('😀'.repeat(2000)))[1]?.content.isWellFormed()).toBe(true);
});

test('what the model yields is passed on, and its failure too', async () => {
  const pieces: string[] = [];
  const written = await finish(
    summarise(
      document('x'),
      async function* () {
        await Promise.resolve();
        yield 'It is ';
        yield 'short. More.';
        return 'It is short. More.';
      },
      signal,
    ),
    (piece) => pieces.push(piece),
  );
  expect(written).toBe('It is short.');
  expect(pieces).toEqual(['It is ', 'short. More.']);
  // eslint-disable-next-line require-yield -- it fails before it writes
  const failing = async function* (): AsyncGenerator<string, string, void> {
    await Promise.resolve();
    throw new Error('It broke.');
  };
  await expect(finish(summarise(document('x'), failing, signal))).rejects.toThrow('It broke.');
});
