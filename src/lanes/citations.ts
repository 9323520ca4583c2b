import type { Citation } from './lane';

const MARK = /\[\s*(\d{1,3}(?:\s*,\s*\d{1,3})*)\s*\]/g;

/**
 * The citations of an answer, in the order of the text: `[1]`, `[1, 2]`, `[1][3]`, and the numbers of
 * `"citations": [1, 3]`. A mark of one number is cited whole, brackets included; in a list each number
 * stands for itself. Numbers count from 1 in the text, `passage` from 0 in the briefing.
 */
export function findCitations(text: string, passages: number): Citation[] {
  const citations: Citation[] = [];
  for (const mark of text.matchAll(MARK)) {
    const numbers = [...mark[0].matchAll(/\d+/g)];
    // In JSON the brackets belong to the array, not to the mark.
    const whole = numbers.length === 1 && !/"citations"\s*:\s*$/.test(text.slice(0, mark.index));
    for (const number of numbers) {
      const at = mark.index + number.index;
      const passage = Number(number[0]) - 1;
      citations.push({
        start: whole ? mark.index : at,
        end: whole ? mark.index + mark[0].length : at + number[0].length,
        passage: passage >= 0 && passage < passages ? passage : null,
      });
    }
  }
  return citations;
}
