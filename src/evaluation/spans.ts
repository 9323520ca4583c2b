/** How much of what was found is evidence, and how much of the evidence was found, counted in words. */
import { WORD } from '../retrieval/bm25';

/** `end` is exclusive; offsets into the text of one document. */
export interface Span {
  readonly documentId: string;
  readonly start: number;
  readonly end: number;
}

export interface SpanScores {
  readonly precision: number;
  readonly recall: number;
  readonly iou: number;
}

/**
 * Token-wise precision, recall and intersection over union (Smith & Troynikov 2024, "Evaluating Chunking Strategies for
 * Retrieval"), a word of the text being a token, so that no tokenizer decides. What lies in two spans counts once. A
 * word counts as in a span when it begins there. Precision is 0 where nothing was found. `evidence` is never empty.
 */
export function spanScores(
  found: readonly Span[],
  evidence: readonly Span[],
  textOf: (documentId: string) => string,
): SpanScores {
  let [gold, got, both] = [0, 0, 0];
  for (const id of new Set([...found, ...evidence].map(({ documentId }) => documentId))) {
    const text = textOf(id);
    const [golden, gotten] = [tokensIn(text, id, evidence), tokensIn(text, id, found)];
    gold += golden.size;
    got += gotten.size;
    for (const at of golden) if (gotten.has(at)) both++;
  }
  const ratio = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);
  return { precision: ratio(both, got), recall: ratio(both, gold), iou: ratio(both, gold + got - both) };
}

/** Where the words begin that begin in any of the document's spans. */
function tokensIn(text: string, documentId: string, spans: readonly Span[]): Set<number> {
  const starts = new Set<number>();
  for (const { documentId: id, start, end } of spans) {
    if (id !== documentId) continue;
    for (const { index } of text.slice(start, end).matchAll(WORD)) {
      const at = start + index;
      // A span that begins inside a word does not begin it.
      if (index > 0 || at === 0 || !/[\p{L}\p{M}\p{N}]/u.test(text.charAt(at - 1))) starts.add(at);
    }
  }
  return starts;
}
