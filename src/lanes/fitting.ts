import type { Sampling } from '../generation/engine';
import { writePrompt } from '../generation/prompt';
import type { Bench, BookReport, Briefing } from './lane';

/** What a chat template puts around the messages, generously. */
const TEMPLATE_TOKENS = 32;
/** Room for the answer is at most this share of the window. */
const MOST_FOR_ANSWER = 0.25;

interface Counted {
  readonly briefing: Briefing;
  readonly partTokens: readonly number[] | null;
}

interface Counter {
  /** In tokens; null where it is not known. */
  readonly window?: number | null;
  countTokens(texts: readonly string[]): Promise<number[]>;
}

/**
 * Whole documents, cut at the end of a passage to what the model's window holds beside the question and the answer, with
 * a report of what was left out. At least one passage stays: an engine refuses what even then does not fit.
 * Without a known window or without counting nothing is cut.
 */
export async function fitWhole(
  { briefing, partTokens }: Counted,
  told: string,
  bench: Bench,
  model: Counter,
  { maxTokens }: Sampling,
): Promise<Counted> {
  const { book, passages, parts } = briefing;
  if (!book) return { briefing, partTokens };
  const window = model.window ?? null;
  if (partTokens === null) return { briefing: { ...briefing, book: { ...book, window } }, partTokens };
  const inPassages = partTokens.filter((_, i) => parts[i]?.kind === 'passage');
  const tokens = sum(inPassages);
  const whole: BookReport = { ...book, tokens, window };
  if (window === null) return { briefing: { ...briefing, book: whole }, partTokens };

  const room = window - Math.min(maxTokens, Math.floor(window * MOST_FOR_ANSWER)) - TEMPLATE_TOKENS;
  const around = sum(partTokens) - tokens;
  let shown = 0;
  // A line break beside each.
  for (let used = around; shown < inPassages.length; shown++) {
    used += (inPassages[shown] ?? 0) + 1;
    if (used > room) break;
  }
  shown = Math.max(1, shown);
  if (shown >= passages.length) return { briefing: { ...briefing, book: whole }, partTokens };

  // Pieces that meet may make other tokens than pieces apart, so the prompt is counted as it will be.
  const cutTo = (count: number) =>
    writePrompt(
      bench.question.text,
      passages.slice(0, count).map(({ chunk }) => ({ title: chunk.title, text: chunk.text })),
      told,
    );
  let prompt = cutTo(shown);
  while (shown > 1 && sum(await model.countTokens(prompt.messages.map(({ content }) => content))) > room)
    prompt = cutTo(--shown);
  const left = inPassages.slice(shown);
  return {
    briefing: {
      ...briefing,
      ...prompt,
      passages: passages.slice(0, shown),
      book: { ...whole, cut: { chunks: left.length, tokens: sum(left) } },
    },
    partTokens: partTokens.filter((_, i) => {
      const part = parts[i];
      return part?.kind !== 'passage' || part.passage < shown;
    }),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}
