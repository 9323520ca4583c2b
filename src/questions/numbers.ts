/** Numbers and ordinals written as English words. */

/** A piece of a text in a form that compares; `start` and `end` are its place in the original. */
export interface Token {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

export const UNITS =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
export const TENS = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
const ORDINALS =
  'first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth'.split(
    ' ',
  );
const SCALES: ReadonlyMap<string, number> = new Map([
  ['thousand', 1e3],
  ['million', 1e6],
  ['billion', 1e9],
]);
const SMALL: ReadonlyMap<string, number> = new Map([
  ...UNITS.map((word, i) => [word, i] as const),
  ...TENS.map((word, i) => [word, 20 + 10 * i] as const),
]);

/** `fifth` and `5th` as `5th`; null when it is no ordinal. */
export function readOrdinal(word: string): string | null {
  const at = ORDINALS.indexOf(word);
  const value = at >= 0 ? at + 1 : word === 'twentieth' ? 20 : word === 'thirtieth' ? 30 : null;
  return value === null ? null : ordinal(value);
}

/** 1st, 2nd, 3rd, 4th, 11th, 21st. */
export function ordinal(value: number): string {
  const teen = value % 100 >= 11 && value % 100 <= 13;
  return `${String(value)}${teen ? 'th' : (['th', 'st', 'nd', 'rd'][value % 10] ?? 'th')}`;
}

/**
 * The longest number that begins at `at`: `twenty-seven`, `one hundred and five`, `3 thousand`, `twenty-first`.
 * `length` is the count of tokens it took; null when none begins there.
 */
export function readSpelledNumber(tokens: readonly Token[], at: number): { token: Token; length: number } | null {
  let total = 0;
  let group: number | null = null;
  let length = 0;
  let room = Infinity;
  let suffix = '';
  for (let i = at; i < tokens.length; i++) {
    const word = tokens[i]?.text ?? '';
    if (length > 0 && (word === '-' || word === 'and')) {
      if (word === 'and' && group !== null && group < 100) break;
      if (word === '-' && !TENS.includes(tokens[i - 1]?.text ?? '')) break;
      continue;
    }
    const small =
      SMALL.get(word) ??
      (i === at && /^\d+(?:\.\d+)?$/.test(word) && SCALES.has(tokens[i + 1]?.text ?? '') ? Number(word) : undefined);
    const scale = SCALES.get(word);
    const last = group !== null && room === 10 ? /^([1-9])(?:st|nd|rd|th)$/.exec(word)?.[1] : undefined;
    if (small !== undefined && small < room) {
      group = (group ?? 0) + small;
      room = small >= 20 && small < 100 ? 10 : 0;
    } else if (word === 'hundred' && group !== null && group > 0 && group < 10) {
      group *= 100;
      room = 100;
    } else if (word === 'hundred' && i === at) {
      group = 100;
      room = 100;
    } else if (scale !== undefined && (group !== null || i === at)) {
      total += (group ?? 1) * scale;
      group = null;
      room = Infinity;
    } else if (last !== undefined) {
      total += Number(last);
      suffix = 'ordinal';
      length = i - at + 1;
      break;
    } else break;
    length = i - at + 1;
  }
  const [first, end] = [tokens[at], tokens[at + length - 1]];
  if (length === 0 || !first || !end) return null;
  const value = total + (group ?? 0);
  return { token: { text: suffix ? ordinal(value) : String(value), start: first.start, end: end.end }, length };
}
